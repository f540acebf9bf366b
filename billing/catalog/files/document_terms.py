"""What changes a whole document: credits of an organization, and the spend a contract bounds.

Here: the contracts of credits.csv and spend_terms.csv, which may be absent. Days are local days
of the organization; the end day is exclusive. Keep out: percent discounts, which are taken from
lines (`agreements`), and prepaid balances (`subscriptions`).
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile, Window

ALLOWANCES = ("coupon", "promotional", "service")
"""Credits that lower the amount that bears tax."""
PAYMENTS = ("purchased", "committed")
"""Credits that pay a total with its tax."""

CREDITS = CatalogFile(
    name="credits",
    columns={
        "credit_id": c.identifier(),
        "organization_id": c.identifier(),
        "kind": c.one_of((*ALLOWANCES, *PAYMENTS)),
        "name": c.text(),
        "currency": c.currency(),
        "amount": c.decimal(c.MONEY, above_zero=True),
        "repeats": c.one_of(("once", "monthly")),
        "months": c.count(),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("credit_id",),
    references={"organization_id": ("organizations", "organization_id")},
    window=Window("valid_from_date", "valid_to_date"),
    may_be_absent=True,
)

SPEND_TERMS = CatalogFile(
    name="spend_terms",
    columns={
        "spend_term_id": c.identifier(),
        "contract_id": c.identifier(),
        "kind": c.one_of(("minimum", "maximum")),
        "period": c.one_of(("month", "term")),
        "currency": c.currency(),
        "amount": c.decimal(c.MONEY, above_zero=True),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("spend_term_id",),
    references={"contract_id": ("contracts", "contract_id")},
    window=Window("valid_from_date", "valid_to_date", ("contract_id", "kind", "period")),
    may_be_absent=True,
)

FILES = (CREDITS, SPEND_TERMS)
