"""Facts about `billing.whatif`."""
