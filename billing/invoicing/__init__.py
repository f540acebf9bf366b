"""Invoicing: which month bills what, drafts, numbers, and the register.

Here: the rules between the marts and a finalized document. Add here what decides whether and
when a document comes to be. Keep out: prices and rounding (`dbt_project`), looks
(`invoice_render`) and keeping (`billing.books`).
"""
