"""The catalog of the fixture, as it stands in schema `catalog`.

Here: rows about customers, models, rates and taxes. Keep out: prices and agreements
(`terms_rows`) and usage (`usage_rows`).
"""

from typing import Any

from tests.dbt_project.customers import (
    LONG_AGO,
    NEVER,
    NOVEMBER,
    OCTOBER,
    ORGANIZATIONS,
    SUBSCRIPTIONS,
    Row,
    short,
)
from tests.dbt_project.terms_rows import TERMS


def _months(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> list[Row]:
    return [
        {"service_month": month, **dict(zip(names, row, strict=True))}
        for month in ("2026-09-01", OCTOBER, NOVEMBER, "2026-12-01")
        for row in rows
    ]


CATALOG: dict[str, list[Row]] = TERMS | {
    "organizations": [{"organization_id": o[0], "name": o[0]} for o in ORGANIZATIONS],
    "billing_profiles": [
        {
            "organization_id": organization,
            "legal_name": organization,
            "currency": currency,
            "zone": zone,
            "tax_treatment_id": treatment,
            "payment_days": 30,
            "review_days": 3,
            "invoice_when_empty": False,
        }
        for organization, currency, zone, treatment, _ in ORGANIZATIONS
    ],
    "projects": [
        {"project_id": f"proj_{short(o[0])}", "organization_id": o[0], "name": short(o[0])}
        for o in ORGANIZATIONS
    ],
    "api_keys": [
        {
            "api_key_id": f"key_{short(organization)}",
            "organization_id": organization,
            "project_id": f"proj_{short(organization)}",
            "name": "only key",
            "masked_prefix": "sk-…0000",
            "key_sha256": "00",
            "payer": payer,
            "subscription_id": SUBSCRIPTIONS.get(payer, ""),
            "valid_from_at": LONG_AGO,
            "valid_to_at": "2026-10-31 00:00:00" if organization == "org_gap" else NEVER,
        }
        for organization, _, _, _, payer in ORGANIZATIONS
    ],
    "models": [
        {"model_id": model, "display_name": model.title(), "provider": "any", "modality": "text"}
        for model in ("gpt", "claude", "painter")
    ],
    "model_aliases": [{"alias": "gpt-2025-08-07", "model_id": "gpt"}],
    "context_ladder": [{"threshold_tokens": tokens} for tokens in (32000, 128000, 200000)],
    "outcome_rules": [
        {"outcome": "success", "is_billed": True, "not_billed_reason": ""},
        {"outcome": "client_aborted", "is_billed": True, "not_billed_reason": ""},
        *(
            {"outcome": outcome, "is_billed": False, "not_billed_reason": outcome}
            for outcome in ("upstream_error", "rate_limited", "gateway_cache_hit")
        ),
    ],
    "exchange_rate_of_month": _months(
        [("ecb", "USD", "EUR", "0.87654321"), ("ecb", "USD", "JPY", "157.41207121")],
        ("source", "base_currency", "quote_currency", "rate"),
    ),
    "tax_rate_of_month": _months(
        [("de", "S", "0.19", ""), ("outside", "O", "0", "VATEX-EU-O"), ("statement", "O", "0", "")],
        ("tax_treatment_id", "category", "tax_rate", "exemption_code"),
    ),
    "minor_unit": [
        {"currency": currency, "digits": digits}
        for currency, digits in (("EUR", 2), ("USD", 2), ("JPY", 0))
    ],
}
