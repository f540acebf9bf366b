"""Balances between two closes: the same as a close makes them, from new files only."""

import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from billing.home import Home
from billing.periods import BillingMonth
from orchestration.landing_memory import take_complete
from orchestration.refreshing import open_months
from tests.orchestration.installation import Installation

OCTOBER, NOVEMBER = BillingMonth(2026, 10), BillingMonth(2026, 11)
BALANCES = ("fct_prepaid_deductions", "prepaid_balance_daily", "prepaid_exhaustions")
NOT_ENDED = 3
"""A close of the running month drafts nobody, and rates everybody."""
DURING = "2026-11-10T12:00:00Z"
BOUNDARIES = (
    "refresh.before_note",
    "refresh.after_note",
    "refresh.before_models",
    "refresh.after_models",
    "refresh.before_rename",
    "refresh.after_rename",
    "ingest.before_commit",
    "ingest.after_commit",
    "catalog.before_commit",
    "snapshot.after_commit",
)


def lines(*rows: tuple[str, str, str, int]) -> str:
    """Requests in the native form: id, key, instant, input tokens."""
    return "".join(
        json.dumps(
            {
                "request_id": request,
                "api_key_id": key,
                "completed_at": at,
                "requested_model": "gpt-5",
                "model": "gpt-5",
                "provider": "openai",
                "outcome": "success",
                "input_uncached": tokens,
                "output_visible": 100,
            }
        )
        + "\n"
        for request, key, at, tokens in rows
    )


FIRST = lines(
    ("r1", "key_fjord_01", "2026-11-02T10:00:00Z", 1_000_000),
    ("r2", "key_fjord_02", "2026-11-02T10:20:00Z", 2_000),
)
SECOND = lines(("r3", "key_fjord_01", "2026-11-03T09:00:00Z", 500_000))
OF_ANOTHER = lines(("r4", "key_aurora_01", "2026-11-03T10:40:00Z", 1_000))
LIMIT = (
    "key_limit_id,api_key_id,model_id,rpm,rph,rpd,tpm,tpd,monthly_spend_amount,currency,"
    "valid_from_at,valid_to_at\n"
    "one,key_fjord_01,,,,,,,10.00,USD,2026-01-01T00:00:00Z,\n"
)


def balances(home: Installation, month: str = "2026-11-01") -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return {
            table: connection.sql(
                f"select * from finance.{table} where billing_month = date '{month}' order by all"
            ).fetchall()
            for table in BALANCES
        }


def spending(home: Installation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = home.must("caps", "--org", "org_fjord", "--json").json["spending"]
    return found


def land(home: Installation, name: str, text: str) -> None:
    folder = home.root / "landing"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    made = Installation.new(tmp_path / "home")
    return Installation(made.root, now=DURING, prints=False)


def test_what_is_fresh_is_what_a_close_makes_of_the_same_files(
    home: Installation, tmp_path: Path
) -> None:
    """The day before 3 November 10:45 repeats: of 10.00 USD 8.123 are left after 1.251 and 0.626.

    0.626 (0.6257 at the average of both) at 9 o'clock, 22 hours after that day began, are enough
    the thirteenth time: 12 days and 22 hours on.
    """
    (home.root / "catalog" / "key_limits.csv").write_text(LIMIT)
    land(home, "a.jsonl", FIRST)
    seen = home.must("refresh", "--json").json
    assert (seen["files"], seen["waiting"]) == (0, 1)
    taken = home.must("refresh", "--json").json
    assert (taken["files"], taken["waiting"], taken["months"]) == (1, 0, ["2026-11"])
    assert taken["last_usage_at"] == "2026-11-02T10:20:00Z"
    assert [each["forecast_at"] for each in spending(home)] == [None]
    land(home, "b.jsonl", SECOND + OF_ANOTHER)
    home.must("refresh")
    fresh = home.must("refresh", "--json").json
    assert fresh["up_to_sequence"] == 2
    assert json.loads((home.root / "published" / "freshness.json").read_text()) == fresh
    assert (home.root / "published" / "entitlements.json").exists()

    made = Installation.new(tmp_path / "other")
    other = Installation(made.root, now=DURING, prints=False)
    (other.root / "catalog" / "key_limits.csv").write_text(LIMIT)
    for name in ("a.jsonl", "b.jsonl"):
        other.must("ingest", home.root / "landing" / name)
    assert other.run("close", "2026-11").code == NOT_ENDED
    assert balances(home) == balances(other)
    spent = [row for row in balances(home)["fct_prepaid_deductions"] if row[0] == "org_fjord"]
    assert len(spent) == 3
    assert spending(home) == spending(other)
    (money,) = spending(home)
    assert (money["spent_amount"], money["as_of_at"], money["forecast_at"]) == (
        ("1.877000000000", "2026-11-03T10:45:00Z", "2026-11-16T08:45:00Z")
    )
    closed = home.run("close", "2026-11")
    assert closed.code == NOT_ENDED
    assert "USD spent, 18 %; all of it about 2026-11-16T08:45:00Z" in closed.err
    assert balances(home) == balances(other)
    told = home.must("alerts", "--kind", "spend_forecast", "--json").json["alerts"]
    assert [(each["subject_id"], each["as_of"], each["crossing"]) for each in told] == [
        ("key_fjord_01", "2026-11-03T10:45:00Z", "2026-11/one/10")
    ]


def test_a_month_begins_with_what_the_one_before_left_though_nobody_closed_it(
    home: Installation,
) -> None:
    """Between the end of October and its finalizing, November knows what October used."""
    now = "2026-11-02T12:00:00Z"
    land(home, "a.jsonl", lines(
        ("r1", "key_fjord_01", "2026-10-20T10:00:00Z", 40_000_000),
        ("r2", "key_fjord_01", "2026-11-01T23:00:00Z", 1_000_000),
    ))  # fmt: skip
    home.must("refresh", now=now)
    assert home.must("refresh", "--json", now=now).json["months"] == ["2026-10", "2026-11"]
    query = """
        select billing_month::varchar, arg_min(opening_amount, balance_date),
            arg_max(closing_amount, balance_date)
        from finance.prepaid_balance_daily where organization_id = 'org_fjord' group by all
        order by all
    """
    lots = """
        select lot_id, remaining_amount from finance.prepaid_lots
        where organization_id = 'org_fjord' and billing_month = '2026-10-01' and lot_id <> ''
        order by all
    """
    opened = lots.replace("remaining_amount", "opening_amount").replace("2026-10", "2026-11")
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        (_, began, left), (_, opening, closing) = connection.sql(query).fetchall()
        still = [row for row in connection.sql(lots).fetchall() if row[1] > 0]
        opens = [row for row in connection.sql(opened).fetchall() if row[1] > 0]
    # 150.00 of September, 350.00 in October, 40 million tokens at 1.25 USD a million.
    assert began == 150
    assert 0 < 450 - left < Decimal("0.01")
    assert abs(opening - left) < Decimal("0.01")
    assert closing < opening - 1
    assert still == opens
    balance = home.must("balance", "--org", "org_fjord", "--json", now=now).json["balances"][0]
    assert Decimal(balance["balance"]) == closing


def test_a_key_that_comes_and_one_that_ends_are_fresh_too(home: Installation) -> None:
    land(home, "a.jsonl", FIRST)
    home.must("refresh")
    home.must("refresh")
    before = balances(home)
    home.must("create-key", "org_fjord", "--project", "proj_fjord_app", "--name", "new",
              "--payer", "balance")  # fmt: skip
    home.must("refresh", now="2026-11-10T12:05:00Z")
    assert balances(home) == before
    home.must("disable-key", "key_fjord_02", now="2026-11-10T12:06:00Z")
    late = lines(
        ("r4", "key_fjord_02", "2026-11-10T12:05:59Z", 3_000),
        ("r5", "key_fjord_02", "2026-11-10T12:06:00Z", 7_000_000),
    )
    land(home, "c.jsonl", late)
    home.must("refresh", now="2026-11-10T12:10:00Z")
    home.must("refresh", now="2026-11-10T12:15:00Z")
    after = balances(home)["fct_prepaid_deductions"]
    new = [row for row in after if row not in before["fct_prepaid_deductions"]]
    assert [(row[2], str(row[4])) for row in new] == [("key_fjord_02", "2026-11-10 12:00:00")]


def test_a_home_that_somebody_works_in_is_left_alone(home: Installation) -> None:
    with Home(home.root).exclusive():
        done = home.run("refresh")
        assert done.code == 1
        assert "Another process" in done.err
        waited = home.run("refresh", "--wait", "1")
        assert waited.code == 1
    assert not (home.root / "published" / "freshness.json").exists()
    home.must("refresh", "--wait", "5")


def test_a_refused_file_holds_up_no_balance(home: Installation) -> None:
    land(home, "a.jsonl", FIRST)
    land(home, "broken.jsonl", '{"what": 1}\n')
    home.run("refresh")
    done = home.run("refresh", "--json")
    assert done.code == 1
    assert "broken.jsonl" in done.err
    assert done.json["refused"]
    assert len(balances(home)["fct_prepaid_deductions"]) == 2


@pytest.mark.long
def test_a_refresh_that_is_killed_anywhere_leaves_no_trace(
    home: Installation, tmp_path: Path
) -> None:
    quiet = Installation.new(tmp_path / "quiet")
    quiet = Installation(quiet.root, now=DURING, prints=False)
    for each in (home, quiet):
        land(each, "a.jsonl", FIRST)
        land(each, "b.jsonl", SECOND)
    killed = 0
    for name in BOUNDARIES:
        done = home.run("refresh", kill_at=name)
        assert done.code in (-signal.SIGKILL, 0), done.err
        killed += done.code == -signal.SIGKILL
    assert killed >= len(BOUNDARIES) - 2
    for _ in range(6):  # a batch that was killed waits some looks
        home.must("refresh")
    for seconds in (1.5, 4, 7):
        home.run_and_kill("refresh", after_seconds=seconds)
    home.must("refresh")
    quiet.must("refresh")
    quiet.must("refresh")
    assert balances(home) == balances(quiet)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        rows = connection.sql("select count(*) from raw.accepted_event").fetchall()
    assert rows == [(3,)]


def test_months_are_those_of_every_clock_and_the_one_nobody_looked_at_yet() -> None:
    new_year = datetime(2026, 10, 31, 16, tzinfo=UTC)
    zones = {"tokyo": "Asia/Tokyo", "lima": "America/Lima"}
    never: Callable[[BillingMonth], bool] = set[BillingMonth]().__contains__
    assert open_months(new_year, zones, [], never) == (OCTOBER, NOVEMBER)
    later = datetime(2026, 11, 5, tzinfo=UTC)
    assert open_months(later, zones, [], never) == (NOVEMBER,)
    used = {OCTOBER}.__contains__
    assert open_months(later, zones, [], used) == (OCTOBER, NOVEMBER)
    one = [("tokyo", OCTOBER)]
    assert open_months(later, zones, one, used) == (OCTOBER, NOVEMBER)
    both = [*one, ("lima", OCTOBER)]
    assert open_months(later, zones, both, used) == (NOVEMBER,)


def test_a_file_is_taken_once_it_stayed_the_same_and_again_until_it_went_in(
    tmp_path: Path,
) -> None:
    landing, notes = tmp_path / "landing", tmp_path / "notes"
    landing.mkdir()
    notes.mkdir()
    asked: list[list[str]] = []

    def refuse(paths: Any) -> bool:
        asked.append([path.name for path in paths])
        return False

    def accept(paths: Any) -> bool:
        return not refuse(paths)

    (landing / "a.csv").write_text("1")
    (landing / ".hidden.csv").write_text("1")
    assert take_complete(landing, notes, refuse) == (0, 1)
    (landing / "a.csv").write_text("12")
    assert take_complete(landing, notes, refuse) == (0, 1)
    assert take_complete(landing, notes, refuse) == (1, 0)
    assert take_complete(landing, notes, accept) == (0, 0)
    assert take_complete(landing, notes, accept) == (1, 0)
    assert take_complete(landing, notes, accept) == (0, 0)
    assert asked == [["a.csv"], ["a.csv"]]
    (notes / "refresh.json").write_text("not json")
    assert take_complete(landing, notes, accept) == (0, 1)
