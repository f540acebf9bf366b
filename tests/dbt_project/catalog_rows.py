"""The catalog of the fixture: eight organizations, small enough to bill by hand.

Here: rows as they stand in schema `catalog`. Add an organization for a new rule rather than
changing one that facts are counted on. Keep out: usage (`usage_rows`).
"""

from typing import Any

Row = dict[str, Any]

NEVER = "9999-12-31"
LONG_AGO = "2026-01-01"
OCTOBER, NOVEMBER = "2026-10-01", "2026-11-01"

# organization, currency, zone, tax treatment, payer of its one key
ORGANIZATIONS = (
    ("org_berlin", "EUR", "Europe/Berlin", "de", "contract"),
    ("org_kolkata", "USD", "Asia/Kolkata", "outside", "contract"),
    ("org_tokyo", "JPY", "Asia/Tokyo", "outside", "contract"),
    ("org_oslo", "USD", "Europe/Oslo", "statement", "balance"),
    ("org_plan", "EUR", "Europe/London", "de", "plan"),
    ("org_custom", "USD", "America/Chicago", "outside", "custom"),
    ("org_silent", "EUR", "Europe/Helsinki", "de", "contract"),
    ("org_gap", "USD", "UTC", "outside", "contract"),
)
SUBSCRIPTIONS = {"plan": "sub_plan", "custom": "sub_custom"}


def short(organization_id: str) -> str:
    """Name an organization's project, key and contract end in."""
    return organization_id.removeprefix("org_")


def _prices() -> list[Row]:
    """USD per token; gpt doubles its input price on 16 October and above 200,000 tokens."""
    rows = [
        ("gpt", "input_uncached", 0, "0.000001", LONG_AGO, "2026-10-16 12:15:00"),
        ("gpt", "input_uncached", 0, "0.000002", "2026-10-16 12:15:00", NEVER),
        ("gpt", "input_uncached", 200000, "0.000004", LONG_AGO, NEVER),
        ("gpt", "output_visible", 0, "0.000010", LONG_AGO, NEVER),
        ("gpt", "cache_read", 0, "0.0000001", LONG_AGO, NEVER),
        ("claude", "input_uncached", 0, "0.000003", LONG_AGO, NEVER),
        ("claude", "output_visible", 0, "0.000015", LONG_AGO, NEVER),
        ("painter", "image", 0, "0.04", LONG_AGO, NEVER),
    ]
    return [
        {
            "price_id": f"{model}/{meter}/{above}/{start[:10]}",
            "model_id": model,
            "meter": meter,
            "service_tier": "default",
            "context_above_tokens": above,
            "region": "",
            "currency": "USD",
            "unit_price": price,
            "valid_from_at": start,
            "valid_to_at": end,
        }
        for model, meter, above, price, start, end in rows
    ]


def _discount(name: str, priority: int, pct: str, model: str, start: str) -> Row:
    owner = name.split("_", maxsplit=1)[0]
    return {
        "discount_id": f"disc_{name}",
        "contract_id": f"contract_{owner}",
        "organization_id": f"org_{owner}",
        "name": name,
        "priority": priority,
        "discount_pct": pct,
        "model_id": model,
        "valid_from_at": start,
        "valid_to_at": NEVER,
    }


def _subscription(kind: str, organization: str, currency: str, start: str, end: str) -> Row:
    return {
        "subscription_id": SUBSCRIPTIONS[kind],
        "organization_id": organization,
        "kind": kind,
        "plan_id": "plan_studio" if kind == "plan" else "",
        "currency": currency,
        "starts_date": start,
        "ends_date": end,
        "starts_at": f"{start} 05:00:00" if kind == "custom" else f"{start} 00:00:00",
        "ends_at": f"{end} 00:00:00",
    }


def _item(model: str, tier: str, fee: str) -> Row:
    return {
        "subscription_id": "sub_custom",
        "model_id": model,
        "service_tier": tier,
        "daily_call_limit": 1000,
        "monthly_token_cap": 1000000,
        "monthly_fee": fee,
    }


def _top_up(number: int, at: str, amount: str) -> Row:
    return {
        "top_up_id": f"top_{number}",
        "organization_id": "org_oslo",
        "occurred_at": at,
        "currency": "USD",
        "amount": amount,
        "kind": "purchased",
        "reference": f"Card {number}",
    }


def _months(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> list[Row]:
    return [
        {"service_month": month, **dict(zip(names, row, strict=True))}
        for month in ("2026-09-01", OCTOBER, NOVEMBER, "2026-12-01")
        for row in rows
    ]


CATALOG: dict[str, list[Row]] = {
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
    "prices": _prices(),
    "context_ladder": [{"threshold_tokens": tokens} for tokens in (32000, 128000, 200000)],
    "contracts": [
        {
            "contract_id": f"contract_{short(o[0])}",
            "organization_id": o[0],
            "price_by": "answered",
            "exchange_source": "ecb",
            "valid_from_at": LONG_AGO,
            "valid_to_at": NEVER,
        }
        for o in ORGANIZATIONS
    ],
    "contract_prices": [
        {
            "contract_price_id": "cp_berlin_claude_output",
            "contract_id": "contract_berlin",
            "organization_id": "org_berlin",
            "model_id": "claude",
            "meter": "output_visible",
            "service_tier": "default",
            "context_above_tokens": 0,
            "currency": "EUR",
            "unit_price": "0.000012",
            "valid_from_at": LONG_AGO,
            "valid_to_at": NEVER,
        }
    ],
    "discounts": [
        _discount("berlin_all", 1, "0.1", "", LONG_AGO),
        _discount("berlin_claude", 2, "0.2", "claude", LONG_AGO),
        _discount("kolkata_growth", 1, "0.125", "", "2026-10-10 18:30:00"),
        _discount("tokyo_all", 1, "0.05", "", LONG_AGO),
    ],
    "plans": [
        {"plan_id": "plan_studio", "name": "Studio", "currency": "EUR", "monthly_fee": "99.00"}
    ],
    "subscriptions": [
        _subscription("plan", "org_plan", "EUR", "2026-05-31", "2027-05-31"),
        _subscription("custom", "org_custom", "USD", "2026-10-05", NEVER),
    ],
    "subscription_items": [_item("gpt", "stable", "240.00"), _item("claude", "basic", "35.50")],
    "top_ups": [
        _top_up(1, "2026-09-30 21:59:59", "70.00"),
        _top_up(2, "2026-09-30 22:00:00", "50.00"),
        _top_up(3, "2026-10-31 22:59:59", "25.00"),
        _top_up(4, "2026-10-31 23:00:00", "10.00"),
    ],
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
