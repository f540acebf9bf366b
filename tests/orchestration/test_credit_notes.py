"""Late usage below zero becomes credit notes, from a newer version of a row to the books.

Arithmetic, org_aurora, EUR, 19 %, 10 % off everything and then 20 % off Sonnet. USD 1 is EUR
0.89509488 in October, 0.90 in November, 0.80 in December; so one Sonnet input token at USD
0.000003 is EUR 0.000002685285 in October and 0.0000027 in November, one of GPT-5 at the agreed
USD 0.0000011 is EUR 0.000000984604 in October and 0.00000099 in November.

October: Sonnet 3,000,000 = 8.055855 and 300 output = 0.0040279269; GPT-5 1,000,000 = 0.984604 and
300 output = 0.0023630505. Gross 9.05: Sonnet 8.06, GPT-5 0.99. 10 % = 0.91, of which Sonnet 0.81;
20 % of 7.25 = 1.45. Taxable 6.69, tax 1.27, total 7.96.

November: Sonnet falls to 2,000,000, GPT-5 rises to 1,500,000, and Sonnet is used 1,000,000 times
anew. Invoice: 500,000 x 0.00000099 = 0.495, 2.70 and 300 x 0.0000135 = 0.00405, together 3.20;
10 % = 0.32, of which Sonnet 0.27; 20 % of 2.43 = 0.49; taxable 2.39, tax 0.45, total 2.84. Note:
1,000,000 x 0.000002685285 = 2.69; 10 % = 0.27; 20 % of 2.42 = 0.48; taxable 1.94, tax 0.37, total
2.31. October has 7.96 - 2.31 = 5.65 left.

December: October's Sonnet falls by another 500,000, November's by 600,000, and nothing else was
used. Notes: 1.3426425 -> 1.34, 0.13, 20 % of 1.21 = 0.24, taxable 0.97, tax 0.18, total 1.15; and
600,000 x 0.0000027 = 1.62, 0.16, 20 % of 1.46 = 0.29, taxable 1.17, tax 0.22, total 1.39.

January: October's Sonnet falls by another 500,000, now priced ten times as high from 5 October
on: 13.43, 1.34, 20 % of 12.09 = 2.42, taxable 9.67, tax 1.84, total 11.51. Left are 4.50.
"""

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import GPT, deliver, documents_of, observation

pytestmark = pytest.mark.long

ORGANIZATIONS = ("--org", "org_aurora", "--org", "org_cobalt")
NOVEMBER, DECEMBER = "2026-12-05T06:00:00Z", "2027-01-05T06:00:00Z"
JANUARY = "2027-02-05T06:00:00Z"
TOTALS = ("subtotal", "discount", "taxable", "tax", "total", "amount_due")


def close(home: Installation, month: str, now: str = "") -> Any:
    return home.must("close", month, "--finalize", "--json", *ORGANIZATIONS, now=now).json


def totals(shown: dict[str, Any]) -> tuple[str, ...]:
    return tuple(shown["document"]["totals"][name] for name in TOTALS)


def lines(shown: dict[str, Any]) -> list[tuple[object, ...]]:
    names = ("service_month", "model_id", "meter", "quantity", "unit_price", "amount")
    return [tuple(line[name] for name in names) for line in shown["document"]["lines"]]


@pytest.fixture(scope="module")
def closed_november(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """October and November finalized: one model fell, another rose."""
    home = Installation.new(tmp_path_factory.mktemp("notes") / "home")
    with (home.root / "catalog" / "exchange_rates.csv").open("a") as rates:
        rates.write("ecb,USD,EUR,2026-11-30,0.90\necb,USD,EUR,2026-12-31,0.80\n")
    deliver(
        home,
        "1.jsonl",
        observation("a", 3_000_000, 1),
        observation("b", 1_000_000, 1, model=GPT),
    )
    close(home, "2026-10")
    deliver(
        home,
        "2.jsonl",
        observation("a", 2_000_000, 2),
        observation("b", 1_500_000, 2, model=GPT),
        observation("c", 1_000_000, 1, day="2026-11-10"),
        now=NOVEMBER,
    )
    close(home, "2026-11", NOVEMBER)
    return home


def deliver_december(home: Installation) -> None:
    """Newer versions of rows of October and of November."""
    rows = observation("a", 1_500_000, 3), observation("c", 400_000, 2, day="2026-11-10")
    deliver(home, "3.jsonl", *rows, now=DECEMBER)


@pytest.fixture(scope="module")
def closed_december(
    closed_november: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """December finalized: nothing new, two earlier months fell."""
    home = closed_november.copy(tmp_path_factory.mktemp("december") / "home")
    deliver_december(home)
    close(home, "2026-12", DECEMBER)
    return home


def test_what_fell_is_given_back_and_what_rose_is_billed_never_netted(
    closed_november: Installation,
) -> None:
    october = documents_of(closed_november, "2026-10")
    assert totals(october["INV-2026-000001"]) == ("9.05", "2.36", "6.69", "1.27", "7.96", "7.96")
    november = documents_of(closed_november, "2026-11")
    assert sorted(november) == ["CN-2026-000001", "INV-2026-000002"]
    assert lines(november["INV-2026-000002"]) == [
        ("2026-10", "gpt-5", "input_uncached", 500_000, "0.99", "0.50"),
        ("2026-11", "claude-sonnet-4-5", "input_uncached", 1_000_000, "2.70", "2.70"),
        ("2026-11", "claude-sonnet-4-5", "output_visible", 300, "13.50", "0.00"),
    ]
    assert totals(november["INV-2026-000002"]) == ("3.20", "0.81", "2.39", "0.45", "2.84", "2.84")
    note = november["CN-2026-000001"]
    assert lines(note) == [
        ("2026-10", "claude-sonnet-4-5", "input_uncached", 1_000_000, "2.685285", "2.69")
    ]
    assert totals(note) == ("2.69", "0.75", "1.94", "0.37", "2.31", "2.31")
    assert note["document"]["corrects_number"] == "INV-2026-000001"
    assert note["document"]["payment"]["due_date"] is None
    assert (note["document"]["status"], note["status"]) == ("settled", "settled")
    assert note["document"]["exchange"]["rate"] == "0.89509488"
    credited = closed_november.must("show", "INV-2026-000001").json["credit_notes"]
    assert credited == [{"number": "CN-2026-000001", "total": "2.31"}]


def test_the_month_balances_and_the_note_explains_itself(closed_november: Installation) -> None:
    assert closed_november.must("reconcile", "2026-11", "--json").json["balanced"] is True
    explained = closed_november.must("explain", "CN-2026-000001", "--line", "1", "--json").json
    (line,) = explained["lines"]
    assert [charge["quantity"] for charge in line["charges"]] == [-1_000_000]
    assert line["usage"]["quantity"] == -1_000_000
    assert line["usage"]["requests"]["quantity"] == -1_000_000
    words = closed_november.must("explain", "CN-2026-000001").out
    assert "Gives back what INV-2026-000001 of 2026-10 billed too much" in words


def test_two_months_that_fell_get_a_note_each_though_nothing_else_was_used(
    closed_december: Installation,
) -> None:
    december = documents_of(closed_december, "2026-12")
    assert sorted(december) == ["CN-2027-000001", "CN-2027-000002"]
    first, second = december["CN-2027-000001"], december["CN-2027-000002"]
    assert first["document"]["corrects_number"] == "INV-2026-000001"
    assert totals(first) == ("1.34", "0.37", "0.97", "0.18", "1.15", "1.15")
    assert second["document"]["corrects_number"] == "INV-2026-000002"
    assert totals(second) == ("1.62", "0.45", "1.17", "0.22", "1.39", "1.39")
    assert closed_december.must("reconcile", "2026-12", "--json").json["balanced"] is True


def test_closing_again_changes_nothing(closed_december: Installation, tmp_path: Path) -> None:
    home = closed_december.copy(tmp_path / "home")
    before = home.must("invoices", "--json").json
    for month in ("2026-11", "2026-12"):
        assert close(home, month, JANUARY)["blocked"] == []
    assert home.must("invoices", "--json").json == before
    assert home.documents() == closed_december.documents()


def test_a_kill_at_the_commit_of_notes_leaves_no_trace(
    closed_november: Installation, closed_december: Installation, tmp_path: Path
) -> None:
    home = closed_november.copy(tmp_path / "home")
    deliver_december(home)
    for boundary in ("finalize.before_commit", "finalize.after_commit"):
        command = ("close", "2026-12", "--finalize", *ORGANIZATIONS)
        done = home.run(*command, kill_at=boundary, now=DECEMBER)
        assert done.code == -signal.SIGKILL, done.err
    close(home, "2026-12", DECEMBER)
    assert home.documents() == closed_december.documents()
    assert home.must("invoices", "--json").json == closed_december.must("invoices", "--json").json


def test_a_rebuild_gives_the_same_documents(closed_december: Installation, tmp_path: Path) -> None:
    home = closed_december.copy(tmp_path / "home")
    shutil.rmtree(home.warehouse.parent)
    shutil.rmtree(home.root / "documents")
    home.must("ingest", *(home.root / f"{number}.jsonl" for number in (3, 1, 2)), now=JANUARY)
    for month in ("2026-12", "2026-10", "2026-11"):
        assert close(home, month, JANUARY)["blocked"] == []
    assert home.documents() == closed_december.documents()


def test_more_than_is_left_is_refused_and_holds_back_nobody_else(
    closed_december: Installation, tmp_path: Path
) -> None:
    home = closed_december.copy(tmp_path / "home")
    with (home.root / "catalog" / "prices.csv").open("a") as prices:
        prices.write(
            "sonnet/dearer,claude-sonnet-4-5,input_uncached,default,0,,USD,0.00003,"
            "2026-10-05T00:00:00Z,,by hand,2026-12-30\n"
        )
    deliver(home, "4.jsonl", observation("a", 1_000_000, 4), now=JANUARY)
    cobalt = observation("d", 1_000_000, 1, model=GPT, day="2027-01-10")
    deliver(home, "5.jsonl", cobalt, now=JANUARY, key="key_cobalt_01")
    done = home.run("close", "2027-01", "--finalize", "--json", *ORGANIZATIONS, now=JANUARY)
    assert done.code == 3
    (blocked,) = done.json["blocked"]
    assert blocked["organization_id"] == "org_aurora"
    assert "a credit note of 11.51 EUR is larger than the 4.50 EUR left" in blocked["reason"]
    assert "INV-2026-000001" in blocked["reason"]
    numbers = [each["number"] for each in done.json["invoices"]]
    assert len(numbers) == 1
    assert numbers[0].startswith("INV-2027-")
