"""The walk of `docs/prepaid-walk.md`: top up, use, forecast, alert, exhaustion, recharge.

Every figure is worked by hand here, seen in the command's answer, and looked for on the page.
org_harbor is in Singapore. gpt-5 costs 0.00001 USD a token of output, so a request of 50,000
tokens costs 0.50; it makes one every hour, 12.00 a day.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.orchestration.installation import ROOT, Installation

pytestmark = pytest.mark.long

PAGE = (ROOT / "docs" / "prepaid-walk.md").read_text(encoding="utf-8")
STARTS = datetime(2026, 10, 5, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = {
    "balance_alerts": (
        "balance_alert_id,organization_id,kind,threshold,currency,valid_from_date,valid_to_date\n"
        "three_days,,days_left,3,,2026-01-01,\n"
    ),
    "auto_top_ups": (
        "auto_top_up_id,organization_id,below_amount,amount,currency,most_per_month,"
        "valid_from_date,valid_to_date\n"
        "harbor_100,org_harbor,20.00,100.00,USD,2,2026-01-01,\n"
    ),
}


def on_the_page(text: str) -> str:
    assert text in PAGE, f"docs/prepaid-walk.md does not say {text!r}"
    return text


def request(hour: int) -> str:
    at = STARTS + hour * HOUR
    row: dict[str, Any] = {
        "request_id": f"req_walk_{hour:04d}",
        "started_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "completed_at": f"{at + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}",
        "organization_id": "org_harbor",
        "project_id": "proj_harbor_search",
        "api_key_id": "key_harbor_01",
        "model": "gpt-5",
        "outcome": "success",
        "input_tokens": 0,
        "input_uncached": 0,
        "output_tokens": 50_000,
        "output_visible": 50_000,
    }
    return json.dumps(row) + "\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = Installation.new(tmp_path_factory.mktemp("walk"))
    for name, text in RULES.items():
        (home.root / "catalog" / f"{name}.csv").write_text(text)
        for line in text.splitlines():
            on_the_page(line)
    top_ups = home.root / "catalog" / "top_ups.csv"
    lines = top_ups.read_text().splitlines(keepends=True)
    top_ups.write_text("".join(line for line in lines if "org_harbor" not in line))
    return home


@pytest.fixture(scope="module")
def refreshed(home: Installation) -> Callable[[str, range], dict[str, Any]]:
    def refresh(now: str, hours: range) -> dict[str, Any]:
        """Ingest the requests of some hours, draft October, and look at the balance."""
        if hours:
            log = home.root / f"hours-{hours.start}.jsonl"
            log.write_text("".join(map(request, hours)))
            home.must("ingest", log, now=now)
        closed = home.run("close", "2026-10", "--json", now=now)
        assert closed.code == 3, closed.err
        told = [each["alert_id"] for each in closed.json["warnings"] if "alert_id" in each]
        (row,) = home.must("balance", "--org", "org_harbor", "--json").json["balances"]
        return {**row, "told": told}

    return refresh


def alerts_of(home: Installation) -> list[dict[str, Any]]:
    return list(home.must("alerts", "--org", "org_harbor", "--json").json["alerts"])


def told(row: dict[str, Any], **expected: str) -> None:
    """The row says so, and the page shows it; instants are cut to the minute on it."""
    for name, value in expected.items():
        assert str(row[name]).startswith(value), (name, row[name])
        on_the_page(value)


def test_the_walk(home: Installation, refreshed: Callable[[str, range], dict[str, Any]]) -> None:
    order = ("topup", "org_harbor", "100.00", "--client-reference")
    first = home.must(*order, "order-1", now="2026-10-05T01:00:00Z")
    on_the_page(first.out.strip())

    # 120 requests: 60.00 used, 40.00 left, which last 80 hours. The days are even, and five of
    # them: 2 / 7 uneven, and 43.97 hours x e^(1.8 x 2 / 7 x (43.97 / 24)^0.25) = 80.
    row = refreshed("2026-10-10T02:00:00Z", range(120))
    told(row, balance="40.000000000000", burn_amount="12.000000000000", basis="short_history")
    told(row, as_of="2026-10-10 01:15", days_left="3.33", pessimistic_days_left="1.83")
    told(row, expected_exhausted_at="2026-10-13 09:15", pessimistic_exhausted_at="2026-10-11 21:00")
    (days,) = alerts_of(home)
    assert row["told"] == [days["alert_id"]]
    told(days, alert_kind="balance_days_left", rule_id="three_days", alert_id=days["alert_id"])

    # 80 more, the last at 09:00 on the 13th: out in the quarter hour before the one forecast.
    row = refreshed("2026-10-13T10:00:00Z", range(120, 200))
    assert Decimal(row["balance"]) == 0
    told(row, used_up_at="2026-10-13 09:00:30")
    told(row, exhausted_at="2026-10-13 09:00", days_left="0.00", basis="exhausted")
    again, asked = alerts_of(home)
    assert again == days
    assert row["told"] == [asked["alert_id"]]
    told(asked, alert_kind="auto_top_up", rule_id="harbor_100", alert_id=asked["alert_id"])
    told(asked["payload"], amount="100.000")

    # The payment answers by the alert's id, and twice is once.
    paid = [
        home.must(*order, asked["alert_id"], "--reference", "Card 4242", now="2026-10-13T11:00:00Z")
        for _ in range(2)
    ]
    for done in paid:
        on_the_page(done.out.strip())

    # One request at 10:00, before the money came, and five after it: 97.00 left, 194 hours; the
    # most ever used beyond the balance was 0.50. 114 hours x e^(1.8 / 5 x 4.75^0.25) = 194.
    row = refreshed("2026-10-13T17:00:00Z", range(200, 206))
    told(row, balance="97.000000000000", lowest="-0.500000000000", basis="usual")
    told(row, as_of="2026-10-13 15:15", days_left="8.08", pessimistic_days_left="4.75")
    told(row, expected_exhausted_at="2026-10-21 17:15", pessimistic_exhausted_at="2026-10-18 09:15")
    assert row["exhausted_at"] is None
    assert row["told"] == []
    assert alerts_of(home) == [days, asked]
