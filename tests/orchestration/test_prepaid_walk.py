"""The walk of `docs/prepaid-walk.md`: top up, use, forecast, alert, exhaustion, recharge.

Every figure is worked by hand here, seen in the command's answer, and looked for on the page.
org_harbor is in Singapore. gpt-5 costs 0.00001 USD a token of output, so a request of 50,000
tokens costs 0.50; it makes one every hour, 12.00 a day.
"""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.orchestration.installation import Installation

pytestmark = pytest.mark.long

PAGE = ""
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
    rows = [row for row in csv.reader(top_ups.open()) if "org_harbor" not in row]
    with top_ups.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return home


@pytest.fixture(scope="module")
def refreshed(home: Installation) -> Callable[[str, range], dict[str, Any]]:
    def refresh(now: str, hours: range) -> dict[str, Any]:
        """Ingest the requests of some hours, draft October, and look at the balance."""
        if hours:
            log = home.root / f"hours-{hours.start}.jsonl"
            log.write_text("".join(map(request, hours)))
            home.must("ingest", log, now=now)
        assert home.run("close", "2026-10", now=now).code in {0, 3}
        (row,) = home.must("balance", "--org", "org_harbor", "--json").json["balances"]
        return dict(row)

    return refresh


def alerts_of(home: Installation) -> list[dict[str, Any]]:
    return list(home.must("alerts", "--org", "org_harbor", "--json").json["alerts"])


def test_the_walk(home: Installation, refreshed: Callable[[str, range], dict[str, Any]]) -> None:
    topped = home.must(
        "topup",
        "org_harbor",
        "100.00",
        "--client-reference",
        "order-1",
        now="2026-10-05T01:00:00Z",
    )
    on_the_page(topped.out.strip())

    # Five days: 120 requests, 60.00 used, 40.00 left, the last one at 01:00 on the 10th.
    row = refreshed("2026-10-10T02:00:00Z", range(120))
    assert Decimal(row["balance"]) == Decimal(40)
    assert Decimal(row["burn_amount"]) == Decimal(12)
    assert row["basis"] == "short_history"
    assert row["as_of"].startswith("2026-10-10 01:15")
