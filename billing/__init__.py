"""The rules of billing and the books that remember what was decided.

Here: money, time, catalog, ingestion, invoicing, audit. Add here what would still be true
with another scheduler or another template. Keep out Dagster, dbt and anything about how a
document looks.
"""
