"""What `meterbook alerts` says of limits: quantities of caps, amounts of limits of money only."""

from datetime import UTC, datetime

from billing.books.alerts import Alert
from orchestration.commands.alerts import words_of

AT = datetime(2026, 11, 5, 6, tzinfo=UTC)
CAP = {
    "model_id": "gpt-5",
    "limit_kind": "monthly_token_cap",
    "limit": "60000000",
    "used": "48000001",
    "period_starts_at": "2026-10-05T05:00:00Z",
    "period_ends_at": "2026-11-05T05:00:00Z",
}
SPENT = {
    "billing_month": "2026-10",
    "currency": "EUR",
    "limit_amount": "5.000",
    "spent_amount": "4.000000000001",
}


def told(kind: str, payload: dict[str, str]) -> str:
    return words_of(Alert(kind, "org", "api_key", "key", "r", "80", "c", AT, AT, payload))


def test_a_cap_says_how_much_of_it_is_used() -> None:
    assert told("cap_used", CAP) == "monthly_token_cap gpt-5: 48,000,001 of 60,000,000 used"
    key = {**CAP, "model_id": "", "limit_kind": "tpd"}
    assert told("cap_used", key) == "tpd: 48,000,001 of 60,000,000 used"


def test_a_forecast_says_when_it_will_be_reached_and_when_it_would_renew() -> None:
    assert told("cap_forecast", {**CAP, "forecast_at": "2026-11-01T09:00:00Z"}) == (
        "monthly_token_cap gpt-5: 48,000,001 of 60,000,000 used, all about 2026-11-01T09:00:00Z, "
        "before 2026-11-05T05:00:00Z"
    )


def test_a_limit_of_money_says_what_was_spent() -> None:
    assert told("spend_used", SPENT) == "4.000000000001 of 5.000 EUR spent in 2026-10"


def test_a_forecast_of_money_says_when_all_of_it_will_be_spent() -> None:
    assert told("spend_forecast", {**SPENT, "forecast_at": "2026-10-28T09:00:00Z"}) == (
        "4.000000000001 of 5.000 EUR spent in 2026-10, all about 2026-10-28T09:00:00Z"
    )
