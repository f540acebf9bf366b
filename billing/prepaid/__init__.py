"""Prepaid balances: what people put on them, take from them and move between them.

Here: acts on a balance. Keep out: what usage takes from it, which the warehouse derives, and the
statement, which is invoicing's.
"""
