"""`meterbook alerts`: everything that was raised, or what is asked for of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.books.address import books_of
from billing.books.alerts import Alert, record_alerts
from billing.home import Home
from tests.orchestration.installation import Installation

MIDNIGHT = datetime(2026, 11, 5, tzinfo=UTC)
BEFORE = datetime(2026, 11, 4, 23, 59, 59, tzinfo=UTC)
SPENT = {
    "billing_month": "2026-11", "currency": "EUR", "limit_amount": "5.000", "spent_amount": "4.5",
}  # fmt: skip


def raised(kind: str, at: datetime, organization: str = "org_harbor") -> Alert:
    """Usage was known up to the same instant each time."""
    told = SPENT if kind == "spend_used" else {}
    crossing = f"{at:%d %H}"
    return Alert(
        kind, organization, "organization", organization, "r", "80", crossing, BEFORE, at, told
    )


LOW, ASKED = raised("balance_amount", BEFORE), raised("auto_top_up", MIDNIGHT)
MONEY = raised("spend_used", MIDNIGHT.replace(hour=6), "org_aurora")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    root: Path = tmp_path_factory.mktemp("alerts")
    with books_of(Home(root)) as books, books.writing() as connection:
        record_alerts(connection, [LOW, ASKED, MONEY])
    return Installation(root)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((), [LOW, ASKED, MONEY]),
        (("--since", "2026-11-04"), [LOW, ASKED, MONEY]),
        (("--since", "2026-11-05"), [ASKED, MONEY]),
        (("--since", "2026-11-06"), []),
        (("--kind", "balance_amount"), [LOW]),
        (("--kind", "spend_used", "--kind", "balance_amount"), [LOW, MONEY]),
        (("--kind", "cap_used"), []),
        (("--since", "2026-11-05", "--kind", "auto_top_up", "--kind", "balance_amount"), [ASKED]),
        (("--since", "2026-11-05", "--org", "org_aurora"), [MONEY]),
    ],
)
def test_what_is_asked_for_is_listed(
    home: Installation, asked: tuple[str, ...], expected: list[Alert]
) -> None:
    listed = home.must("alerts", *asked, "--json").json["alerts"]
    assert [each["alert_id"] for each in listed] == [each.alert_id for each in expected]


def test_a_kind_that_is_none_is_refused_by_name(home: Installation) -> None:
    refused = home.run("alerts", "--kind", "spend_used", "--kind", "spent")
    assert (refused.code, refused.out) == (1, "")
    assert "'spent' is no kind of alert." in refused.err
    balances = ("balance_amount", "balance_days_left", "auto_top_up")
    for kind in (*balances, "cap_used", "cap_forecast", "spend_forecast"):
        assert kind in refused.err


def test_a_day_that_is_none_is_refused(home: Installation) -> None:
    refused = home.run("alerts", "--since", "yesterday")
    assert (refused.code, refused.out) == (1, "")
    assert "'yesterday' is no day. Write it like 2026-11-05." in refused.err
