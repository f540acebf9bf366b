"""What customers owe on invoices, what they paid, and what is to be done about the rest.

Here: payments, refunds, write-offs and their reversals as acts in the books; the status of an
invoice. Keep out: prepaid balances (`billing.prepaid`) and how documents are made
(`billing.invoicing`).
"""
