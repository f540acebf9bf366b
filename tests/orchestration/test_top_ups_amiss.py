"""Top-ups that something is wrong with: one on a day without a tax rate.

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


def close(home: Installation, month: str, *, has_rate: bool, is_new: bool = True) -> Done:
    """Close a month of the case; its first top-up is of a day before the first tax rate."""
    catalog = home.root / "catalog"
    write_catalog(catalog, [CASE], month)
    edit(catalog / "top_ups.csv", "2026-09-01T08:00:00Z", "2020-12-31T08:00:00Z")
    if has_rate:
        rates = catalog / "tax_rates.csv"
        rates.write_text(rates.read_text() + RATE_OF_2020)
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
