"""What the state and the markets set: tax rates and treatments, exchange rates.

Here: the contracts of tax_rates.csv, tax_treatments.csv, tax_rules.csv and
exchange_rates.csv. Keep out: the treatment an organization names itself
(billing_profiles.csv).
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.exemptions import EXEMPTION_CODES
from billing.catalog.files.contract import CatalogFile, Window

TAX_RATES = CatalogFile(
    name="tax_rates",
    columns={
        "tax_rate_id": c.identifier(),
        "country": c.country(),
        "category": c.one_of(known.TAX_CATEGORIES),
        "tax_rate": c.fraction(),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
        "source": c.text(),
    },
    key=("tax_rate_id",),
    window=Window("valid_from_date", "valid_to_date", ("country", "category")),
)

TAX_TREATMENTS = CatalogFile(
    name="tax_treatments",
    columns={
        "tax_treatment_id": c.identifier(),
        "category": c.one_of(known.TAX_CATEGORIES),
        "country": c.country(required=False),
        "exemption_code": c.code(
            "is not on the VATEX list",
            "Write a code of it, like VATEX-EU-AE, or none.",
            EXEMPTION_CODES,
            required=False,
        ),
        "exemption_reason": c.text(required=False),
        "requires_vat_id": c.flag(),
    },
    key=("tax_treatment_id",),
)

TAX_RULES = CatalogFile(
    name="tax_rules",
    columns={
        "tax_rule_id": c.identifier(),
        "precedence": c.count(),
        "seller_country": c.country(required=False),
        "buyer_area": c.code(
            "is neither a country of ISO 3166 nor EU",
            "Write two capital letters, EU, or nothing for anywhere.",
            {*known.countries(), known.EU},
            required=False,
        ),
        "buyer_status": c.one_of(("business", "consumer"), required=False),
        "buyer_vat_id": c.one_of(("present", "absent"), required=False),
        "tax_treatment_id": c.identifier(),
    },
    key=("tax_rule_id",),
    references={"tax_treatment_id": ("tax_treatments", "tax_treatment_id")},
    may_be_absent=True,
)

EXCHANGE_RATES = CatalogFile(
    name="exchange_rates",
    columns={
        "source": c.identifier(),
        "base_currency": c.currency(),
        "quote_currency": c.currency(),
        "rate_date": c.day(),
        "rate": c.decimal(c.RATE, above_zero=True),
    },
    key=("source", "base_currency", "quote_currency", "rate_date"),
)

FILES = (TAX_RATES, TAX_TREATMENTS, TAX_RULES, EXCHANGE_RATES)
