"""Alerts of keys that will have cost their limit before the month ends: once a crossing."""

from datetime import UTC, datetime, timedelta

from billing.books import Books
from tests.billing.subscriptions.limits_built import NOVEMBER, NOW, Built, in_books

SEEN = "2026-11-24 09:00:00"
TOLD = "spend_forecast monthly_spend:100 2026-11/limit/50"


def rebuilt(built: Built, spent: str, forecast_at: str | None, limit: str = "50.00") -> None:
    built.connection.execute("delete from finance.key_spend_status")
    built.spent(spent, limit=limit, forecast_at=forecast_at)


def test_a_forecast_of_money_says_when_the_limit_is_reached_and_from_where_it_was_seen(
    books: Books,
) -> None:
    built = Built()
    built.spent("12.5", forecast_at=SEEN)
    assert built.raised(books) == {TOLD}
    (alert,) = in_books(books)
    assert (alert.organization_id, alert.subject_kind, alert.subject_id, alert.threshold) == (
        ("org", "api_key", "key", "100")
    )
    assert (alert.as_of, alert.raised_at) == (datetime(2026, 11, 10, 5, 45, tzinfo=UTC), NOW)
    assert alert.payload == {
        "billing_month": "2026-11",
        "currency": "EUR",
        "limit_amount": "50.000",
        "spent_amount": "12.500000000000",
        "forecast_at": "2026-11-24T09:00:00Z",
    }


def test_a_forecast_of_a_limit_is_told_of_once_a_month_wherever_its_date_moves(
    books: Books,
) -> None:
    built = Built()
    built.spent("12.5", forecast_at=SEEN)
    built.raised(books)
    before = in_books(books)
    for spent, seen in (("13", "2026-11-20 09:00:00"), ("13", None), ("14", SEEN)):
        rebuilt(built, spent, seen)
        assert built.raised(books, at=NOW + timedelta(days=1)) == set()
    again = Built()
    again.spent("12.5", forecast_at="2026-11-29 23:00:00")
    assert again.raised(books) == set()
    assert in_books(books) == before
    built.spent("1", billing_month="2026-12-01", forecast_at="2026-12-24 09:00:00")
    assert built.raised(books, NOVEMBER.next) == {TOLD.replace("2026-11", "2026-12")}


def test_a_limit_that_was_raised_is_foreseen_anew(books: Books) -> None:
    built = Built()
    for limit, expected in (
        ("50.00", {TOLD}),
        ("50.000", set()),
        ("80", {TOLD.replace("50", "80")}),
        ("50", set()),
    ):
        rebuilt(built, "12.5", SEEN, limit)
        assert built.raised(books) == expected


def test_what_was_foreseen_is_told_of_again_when_it_comes(books: Books) -> None:
    built = Built()
    built.spent("41", forecast_at=SEEN)
    assert built.raised(books) == {TOLD, "spend_used monthly_spend:80 2026-11/limit/50"}
    rebuilt(built, "50", None)
    assert built.raised(books) == {
        "spend_used monthly_spend:90 2026-11/limit/50",
        "spend_used monthly_spend:100 2026-11/limit/50",
    }
