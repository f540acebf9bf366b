"""Electronic invoices under the official rules, the house's own, and independent readers."""
