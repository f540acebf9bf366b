"""The request with which a balance ran out, from the log to the mart, by hand.

A token of gpt-5's output costs 0.00001 USD, and of its tokens 200,000 of a month are free. So a
request has no price of its own: the month's tokens share what is charged of them evenly.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.orchestration.installation import Installation

DURING = "2026-11-10T12:00:00Z"
ALLOWANCES = (
    "allowance_id,contract_id,name,model_id,model_group_id,meter,quantity,valid_from_date,"
    "valid_to_date\n"
    "free,contract_harbor_2026,Free,gpt-5,,output_visible,200000,2026-01-01,\n"
)
TOP_UPS = (
    "top_up_id,organization_id,occurred_at,currency,amount,kind,reference,expires_at\n"
    "paid,org_harbor,2026-11-01T00:00:00Z,USD,8.00,purchased,Card,\n"
    "gift,org_fjord,2026-11-01T00:00:00Z,USD,5.00,promotional,Gift,2026-11-05T10:10:00Z\n"
)
FJORD = ("f", "key_fjord_01", "2026-11-04T10:00:00Z", "gpt-5", 300_000)
EARLIER = ("e", "key_harbor_01", "2026-11-04T10:00:00Z", "gpt-5", 300_000)
IN_ONE_QUARTER_HOUR = (
    ("d", "key_harbor_02", "2026-11-05T10:14:00Z", "gpt-5", 200_000),
    ("c", "key_harbor_01", "2026-11-05T10:05:00.250Z", "gpt-5", 300_000),
    ("b", "key_harbor_03", "2026-11-05T10:02:00Z", "gpt-5", 400_000),
)
LATE = ("a", "key_harbor_01", "2026-11-05T10:01:00Z", "gpt-5", 400_000)
LEFT = """
select native_id, amount, left_amount, uses_up
from intermediate.int_prepaid__exhausting_requests order by completed_at
"""


def lines(*rows: tuple[str, str, str, str, int]) -> str:
    """Requests in the native form: id, key, instant, model, output tokens."""
    return "".join(
        json.dumps(
            {
                "request_id": request,
                "api_key_id": key,
                "completed_at": at,
                "requested_model": model,
                "model": model,
                "provider": "openai",
                "outcome": "success",
                "output_visible": tokens,
            }
        )
        + "\n"
        for request, key, at, model, tokens in rows
    )


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    made = Installation.new(tmp_path / "home")
    catalog = made.root / "catalog"
    (catalog / "allowances.csv").write_text(ALLOWANCES)
    (catalog / "top_ups.csv").write_text(TOP_UPS)
    return Installation(made.root, now=DURING, prints=False)


def refreshed_with(home: Installation, name: str, text: str) -> dict[str, Any]:
    """Ingest a log, bring balances up to date, and return how that of org_harbor stands."""
    log = home.root / name
    log.write_text(text)
    home.must("ingest", log)
    home.must("refresh")
    (row,) = home.must("balance", "--org", "org_harbor", "--json").json["balances"]
    return dict(row)


def rows_of(home: Installation, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def pico(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


def test_the_request_is_found_and_a_late_file_moves_it(home: Installation) -> None:
    # The earlier request has the free tokens, and its project (keys 1 and 3) 1,000,000, of which
    # 800,000 cost 8.00: 0.000008 each. 5.60 are left as the quarter hour begins. Key 2 is of
    # another project and pays 0.00001.
    seen = refreshed_with(home, "one.jsonl", lines(FJORD, EARLIER, *IN_ONE_QUARTER_HOUR))
    assert seen["exhausted_at"] == "2026-11-05 10:00:00+00:00"
    assert seen["used_up_at"] == "2026-11-05 10:05:00.250000+00:00"
    assert rows_of(home, LEFT) == [
        ("b", *pico("3.2", "2.4"), False),
        ("c", *pico("2.4", "0"), True),
        ("d", *pico("2", "-2"), False),
    ]

    # 12.00 for 1,400,000 tokens: 300,000 are 2.571428571429 (rounded up), 1,000,000 are
    # 8.571428571429. In the quarter hour key 1 is charged 6.00 for 700,000 and key 3 the rest.
    seen = refreshed_with(home, "late.jsonl", lines(LATE))
    assert seen["used_up_at"] == "2026-11-05 10:02:00+00:00"
    assert rows_of(home, LEFT) == [
        ("a", *pico("3.428571428571", "2"), False),
        ("b", *pico("3.428571428571", "-1.428571428571"), True),
        ("c", *pico("2.571428571429", "-4"), False),
        ("d", *pico("2", "-6"), False),
    ]
    # Of a gift of 5.00 the other customer used 3.00; no request took what expired.
    found = rows_of(
        home,
        "select organization_id, exhausted_at::varchar, recovered_at, exhausted_by, "
        "used_up_at::varchar, overdraft_amount from finance.prepaid_exhaustions order by organization_id",
    )
    at = "2026-11-05 10:00:00"
    assert found == [
        ("org_fjord", at, None, "expiry", None, Decimal(0)),
        ("org_harbor", at, None, "request", "2026-11-05 10:02:00", Decimal(6)),
    ]
