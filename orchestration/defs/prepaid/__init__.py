"""Stage prepaid: when balances will be out, and who is told."""
