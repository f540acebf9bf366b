"""Keys regenerated and a subscription cancelled while usage goes on: who pays for what."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.test_bad_input import GOOD, write_log
from tests.orchestration.test_whatif import ask, rows_that_differ

pytestmark = pytest.mark.long

CHANGE = "2026-10-20T12:00:00Z"
CANCELLED = "2026-10-25T10:00:00Z"
BEFORE, AT, AFTER = "2026-10-20T11:59:59.999Z", CHANGE, "2026-10-20T12:10:00Z"
LATE = "2026-10-25T10:00:00Z"
PAID_AT = "2026-10-21T08:00:00Z"
TOP_UP = ("topup", "org_fjord", "12.34", "--client-reference", "order-7", "--reference", "Card 77")
REFUND = ("refund", "org_fjord", "5.00", "--client-reference", "back-1", "--reference", "Bank 3")
TRANSFER = ("transfer", "org_fjord", "org_harbor", "7.00", "--client-reference", "over-1")
GIFT = ("topup", "org_fjord", "3", "--kind", "promotional", "--client-reference", "gift-1")
REQUESTS = [
    ("key_fjord_01", BEFORE, ""),
    ("key_fjord_01", AT, "key_not_valid"),
    ("key_fjord_01", AFTER, "key_not_valid"),
    ("key_fjord_01.r2", BEFORE, "key_not_valid"),
    ("key_fjord_01.r2", AT, ""),
    ("key_fjord_01.r2", AFTER, ""),
    ("key_lumen_01", BEFORE, "included_in_subscription"),
    ("key_lumen_01", AT, "key_not_valid"),
    ("key_lumen_01.r2", AT, "included_in_subscription"),
    ("key_lumen_01.r2", AFTER, "included_in_subscription"),
    ("key_lumen_01.r2", LATE, "subscription_inactive"),
    ("key_lumen_02", LATE, "subscription_inactive"),
]
"""Key, instant of completion, and why it is not billed; empty when it is."""


HUGE = {"api_key_id": "key_gaucho_01", "output_visible": 10**9, "request_id": "req_huge"}
"""More than any balance is worth."""


def requests() -> list[dict[str, Any]]:
    named = [
        {
            **GOOD,
            "request_id": f"req_{number}",
            "api_key_id": key,
            "started_at": at,
            "completed_at": at,
            "requested_model": "deepseek-chat",
            "model": "deepseek-chat",
            "provider": "deepseek",
        }
        for number, (key, at, _) in enumerate(REQUESTS)
    ]
    return [*named, {**named[0], **HUGE, "started_at": AFTER, "completed_at": AFTER}]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Acts as they happened, then the log of the month, closed and finalized."""
    folder = tmp_path_factory.mktemp("accounts")
    home = Installation.new(folder / "home")
    for key in ("key_fjord_01", "key_lumen_01"):
        home.must("regenerate-key", key, now=CHANGE)
    home.must(*TOP_UP, now=PAID_AT)
    home.must(*REFUND, now="2026-10-21T08:00:01Z")
    home.must(*TRANSFER, now="2026-10-21T08:00:02Z")
    home.must(*GIFT, "--expires", "2026-10-30", now="2026-10-24T08:00:00Z")
    for again in (TOP_UP, REFUND, TRANSFER):
        assert not home.must(*again, "--json", now=CANCELLED).json["is_new"]
    home.must("cancel", "sub_lumen_1", "--now", now=CANCELLED)
    home.must("ingest", write_log(folder / "log.jsonl", *requests()))
    return home


@pytest.fixture(scope="module")
def closed(home: Installation) -> dict[str, Any]:
    done = home.must("close", "2026-10", "--finalize", "--json")
    return dict(done.json)


def test_no_request_is_billed_on_a_key_out_of_its_time(
    home: Installation, closed: dict[str, Any]
) -> None:
    assert closed["blocked"] == []
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        found = connection.sql(
            "select api_key_id, not_billed_reason, sum(requests) from usage.usage_daily "
            "group by all order by all"
        ).fetchall()
        payers = connection.sql(
            "select distinct subscription_id from usage.dim_api_keys "
            "where api_key_id in ('key_lumen_01', 'key_lumen_01.r2')"
        ).fetchall()
    wanted = {("key_gaucho_01", ""): 1}
    for key, _, reason in REQUESTS:
        wanted[key, reason] = wanted.get((key, reason), 0) + 1
    assert {(key, reason): int(count) for key, reason, count in found} == wanted
    assert payers == [("sub_lumen_1",)]


def test_what_was_served_without_right_is_a_finding(closed: dict[str, Any]) -> None:
    assert [
        (each["api_key_id"], each["reason"], each["requests"]) for each in closed["warnings"]
    ] == [
        ("key_fjord_01", "key_not_valid", 2),
        ("key_fjord_01.r2", "key_not_valid", 1),
        ("key_lumen_01", "key_not_valid", 1),
        ("key_lumen_01.r2", "subscription_inactive", 1),
        ("key_lumen_02", "subscription_inactive", 1),
    ]


def test_a_top_up_by_command_is_on_the_statement_once(
    home: Installation, closed: dict[str, Any]
) -> None:
    (number,) = [
        each["number"]
        for each in closed["invoices"]
        if (each["organization_id"], each["kind"]) == ("org_fjord", "statement")
    ]
    statement = home.must("show", number).json["document"]
    shown = [
        (entry["amount"], entry["reference"])
        for entry in statement["balance"]["entries"]
        if entry["kind"] == "top_up"
    ]
    assert shown == [
        ("250.00", "Card 9F6A07"),
        ("100.00", "Card A01D93"),
        ("12.34", "Card 77"),
        ("3.00", "gift-1"),
    ]
    taken = [
        (entry["kind"], entry["day"], entry["amount"], entry["reference"])
        for entry in statement["balance"]["entries"]
        if entry["kind"] not in {"top_up", "consumption"}
    ]
    assert taken == [
        ("refund", "2026-10-21", "-5.00", "Bank 3"),
        ("transfer_out", "2026-10-21", "-7.00", "over-1"),
        ("expiry", "2026-10-30", "-3.00", "gift-1"),
    ]
    (own,) = home.must("balance", "--org", "org_fjord", "--json").json["balances"]
    assert Decimal(own["top_ups"]) == Decimal("365.34")
    assert Decimal(own["other"]) == Decimal("-15.00")
    assert Decimal(own["balance"]).quantize(Decimal("0.01")) == Decimal(
        statement["balance"]["closing"]
    )


def test_a_balance_that_ran_out_holds_nobody_up_and_is_told(
    home: Installation, closed: dict[str, Any]
) -> None:
    assert closed["blocked"] == []
    (own,) = home.must("balance", "--org", "org_gaucho", "--json").json["balances"]
    assert Decimal(own["balance"]) < 0
    assert own["exhausted_at"] == "2026-10-20 12:00:00+00:00"
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        found = connection.sql(
            "select organization_id, recovered_at, overdraft_amount > 0 "
            "from finance.prepaid_exhaustions"
        ).fetchall()
    assert found == [("org_gaucho", None, True)]


def test_a_transfer_is_a_lot_of_who_got_it(home: Installation, closed: dict[str, Any]) -> None:
    del closed
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        found = connection.sql(
            "select lot_id, lot_kind, granted_amount, remaining_amount from finance.prepaid_lots "
            "where organization_id = 'org_harbor' and granted_amount = 7"
        ).fetchall()
    assert found == [("transfer_fjord_001", "purchased", Decimal(7), Decimal(7))]


def test_an_overdraft_is_written_off_up_to_what_the_books_say(
    home: Installation, closed: dict[str, Any]
) -> None:
    """Usage of 1,000 million tokens is far beyond the balance; nothing there can be refunded."""
    del closed
    copy = home.copy(home.root.with_name("written_off"))
    now = "2026-11-06T09:00:00Z"
    (own,) = copy.must("balance", "--org", "org_gaucho", "--json", now=now).json["balances"]
    over = -Decimal(own["balance"]).quantize(Decimal("0.01"))
    write_off = ("write-off", "org_gaucho", "--reason", "goodwill", "--client-reference", "w-1")
    done = copy.run(*write_off, str(over + 1), now=now)
    assert f"has {over} USD of overdraft" in done.err
    assert (
        "0.00 USD" in copy.run("refund", "org_gaucho", "1", "--client-reference", "r", now=now).err
    )
    assert copy.must(*write_off, str(over), "--json", now=now).json["is_new"]
    assert (
        "has 0.00 USD of overdraft"
        in copy.run(
            "write-off", "org_gaucho", "0.01", "--reason", "x", "--client-reference", "w-2", now=now
        ).err
    )


def test_the_gateway_reads_who_is_good(home: Installation, closed: dict[str, Any]) -> None:
    del closed
    data = json.loads((home.root / "published" / "entitlements.json").read_text())
    told = {row["api_key_id"]: row for row in data["keys"].values()}
    assert told["key_fjord_01"]["reason"] == "regenerated"
    assert told["key_fjord_01.r2"]["is_valid"]
    assert told["key_lumen_02"]["valid_to"] == CANCELLED
    assert datetime.fromisoformat(data["as_of"])


def test_the_same_catalog_makes_no_difference(home: Installation, closed: dict[str, Any]) -> None:
    del closed
    answer = ask(home, home.root / "catalog")
    assert answer["organizations"]
    assert rows_that_differ(answer) == []


def test_acts_of_the_next_month_leave_what_was_finalized_alone(
    home: Installation, closed: dict[str, Any]
) -> None:
    """Ends that move in open months are no edit of what finalized months rest on."""
    del closed
    documents = home.documents()
    later = "2026-11-06T09:00:00Z"
    home.must("regenerate-key", "key_fjord_01.r2", now=later)
    home.must(
        "subscribe",
        "org_lumen",
        "--plan",
        "plan_studio",
        "--project",
        "proj_lumen_assistant",
        now="2026-11-06T09:00:01Z",
    )
    home.must("catalog", "check", now=later)
    home.must("close", "2026-10", "--finalize", now="2026-11-06T10:00:00Z")
    assert home.documents() == documents


def test_a_kill_at_the_commit_of_an_act_leaves_all_or_nothing(home: Installation) -> None:
    copy = home.copy(home.root.with_name("killed"))
    now = "2026-11-20T09:00:00Z"
    died = copy.run("regenerate-key", "key_fjord_02", kill_at="account.before_commit", now=now)
    assert died.code < 0
    assert state(copy, "key_fjord_02", now) == {"key_fjord_02": "valid"}
    died = copy.run("regenerate-key", "key_fjord_02", kill_at="account.after_commit", now=now)
    assert died.code < 0
    later = "2026-11-20T09:00:01Z"
    assert state(copy, "key_fjord_02", later) == {
        "key_fjord_02": "regenerated",
        "key_fjord_02.r2": "valid",
    }
    copy.must("regenerate-key", "key_fjord_02.r2", now=later)
    copy.must("catalog", "check", now=later)


def state(home: Installation, stem: str, now: str) -> dict[str, str]:
    rows = home.must("keys", "--json", now=now).json["keys"]
    return {row["api_key_id"]: row["state"] for row in rows if row["api_key_id"].startswith(stem)}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("subscribe", "org_x", "--plan", "plan_studio", "--project", "p"), "no organization"),
        (("subscribe", "org_fjord", "--project", "proj_fjord_app"), "either --plan or --items"),
        (
            ("subscribe", "org_fjord", "--project", "proj_fjord_app", "--items", "no.json"),
            "no.json",
        ),
        (("renew", "sub_x"), "know no 'sub_x'"),
        (("cancel", "sub_x"), "know no 'sub_x'"),
        (("regenerate-key", "key_x"), "know no 'key_x'"),
        (("create-key", "org_fjord", "--project", "x", "--name", "n"), "no project of org_fjord"),
        (("keys", "--org", "org_x"), "no organization"),
        (("topup", "org_x", "5", "--client-reference", "r"), "no organization"),
        (("topup", "org_fjord", "x", "--client-reference", "r"), "no amount above zero"),
        (("refund", "org_fjord", "9999", "--client-reference", "r"), "cannot be refunded"),
        (("transfer", "org_fjord", "org_x", "1", "--client-reference", "r"), "no organization"),
        (("transfer", "org_fjord", "org_aurora", "1", "--client-reference", "r"), "billed in EUR"),
        (
            (
                "write-off",
                "org_fjord",
                "1",
                "--of",
                "x",
                "--reason",
                "y",
                "--client-reference",
                "r",
            ),
            "Use overdraft or rest",
        ),
        (
            ("topup", "org_fjord", "5", "--expires", "2026-11-30", "--client-reference", "r"),
            "is over",
        ),
        (("balance", "--org", "org_x"), "no prepaid balance"),
        (("subscriptions", "--org", "org_x"), "no organization"),
    ],
)
def test_a_refusal_says_why(home: Installation, arguments: tuple[str, ...], says: str) -> None:
    done = home.run(*arguments, now="2026-12-01T00:00:00Z")
    assert done.code == 1
    assert says in done.err
    assert "Traceback" not in done.err
