"""The second engine and the counting: what must agree before an invoice leaves the house.

Here: recomputing a month from the rollup and the catalog files, counting requests and tokens
from raw rows to invoice lines, and explaining a document down to its requests. Add here what
checks or explains the work of another stage. Keep out: SQL of the models, code of
`billing.money`, `billing.catalog` and `billing.invoicing`: an error there must not be repeated
here.
"""
