"""Top-ups on a day without a tax rate, gone from the catalog, or long before any usage.

The customers and their arithmetic are those of the scenario of the same subject.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.installation import Installation
from tests.programs import Done
from tests.scenarios.cases import Case, deliver, write_catalog

CASE = Case("a_top_up_is_invoiced_and_its_refund_credited")
MONTHS = {"2026-10": "2026-11-05T06:00:00Z", "2026-11": "2026-12-05T06:00:00Z"}
RATE_OF_2020 = "lv_2020,LV,S,0.20,2020-01-01,2021-01-01,law\n"


CORRECTIONS = """
file,key,reason,recorded_date
top_ups.csv,tops_last,Entered for nobody.,2026-11-20
"""


def close(home: Installation, month: str, *, has_rate: bool, is_new: bool = True) -> Done:
    """Close a month of the case; its first top-up is of a day before the first tax rate.

    By November tops_last is gone.
    """
    catalog = home.root / "catalog"
    write_catalog(catalog, [CASE], month)
    edit(catalog / "top_ups.csv", "2026-09-01T08:00:00Z", "2020-12-31T08:00:00Z")
    if has_rate:
        rates = catalog / "tax_rates.csv"
        rates.write_text(rates.read_text() + RATE_OF_2020)
    if month > "2026-10":
        top_ups = (catalog / "top_ups.csv").read_text().splitlines(keepends=True)
        kept = [row for row in top_ups if not row.startswith("tops_last,")]
        assert len(kept) == len(top_ups) - 1
        (catalog / "top_ups.csv").write_text("".join(kept))
        (catalog / "corrections.csv").write_text(CORRECTIONS.lstrip())
    if is_new:
        delivered = deliver(home.root / "delivered", [CASE], month)
        home.must("ingest", *delivered, now=MONTHS[month])
    return home.run("close", month, "--finalize", "--json", now=MONTHS[month])


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("amiss") / "home")


@pytest.fixture(scope="module")
def without_rate(home: Installation) -> Done:
    return close(home, "2026-10", has_rate=False)


def billed(done: Done) -> list[tuple[str, str, str]]:
    rows: list[dict[str, Any]] = done.json["invoices"]
    return sorted((each["organization_id"], each["kind"], each["total"]) for each in rows)


def test_a_day_without_a_tax_rate_holds_back_its_organization_alone(without_rate: Done) -> None:
    assert without_rate.code == 3, without_rate.err
    (blocked,) = without_rate.json["blocked"]
    assert blocked["organization_id"] == "org_tops"
    assert blocked["reason"].startswith(
        "org_tops: top-up tops_old was paid on 2020-12-31, and LV has 0 tax rates of category S on "
        "2020-12-31, not one. Enter the rate of that day in tax_rates.csv;"
    )
    assert billed(without_rate) == [
        ("org_beyond", "credit_note", "12.00"),
        ("org_beyond", "statement", "6.00"),
        ("org_beyond", "top_up_invoice", "12.00"),
        ("org_beyond", "top_up_invoice", "8.80"),
    ]


@pytest.fixture(scope="module")
def with_rate(home: Installation, without_rate: Done) -> Done:
    assert without_rate.code == 3
    return close(home, "2026-10", has_rate=True, is_new=False)


def test_with_the_rate_of_its_day_it_is_invoiced(with_rate: Done) -> None:
    assert (with_rate.code, with_rate.json["blocked"]) == (0, []), with_rate.err
    assert [each for each in billed(with_rate) if each[0] == "org_tops"] == [
        ("org_tops", "credit_note", "1.34"),
        ("org_tops", "credit_note", "12.00"),
        ("org_tops", "statement", "1.00"),
        ("org_tops", "top_up_invoice", "12.00"),
        ("org_tops", "top_up_invoice", "36.66"),
        ("org_tops", "top_up_invoice", "40.00"),
    ]


def test_a_refund_of_a_top_up_that_is_gone_gives_its_tax_back(
    home: Installation, with_rate: Done
) -> None:
    """The books know it and what was left of it, as if it had never been taken out."""
    assert with_rate.code == 0
    done = close(home, "2026-11", has_rate=True)
    assert (done.code, done.json["blocked"]) == (0, []), done.err
    assert [each for each in billed(done) if each[0] == "org_tops"] == [
        ("org_tops", "credit_note", "6.26"),
        ("org_tops", "credit_note", "8.40"),
        ("org_tops", "statement", "1.00"),
        ("org_tops", "top_up_invoice", "5.50"),
        ("org_tops", "top_up_invoice", "8.40"),
    ]


@pytest.mark.long
def test_a_refund_has_the_exchange_rate_of_a_month_long_before_any_usage(tmp_path: Path) -> None:
    """10.00 and 2.00 of August, at 0.7 then and 0.8 in October: 7.00 and 1.40 are given back."""
    home = Installation(tmp_path / "home")
    catalog = home.root / "catalog"
    write_catalog(catalog, [CASE], "2026-10")
    edit(catalog / "top_ups.csv", "2026-09-01T08:00:00Z", "2026-08-14T08:00:00Z")
    rates = catalog / "exchange_rates.csv"
    rates.write_text(rates.read_text() + "ledger,USD,EUR,2026-08-31,0.7\n")
    for month in ("2026-08", "2026-09"):
        home.must("close", month, "--finalize", now="2026-10-05T06:00:00Z")
    delivered = deliver(home.root / "delivered", [CASE], "2026-10")
    home.must("ingest", *delivered, now=MONTHS["2026-10"])
    home.must("close", "2026-10", "--finalize", now=MONTHS["2026-10"])
    listed = home.must("invoices", "--json").json["invoices"]
    (number,) = [
        each["number"]
        for each in listed
        if (each["organization_id"], each["kind"], each["total"])
        == ("org_tops", "credit_note", "12.00")
    ]
    accounting = home.must("show", number).json["document"]["accounting"]
    assert {name: accounting[name] for name in ("rate", "net", "tax", "total")} == {
        "rate": "0.7",
        "net": "7.00",
        "tax": "1.40",
        "total": "8.40",
    }
