"""Who sells: the one company whose name and bank account the documents carry.

Here: the contract of seller.csv, with the currency the company keeps its accounts in. Keep
out: customers.
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile
from billing.catalog.files.customers import ENDPOINT_SCHEME
from billing.catalog.files.exchange import OLDEST

SELLER = CatalogFile(
    name="seller",
    columns={
        "seller_id": c.identifier(),
        "legal_name": c.text(),
        "street": c.text(),
        "city": c.text(),
        "postal_code": c.text(required=False),
        "country": c.country(),
        "vat_id": c.text(required=False),
        "tax_number": c.text(required=False),
        "zone": c.zone(),
        "contact_name": c.text(),
        "phone": c.text(),
        "email": c.text(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", remedy="Write a mail address."),
        "website": c.text(required=False),
        "iban": c.decided_by(
            "is not a valid IBAN", "Check country, length and check digits.", known.is_iban
        ),
        "bic": c.decided_by(
            "is not a BIC", "Write 8 or 11 characters.", known.is_bic, required=False
        ),
        "bank_name": c.text(required=False),
        "endpoint_id": c.text(required=False),
        "endpoint_scheme": c.text(
            required=False,
            pattern=ENDPOINT_SCHEME,
            remedy="Write a code of the EAS list, like 9930.",
        ),
        "accounting_currency": c.currency(required=False),
        "accounting_source": c.identifier(required=False),
        "accounting_max_age_days": c.count(required=False, at_most=OLDEST),
    },
    key=("seller_id",),
    absent_columns=("accounting_currency", "accounting_source", "accounting_max_age_days"),
)

FILES = (SELLER,)
