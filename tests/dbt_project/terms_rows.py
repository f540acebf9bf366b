"""What the fixture's organizations agreed to, and what tokens cost.

Here: prices, contracts, discounts, subscriptions and top-ups as they stand in schema `catalog`.
Keep out: who the organizations are (`catalog_rows`).
"""

from tests.dbt_project.customers import LONG_AGO, NEVER, ORGANIZATIONS, SUBSCRIPTIONS, Row, short


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
        "changed_from": "",
        "counted_from_date": start,
        "counted_from_at": f"{start} 05:00:00" if kind == "custom" else f"{start} 00:00:00",
        "keys_from_id": SUBSCRIPTIONS[kind],
        "changed_date": "9999-12-31",
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


TERMS: dict[str, list[Row]] = {
    "prices": _prices(),
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
    "subscriptions": [
        _subscription("plan", "org_plan", "EUR", "2026-05-31", "2027-05-31"),
        _subscription("custom", "org_custom", "USD", "2026-10-05", NEVER),
    ],
    "subscription_items": [_item("gpt", "stable", "240.00"), _item("claude", "basic", "35.50")],
    "plans": [
        {"plan_id": "plan_studio", "name": "Studio", "currency": "EUR", "monthly_fee": "99.00"}
    ],
    "top_ups": [
        _top_up(1, "2026-09-30 21:59:59", "70.00"),
        _top_up(2, "2026-09-30 22:00:00", "50.00"),
        _top_up(3, "2026-10-31 22:59:59", "25.00"),
        _top_up(4, "2026-10-31 23:00:00", "10.00"),
    ],
}
