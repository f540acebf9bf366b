"""A catalog edited after a month was finalized, as the operator meets it."""

import csv
import shutil
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest

from billing.catalog import load_catalog
from billing.errors import MeterbookError
from billing.periods import BillingMonth
from orchestration.accepting import rows_to_accept
from tests.orchestration.installation import ROOT, Installation

pytestmark = pytest.mark.long

OCTOBER = BillingMonth(2026, 10)
IN_DECEMBER = "2026-12-05T06:00:00Z"
PRICE = "gpt-5/output_visible/default/0/2026-01-01T0000"
LISTS = ROOT / "tests" / "price_lists"


@pytest.fixture
def home(closed_small: Installation, tmp_path: Path) -> Installation:
    """The small month, finalized."""
    return closed_small.copy(tmp_path / "home")


def change(home: Installation, price_id: str, **values: str) -> int:
    """Edit one price in place; the row as a spreadsheet counts it."""
    path = home.root / "catalog" / "prices.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    number = next(i for i, row in enumerate(rows) if row["price_id"] == price_id)
    rows[number] |= values
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return number + 2


def correct(home: Installation, key: str, day: str) -> None:
    path = home.root / "catalog" / "corrections.csv"
    if not path.exists():
        path.write_text("file,key,reason,recorded_date\n")
    with path.open("a") as file:
        file.write(f"prices.csv,{key},Typing error,{day}\n")


def test_an_edit_is_refused_by_name_until_somebody_stands_for_it(home: Installation) -> None:
    before = home.must("invoices", "--json").json
    row = change(home, PRICE, unit_price="0.00002")
    place = f"prices.csv, row {row}, field unit_price: {PRICE} was accepted with '0.00001'"
    for command in (("catalog", "check"), ("close", "2026-11", "--finalize"), ("close", "2026-10")):
        done = home.run(*command, now=IN_DECEMBER)
        assert done.code == 1
        assert place in done.err
        assert "Traceback" not in done.err
    assert home.must("invoices", "--json").json == before

    correct(home, PRICE, "2026-11-20")
    home.must("catalog", "check")
    home.must("close", "2026-11", "--finalize", now=IN_DECEMBER)
    home.must("catalog", "check")

    change(home, PRICE, unit_price="0.00003")
    done = home.run("catalog", "check")
    assert done.code == 1
    assert f"{PRICE} was accepted with '0.00002' and says '0.00003'" in done.err
    correct(home, PRICE, "2026-12-06")
    home.must("catalog", "check")


def test_every_edit_is_told_with_all_other_problems(home: Installation) -> None:
    change(home, PRICE, unit_price="free")
    (home.root / "catalog" / "discounts.csv").write_text(
        (home.root / "catalog" / "discounts.csv").read_text().replace("disc_aurora_all", "mine")
    )
    done = home.run("catalog", "check", "--json")
    assert done.code == 1
    messages = [(each["file"], each["field"]) for each in done.json["problems"]]
    assert messages.count(("prices.csv", "unit_price")) == 2
    assert ("discounts.csv", None) in messages


def test_appending_and_ending_later_are_no_edits(home: Installation) -> None:
    change(home, PRICE, valid_to_at="2026-12-01T00:00:00Z")
    path = home.root / "catalog" / "prices.csv"
    with path.open("a", newline="") as file:
        file.write(
            "new,gpt-5,output_visible,default,0,,USD,0.00002,2026-12-01T00:00:00Z,,me,2026-11-20\n"
        )
    home.must("catalog", "check")
    change(home, PRICE, valid_to_at="2026-10-31T00:00:00Z")
    done = home.run("catalog", "check")
    assert "field valid_to_at" in done.err


def test_before_a_month_is_finalized_everything_may_be_edited(
    drafted_small: Installation, tmp_path: Path
) -> None:
    home = drafted_small.copy(tmp_path / "home")
    change(home, PRICE, unit_price="0.00002")
    home.must("catalog", "check")


def test_files_edited_while_a_month_is_closed_are_not_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(ROOT / "data" / "catalog", folder)
    with duckdb.connect() as connection:
        load_catalog(connection, folder, OCTOBER, OCTOBER)
        assert ("prices", PRICE) in rows_to_accept(connection, folder).contents
        for name in ("corrections.csv", "discounts.csv"):
            path = folder / name
            before = path.read_bytes() if path.exists() else None
            path.write_bytes((before or b"file,key,reason,recorded_date") + b"\n")
            with pytest.raises(MeterbookError, match=f"{name} was edited while"):
                rows_to_accept(connection, folder)
            path.write_bytes(before) if before is not None else path.unlink()


def test_price_lists_are_imported_and_compared_from_the_command_line(tmp_path: Path) -> None:
    home = Installation.new(tmp_path / "home")
    old = home.root / "catalog"
    newer = LISTS / "litellm-1.101.0.json"
    start = ("--valid-from", "2026-12-05T00:00:00Z", "--json")
    shown = home.must("catalog", "diff", old, newer, "--import", "litellm", *start).json["changes"]
    assert {(each["file"], each["kind"]) for each in shown} == {("prices.csv", "added")}
    gemini = next(each for each in shown if each["about"].startswith("gemini-2.5-pro input"))
    assert (gemini["old"], gemini["new"]) == ("0.00000225", "0.00000125")
    assert gemini["percent"] == "-44.44"
    assert home.must("catalog", "diff", old, ROOT / "data" / "catalog").out == "No differences.\n"

    copy = tmp_path / "before"
    shutil.copytree(old, copy)
    done = home.must("catalog", "import", newer, "--edition", "1.101.0", *start).json
    assert done == {"appended": len(shown)}
    again = home.must("catalog", "import", "litellm", newer, "--edition", "1.101.0", *start).json
    assert again == {"appended": 0}
    assert home.must("catalog", "diff", copy, old, "--json").json["changes"] == shown
    book = home.must("catalog", "import", "genai-prices", "--valid-from", "2026-12-06T00:00:00Z")
    assert "price rows appended" in book.out
    assert "Not in the book: qwen-max, imagen-3." in book.out
    assert "deepseek-chat" not in book.out
    windows = (old / "price_windows.csv").read_text().splitlines()
    assert windows[1:] == ["utc-0030-1630,00:30,16:30,,UTC"]
    assert home.must("catalog", "check").out.endswith("no problems.\n")


def test_the_banks_rates_are_imported_and_compared_from_the_command_line(tmp_path: Path) -> None:
    """1 EUR = 1.25 USD and 150 JPY: 1 USD = 0.8 EUR = 120 JPY, for the pairs that are there."""
    home = Installation.new(tmp_path / "home")
    file = tmp_path / "eurofxref-hist.zip"
    with ZipFile(file, "w") as archive:
        archive.writestr("eurofxref-hist.csv", "Date,USD,JPY,\n2026-11-02,1.25,150,\n")
    shown = home.must("catalog", "diff", home.root / "catalog", file, "--import", "ecb", "--json")
    assert {(row["file"], row["kind"]) for row in shown.json["changes"]} == {
        ("exchange_rates.csv", "added")
    }
    done = home.must("catalog", "import", "ecb", file, "--json").json
    assert done == {"appended": 2, "last_published": "2026-11-02", "differing": []}
    rows = (home.root / "catalog" / "exchange_rates.csv").read_text().splitlines()[-2:]
    assert rows == ["ecb,USD,EUR,2026-11-02,0.80000000", "ecb,USD,JPY,2026-11-02,120.00000000"]
    days = ("--valid-from", "2026-10-29", "--until", "2026-10-30")
    out = home.must("catalog", "import", "ecb", "--pair", "USD/CHF", *days).out
    assert "2 exchange rates appended" in out
    assert "no problems" in home.must("catalog", "check").out


def test_what_cannot_be_imported_or_compared_is_refused(tmp_path: Path) -> None:
    home = Installation.new(tmp_path / "home")
    old, start = home.root / "catalog", ("--valid-from", "2026-12-05T00:00:00Z")
    newer = LISTS / "litellm-1.101.0.json"
    before = (old / "prices.csv").read_bytes()
    for arguments, why in (
        (("catalog", "diff", old), "Name two folders"),
        (("catalog", "diff", old, tmp_path / "nowhere"), "is not a folder"),
        (("catalog", "diff", old, newer, "--import", "openai", *start), "Name one of litellm"),
        (("catalog", "diff", old, newer, "--import", "litellm"), "is not an instant"),
        (("catalog", "import", "litellm", *start, "--edition", "1"), "Name one of litellm"),
        (("catalog", "import", "litellm", newer, *start), "does not say its edition"),
        (("catalog", "import", tmp_path / "none.json", *start, "--edition", "1"), "none.json"),
        (("catalog", "import", "genai-prices", newer, *start), "not a readable price book"),
        (("catalog", "import", "genai-prices"), "Say from when the prices hold"),
        (("catalog", "import", "ecb", newer), "does not hold the bank's rates"),
        (("catalog", "import", "ecb", "--pair", "USD"), "is no pair of currencies"),
        (("catalog", "import", "ecb", "--pair", "USD/ARS"), "publishes no rate for ARS"),
        (("catalog", "import", "ecb", "--until", "Friday"), "is not a day"),
    ):
        done = home.run(*arguments)
        assert (done.code, "Traceback" in done.err) == (1, False), arguments
        assert why in done.err
    assert (old / "prices.csv").read_bytes() == before
