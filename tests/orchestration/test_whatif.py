"""What-if, as a user asks it: against a real close, and against what the home holds."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.installation import NOVEMBER, Installation
from tests.orchestration.other_catalog import change_everything, edit, offer_to_mosaic
from tests.programs import Done

KEYS = {
    "organizations": ("organization_id", "payment_mode", "currency"),
    "models": ("organization_id", "model_id", "currency"),
    "lines": (
        *("organization_id", "payment_mode", "line_kind", "service_month", "model_id", "meter"),
        *("service_tier", "context_band", "plan_id", "subscription_id", "currency"),
    ),
}


def ask(home: Installation, catalog: Path, *options: str, month: str = "2026-10") -> Any:
    return home.must("whatif", month, "--catalog", catalog, "--json", "--lines", *options).json


def side(answer: Any, which: str) -> dict[tuple[str, ...], dict[str, Decimal]]:
    """Every amount of one side that is not zero."""
    found = {}
    for part, key in KEYS.items():
        for row in answer[part]:
            amounts = {"main": row, **row.get("amounts", {})}
            values = {name: Decimal(pair[which]) for name, pair in amounts.items()}
            if any(values.values()):
                found[part, *(str(row[name]) for name in key)] = values
    return found


def rows_that_differ(answer: Any) -> list[Any]:
    return [row for part in KEYS for row in answer[part] if Decimal(row["difference"])]


def state(home: Installation) -> dict[str, str]:
    """Every file of the home but the lock, by its bytes."""
    return {
        str(path.relative_to(home.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.root.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def other_catalog(tmp_path_factory: pytest.TempPathFactory, drafted_small: Installation) -> Path:
    folder = tmp_path_factory.mktemp("other") / "catalog"
    shutil.copytree(drafted_small.root / "catalog", folder)
    change_everything(folder)
    return folder


@pytest.mark.long
def test_another_catalog_gives_what_a_close_under_it_would(
    drafted_small: Installation, other_catalog: Path, tmp_path: Path
) -> None:
    closed = drafted_small.copy(tmp_path / "closed")
    shutil.rmtree(closed.root / "catalog")
    shutil.copytree(other_catalog, closed.root / "catalog")
    assert closed.run("close", "2026-10").code in {0, 3}

    answer = ask(drafted_small, other_catalog)
    assert side(answer, "new") == side(ask(closed, other_catalog), "old")
    assert side(answer, "old") == side(ask(drafted_small, drafted_small.root / "catalog"), "old")
    changed = {row["organization_id"] for row in rows_that_differ(answer)}
    assert changed >= {
        *("org_aurora", "org_cobalt", "org_fjord"),
        *("org_harbor", "org_juniper", "org_mosaic"),
    }


@pytest.mark.long
def test_the_same_catalog_makes_no_difference_even_to_finalized_months_and_late_usage(
    closed_small: Installation, tmp_path: Path
) -> None:
    home = closed_small.copy(tmp_path / "home")
    home.must("ingest", NOVEMBER)
    home.must("close", "2026-11", "--finalize", now="2026-12-02T00:00:00Z")
    before = state(home)
    for month in ("2026-10", "2026-11"):
        answer = ask(home, home.root / "catalog", month=month)
        assert answer["organizations"]
        assert answer["models"]
        assert rows_that_differ(answer) == []
    service_months = {row["service_month"] for row in answer["lines"]}
    assert service_months == {"2026-10-01", "2026-11-01"}
    assert state(home) == before


def test_a_quote_changes_only_whom_it_is_for(drafted_small: Installation, tmp_path: Path) -> None:
    """Mosaic has no discount, so a quarter off takes round(subtotal x 0.25) from its net."""
    catalog = tmp_path / "quote"
    shutil.copytree(drafted_small.root / "catalog", catalog)
    offer_to_mosaic(catalog)
    before = state(drafted_small)
    answer = ask(drafted_small, catalog)
    assert {row["organization_id"] for row in rows_that_differ(answer)} == {"org_mosaic"}
    mosaic = next(r for r in answer["organizations"] if r["organization_id"] == "org_mosaic")
    subtotal = Decimal(mosaic["old"])
    assert Decimal(mosaic["amounts"]["subtotal_amount"]["new"]) == subtotal
    off = (subtotal * Decimal("0.25")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert off > 0
    assert Decimal(mosaic["new"]) == subtotal - off
    assert Decimal(mosaic["difference"]) == -off
    dollars = next(total for total in answer["totals"] if total["currency"] == "USD")
    assert Decimal(dollars["difference"]) == -off

    only = ask(drafted_small, catalog, "--org", "org_mosaic")
    assert only["organizations"] == [mosaic]
    assert state(drafted_small) == before


def test_usage_without_a_price_is_named_and_in_no_new_amount(
    drafted_small: Installation, tmp_path: Path
) -> None:
    catalog = tmp_path / "gap"
    shutil.copytree(drafted_small.root / "catalog", catalog)
    dropped = "claude-sonnet-4-5"

    def drop(rows: list[dict[str, str]]) -> None:
        rows[:] = [
            row for row in rows if (row["model_id"], row["meter"]) != (dropped, "output_visible")
        ]

    edit(catalog, "prices", drop)
    done = drafted_small.must("whatif", "2026-10", "--catalog", catalog, "--org", "org_denki")
    assert f"output_visible of {dropped}, tier default" in done.err
    assert "org_aurora" not in done.err


def test_books_of_an_older_revision_stay_as_they_are(
    drafted_small: Installation, tmp_path: Path
) -> None:
    """Who asks has not decided to bring them up to date; nothing is stored."""
    home = drafted_small.copy(tmp_path / "home")
    with closing(sqlite3.connect(home.root / "books" / "books.sqlite")) as books:
        for table in (
            "settlement",
            "receivable_act",
            "alert",
            "balance_tax",
            "top_up_tax",
            "lot_entry",
            "balance_lot",
            "ledger_transfer",
            "api_key",
            "subscription_change",
            "subscription_item",
            "subscription",
        ):
            books.execute(f"drop table {table}")
        books.execute(
            "create table payment (payment_id integer primary key, number varchar(60), "
            "amount_minor bigint, currency varchar(3), paid_at datetime, reference varchar(200))"
        )
        books.execute("update alembic_version set version_num = '0011'")
        books.commit()
    assert rows_that_differ(ask(home, home.root / "catalog")) == []
    with closing(sqlite3.connect(home.root / "books" / "books.sqlite")) as books:
        revision = books.execute("select version_num from alembic_version").fetchall()
    assert revision == [("0011",)]


def refused(home: Installation, *arguments: str | Path) -> str:
    done: Done = home.run("whatif", *arguments)
    assert (done.code, done.out) == (1, "")
    return done.err


def test_what_cannot_be_answered_is_refused_and_changes_nothing(
    drafted_small: Installation, tmp_path: Path
) -> None:
    catalog = tmp_path / "catalog"
    shutil.copytree(drafted_small.root / "catalog", catalog)
    before = state(drafted_small)
    assert "is not a month" in refused(drafted_small, "October", "--catalog", catalog)
    assert "meterbook close 2026-09" in refused(drafted_small, "2026-09", "--catalog", catalog)
    strange = ("2026-10", "--catalog", catalog, "--org", "org_nobody")
    assert "no organization 'org_nobody'" in refused(drafted_small, *strange)
    edit(catalog, "context_ladder", lambda rows: rows.append({"threshold_tokens": "300000"}))

    def threshold(rows: list[dict[str, str]]) -> None:
        rows.append(rows[0] | {"price_id": "p300", "context_above_tokens": "300000"})

    edit(catalog, "prices", threshold)
    said = refused(drafted_small, "2026-10", "--catalog", catalog)
    assert "prices.csv: the rollup does not tell requests above 300000 tokens apart" in said
    (catalog / "prices.csv").unlink()
    assert "prices.csv" in refused(drafted_small, "2026-10", "--catalog", catalog)
    assert drafted_small.run("whatif", "2026-10").code == 2
    assert state(drafted_small) == before
