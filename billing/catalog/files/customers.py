"""Who buys: organizations, how they are billed, their projects and keys.

Here: the contracts of organizations.csv, billing_profiles.csv, projects.csv and
api_keys.csv. Keep out: prices and terms.
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile, Window

PAYERS = ("balance", "plan", "custom", "contract")
ENVIRONMENTS = ("production", "staging", "development")
TAX_AT = ("top_up", "elsewhere", "consumption")
"""When a prepaid balance is taxed, or that another system does it; empty means `top_up`."""
ENDPOINT_SCHEME = r"^(\d{4}|[A-Z]{2})$"

ORGANIZATIONS = CatalogFile(
    name="organizations",
    columns={"organization_id": c.identifier(), "name": c.text(), "created_date": c.day()},
    key=("organization_id",),
)

BILLING_PROFILES = CatalogFile(
    name="billing_profiles",
    columns={
        "organization_id": c.identifier(),
        "legal_name": c.text(),
        "street": c.text(),
        "city": c.text(),
        "postal_code": c.text(required=False),
        "region": c.text(required=False),
        "country": c.country(),
        "vat_id": c.text(required=False),
        "tax_number": c.text(required=False),
        "email": c.text(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", remedy="Write a mail address."),
        "locale": c.decided_by(
            "is not a locale in which documents exist",
            f"Use a locale of {', '.join(known.LANGUAGES)}, like de_DE.",
            known.is_locale,
        ),
        "currency": c.currency(),
        "zone": c.zone(),
        "tax_treatment_id": c.identifier(required=False),
        "buyer_reference": c.text(required=False),
        "order_number": c.text(required=False),
        "endpoint_id": c.text(required=False),
        "endpoint_scheme": c.text(
            required=False,
            pattern=ENDPOINT_SCHEME,
            remedy="Write a code of the EAS list, like 9930.",
        ),
        "payment_days": c.count(),
        "review_days": c.count(),
        "invoice_when_empty": c.flag(),
        "tax_at": c.one_of(TAX_AT, required=False),
    },
    key=("organization_id",),
    references={
        "organization_id": ("organizations", "organization_id"),
        "tax_treatment_id": ("tax_treatments", "tax_treatment_id"),
    },
    absent_columns=("tax_at",),
)

PROJECTS = CatalogFile(
    name="projects",
    columns={
        "project_id": c.identifier(),
        "organization_id": c.identifier(),
        "name": c.text(),
        "environment": c.one_of(ENVIRONMENTS),
    },
    key=("project_id",),
    references={"organization_id": ("organizations", "organization_id")},
)

API_KEYS = CatalogFile(
    name="api_keys",
    columns={
        "api_key_id": c.identifier(at_most=c.LONGEST_NUMBERED_ID),
        "organization_id": c.identifier(),
        "project_id": c.identifier(),
        "name": c.text(),
        "masked_prefix": c.text(
            pattern=r"^[A-Za-z0-9-]{0,12}(…|\.\.\.)[A-Za-z0-9]{0,6}$",
            remedy="Write the first and last letters around …, never the whole key.",
        ),
        "key_sha256": c.text(
            pattern=r"^[0-9a-f]{64}$",
            remedy="Write the SHA-256 of the key in 64 lower-case digits.",
        ),
        "payer": c.one_of(PAYERS),
        "subscription_id": c.identifier(required=False, at_most=c.LONGEST_NUMBERED_ID),
        "valid_from_at": c.instant(),
        "valid_to_at": c.instant(open_end=True),
    },
    key=("api_key_id",),
    references={
        "organization_id": ("organizations", "organization_id"),
        "project_id": ("projects", "project_id"),
        "subscription_id": ("subscriptions", "subscription_id"),
    },
    window=Window("valid_from_at", "valid_to_at"),
)

FILES = (ORGANIZATIONS, BILLING_PROFILES, PROJECTS, API_KEYS)
