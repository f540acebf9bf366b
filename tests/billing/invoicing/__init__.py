"""Facts about `billing.invoicing`."""
