"""Charged requests are conserved, whatever else is taken back.

A request to beta costs 2.00, a token of it 0.23, one of alpha 0.13. October bills org_asks a
request to alpha of 10 tokens, and org_other a request to beta of one token. Late, org_asks takes
its request back and sends one to beta of one token: 1 - 1 = 0 requests, of which one is charged.
Its note is 10 x 0.13 = 1.30, its invoice 2.00 + 0.23 = 2.23. org_other takes its request back and
sends one to alpha of 10 tokens: no requests, of which one is given back. Its note is 2.23, its
invoice 1.30. org_logs bills two requests to beta in one file and quarter hour: one row says 3, the
other nothing, 3 + 1 = 4. Late, the row that says 3 is replaced by one that says nothing, and one
that says 0 is new: 1 - 3 = -2, so the note is 2 x 2.00 = 4.00. The new request's token costs 0.23.
"""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from billing.audit.conservation import conservation_findings
from billing.audit.recompute import audit_month
from tests.dbt_project.volume_closing import NO_MANIFEST, close, start
from tests.dbt_project.volume_month import MONTHS, Files, Row, add_customer, event, no_customers
from tests.dbt_project.warehouse import read

D = Decimal
NOVEMBER = MONTHS[1]
IDS = ["org_asks", "org_other", "org_logs"]
TOO_MANY = {"org_asks": 1, "org_other": -1, "org_logs": 1}
"""A change by which more requests are charged, or given back, than there are."""
ALPHA: Row = {"model": "alpha", "input_uncached": 10}
BETA: Row = {"model": "beta", "input_uncached": 1}
USED = (
    ("org_asks", 1, "2026-10-02 08:00", ALPHA, "usage"),
    ("org_asks", 2, "2026-10-02 08:00", ALPHA, "reversal"),
    ("org_asks", 2, "2026-10-03 08:00", BETA, "usage"),
    ("org_other", 1, "2026-10-03 08:00", BETA, "usage"),
    ("org_other", 2, "2026-10-03 08:00", BETA, "reversal"),
    ("org_other", 2, "2026-10-02 08:00", ALPHA, "usage"),
    ("org_logs", 1, "2026-10-02 08:00", BETA | {"request": 3}, "usage"),
    ("org_logs", 1, "2026-10-02 08:00", BETA, "usage"),
    ("org_logs", 2, "2026-10-02 08:00", BETA | {"request": 3}, "reversal"),
    ("org_logs", 2, "2026-10-02 08:00", BETA, "usage"),
    ("org_logs", 2, "2026-10-02 08:00", BETA | {"request": 0}, "usage"),
)
LINES = f"""
select organization_id, corrects_month < billing_month, model_id, meter, quantity, line_amount
from finance.fct_invoice_lines where billing_month = '{NOVEMBER.first_day}' order by all
"""
CHANGED = """
update {} set quantity = quantity + {}
where organization_id = '{}' and meter = 'request' and billing_month = '{}'
"""


@pytest.fixture(scope="module")
def november(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """October and November, closed."""
    path = start(tmp_path_factory.mktemp("requests"), _customers(), _events())
    assert close(path, IDS, 1) == []
    assert close(path, IDS, 2) == []
    return path


def _customers() -> Files:
    files, always = no_customers(), {"valid_from_date": "2026-01-01", "valid_to_date": ""}
    for organization in IDS:
        contract = {"contract_id": f"contract_{add_customer(files, organization)}"}
        own = {"organization_id": organization, "price_by": "answered", "exchange_source": "ecb"}
        files["contracts"].append({**contract, **own, **always})
        files["contract_prices"].append(
            {"contract_price_id": f"asked_{organization}", **contract, "model_id": "beta",
             "meter": "request", "service_tier": "default", "context_above_tokens": 0,
             "currency": "USD", "unit_price": "2.00", **always}
        )  # fmt: skip
    return files


def _events() -> list[Row]:
    return [
        event(organization, file, number, datetime.fromisoformat(at), used) | {"kind": kind}
        for number, (organization, file, at, used, kind) in enumerate(USED)
    ]


def test_what_is_taken_back_of_one_model_hides_no_request_of_another(november: Path) -> None:
    assert read(november, LINES) == [
        ("org_asks", False, "beta", "input_uncached", 1, D("0.23")),
        ("org_asks", False, "beta", "request", 1, D(2)),
        ("org_asks", True, "alpha", "input_uncached", 10, D("1.30")),
        ("org_logs", False, "beta", "input_uncached", 1, D("0.23")),
        ("org_logs", True, "beta", "request", 2, D(4)),
        ("org_other", False, "alpha", "input_uncached", 10, D("1.30")),
        ("org_other", True, "beta", "input_uncached", 1, D("0.23")),
        ("org_other", True, "beta", "request", 1, D(2)),
    ]


@pytest.mark.parametrize("organization", IDS)
@pytest.mark.parametrize("more", [1, -1])
def test_a_lost_or_doubled_request_is_found(november: Path, organization: str, more: int) -> None:
    found = _changed(november, organization, more, "intermediate.int_rating__charges")
    assert (organization, "reconciliation") in found
    assert (organization, "charges_to_lines") in found


@pytest.mark.parametrize("organization", IDS)
def test_a_request_counted_twice_all_the_way_is_more_than_there_are(
    november: Path, organization: str
) -> None:
    tables = ("intermediate.int_rating__charges", "intermediate.int_invoicing__rounded_lines")
    found = _changed(november, organization, TOO_MANY[organization], *tables)
    assert (organization, "charged_requests") in found
    assert (organization, "rollup_to_charges") in found


@pytest.mark.parametrize("organization", IDS)
def test_a_request_lost_all_the_way_is_missed_by_the_second_engine(
    november: Path, organization: str
) -> None:
    more = -TOO_MANY[organization]
    with duckdb.connect(str(november)) as connection:
        connection.execute("begin")
        table = "intermediate.int_rating__charges"
        connection.execute(CHANGED.format(table, more, organization, NOVEMBER.first_day))
        found = audit_month(connection, november.parent / "catalog", NOVEMBER)
        connection.execute("rollback")
    assert organization in {row.organization_id for row in found}


def test_a_rollup_that_forgets_which_rows_count_themselves_is_found(november: Path) -> None:
    # November takes one such row back and has a new one, which says 0
    with duckdb.connect(str(november)) as connection:
        connection.execute("begin")
        connection.execute("""
            update intermediate.int_usage__quarter_hour_meters set requests = requests + 1
            where meter = 'request' and quantity = 0
        """)
        found = conservation_findings(connection, NOVEMBER)
        connection.execute("rollback")
    (own,) = (row for row in found if row.check_name == "raw_to_rollup")
    assert own.message == (
        "org_logs: raw accepts 0 requests that their rows count, the rollup 1 (difference 1)"
    )


def _changed(path: Path, organization: str, more: int, *tables: str) -> set[tuple[str, str]]:
    with duckdb.connect(str(path)) as connection:
        connection.execute("begin")
        for table in tables:
            connection.execute(CHANGED.format(table, more, organization, NOVEMBER.first_day))
        found = conservation_findings(connection, NOVEMBER)
        connection.execute("rollback")
    return {
        (row.organization_id, row.check_name) for row in found if row.check_name not in NO_MANIFEST
    }
