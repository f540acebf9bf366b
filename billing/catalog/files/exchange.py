"""How a contract's prices become its currency.

Here: the contract of exchange_terms.csv. A contract without a row has the usual terms: one rate
for each document, however old, and twelve decimals. Keep out: the rates themselves (`taxes`) and
their source, which contracts.csv names.
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile

INVOICE_DATE, DAILY = "invoice_date", "daily"
OLDEST, MOST_DIGITS = 366, 12

EXCHANGE_TERMS = CatalogFile(
    name="exchange_terms",
    columns={
        "contract_id": c.identifier(),
        "date_rule": c.one_of((INVOICE_DATE, DAILY)),
        "max_age_days": c.count(at_most=OLDEST),
        "price_digits": c.count(at_most=MOST_DIGITS),
    },
    key=("contract_id",),
    references={"contract_id": ("contracts", "contract_id")},
    may_be_absent=True,
)

FILES = (EXCHANGE_TERMS,)
