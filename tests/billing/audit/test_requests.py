"""A request counts once, or what its own row says, wherever the second engine counts it.

One key sends three requests at 08:00: one row says 2, one says 0, the third nothing: 2 + 0 + 1 =
3. At 09:00 a row says 5; a later file takes it back for one that says nothing: 5 - 5 + 1 = 1.
The rollup has 3 + 1 + 1 - 1 = 4 requests, of which rows count 2 + 1 - 1 = 2 as 2 + 5 - 5 = 2; the
other 2 count once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import duckdb
import pytest

from billing.audit.local_time import NO_DAY
from billing.audit.price_book import PriceBook
from billing.audit.price_clock import PriceClock
from billing.audit.request_counts import count_charged_requests, count_own_counts
from billing.audit.sliced_rollup import SlicedRollup
from billing.audit.trace import Source
from billing.audit.traced_usage import Bounds, traced_usage
from billing.audit.usage import read_usage
from billing.audit.volume_terms import Allowance, VolumeTerms
from billing.audit.volume_usage import read_portions
from tests.billing.audit.engine import LONG_AGO, OCTOBER, at, slices, terms
from tests.billing.audit.warehouse import insert

Warehouse = duckdb.DuckDBPyConnection
USED, TAKEN_BACK = 21, 22
EIGHT, NINE = at("2026-10-12T08:00"), at("2026-10-12T09:00")
OCTOBER_STARTS = at("2026-10-01")
MODELS = {"gpt-5"}
ROWS: tuple[tuple[int, int, datetime, int | None], ...] = (
    (USED, 1, EIGHT, 2),
    (USED, 1, EIGHT, 0),
    (USED, 1, EIGHT, None),
    (USED, 1, NINE, 5),
    (TAKEN_BACK, 2, NINE, 5),
    (USED, 2, NINE, None),
)
ROLLED_UP = ((USED, EIGHT, 1, 3), (USED, NINE, 1, 1), (USED, NINE, 2, 1), (TAKEN_BACK, NINE, 2, -1))
COUNTED = ((USED, EIGHT, 1, 2, 2), (USED, NINE, 1, 1, 5), (TAKEN_BACK, NINE, 2, -1, -5))


@pytest.fixture
def used(warehouse: Warehouse) -> Warehouse:
    """The month with these requests of org beside what it had."""
    names = ("requested_model_id", "answered_model_id", "billed_model_id")
    owner = {"organization_id": "org", "project_id": "p", "api_key_id": "key_berlin"}
    for key in (USED, TAKEN_BACK):
        row = {"usage_key_id": key, **owner, "payer": "contract", **dict.fromkeys(names, "gpt-5")}
        insert(warehouse, "intermediate.dim_usage_key", row)
    for line, (key, file, instant, says) in enumerate(ROWS, 101):
        place = {"ingest_sequence": file, "line_number": line}
        kind = "reversal" if key == TAKEN_BACK else "usage"
        row = {**owner, "native_id": f"r{line}", "completed_at": instant, "kind": kind}
        model = dict.fromkeys(("requested_model", "answered_model"), "gpt-5")
        insert(warehouse, "raw.usage_event", {**place, **row, **model})
        if says is not None:
            row = {**place, "fate": "accepted", "meter": "request", "quantity": says}
            insert(warehouse, "raw.usage_event_meter", row)
    names = ("usage_key_id", "quarter_hour", "ingest_sequence", "requests", "quantity")
    for values in ROLLED_UP:
        row = dict(zip(names[:4], values, strict=True))
        insert(warehouse, "intermediate.int_usage__quarter_hours", row)
    for values in COUNTED:
        row = {"meter": "request", **dict(zip(names, values, strict=True))}
        insert(warehouse, "intermediate.int_usage__quarter_hour_meters", row)
    return warehouse


def rollup(connection: Warehouse, listed: Sequence[datetime] = ()) -> SlicedRollup:
    return SlicedRollup(connection, slices(terms(), listed), PriceClock())


def test_requests_that_rows_count_and_those_they_do_not_are_told_apart(used: Warehouse) -> None:
    found = read_usage(rollup(used), MODELS)["org"]
    assert [(row.meter, row.quantity, row.if_priced) for row in found] == [
        ("request", 2, False),
        ("request", 2, True),
    ]


def test_a_price_that_changes_between_requests_changes_no_quantity(used: Warehouse) -> None:
    by_slice: Counter[datetime] = Counter()
    for row in read_usage(rollup(used, [NINE]), MODELS)["org"]:
        by_slice[row.slice.starts_at] += row.quantity
    assert by_slice == {OCTOBER_STARTS: 3, NINE: 1}


def test_terms_count_the_same_requests_with_the_files_they_were_billed_with(
    used: Warehouse,
) -> None:
    mark = {"organization_id": "org", "billing_month": OCTOBER, "watermark": 1}
    insert(used, "books.month_watermark", mark)
    free = Allowance("free", "c", "request", None, 9, LONG_AGO, NO_DAY)
    own = replace(terms(), volume=VolumeTerms([free]))
    found: Counter[tuple[int, datetime]] = Counter()
    for row in read_portions(rollup(used), {"org": own}, MODELS, PriceBook([]))["org"]:
        found[row.files_after, row.quarter_hour] += row.usage.quantity
    assert found == {(0, EIGHT): 3, (0, NINE): 5, (1, NINE): -4}


def test_the_requests_behind_a_line_add_up_to_it(used: Warehouse) -> None:
    (month,) = slices(terms())
    line = {"meter": "request", "organization_id": "org"}
    sources = [Source(key, month) for key in (USED, TAKEN_BACK)]
    usage = traced_usage(used, line, sources, Bounds())
    assert usage["quantity"] == usage["requests"]["quantity"] == 4
    assert usage["requests"]["count"] == 3
    assert [row["quantity"] for row in usage["largest_quarter_hours"]] == [3, 1]
    assert [row["quantity"] for row in usage["files"]] == [8, -4]


def test_a_request_that_its_row_counts_is_in_no_line_where_that_is_none(used: Warehouse) -> None:
    used.execute("update intermediate.int_usage__quarter_hours set requests = 1")
    used.execute(
        "update intermediate.int_usage__quarter_hour_meters set requests = 1, quantity = 0"
    )
    (month,) = slices(terms())
    line = {"meter": "request", "organization_id": "org"}
    usage = traced_usage(used, line, [Source(USED, month)], Bounds())
    assert (usage["quantity"], usage["quarter_hours"]) == (1, 1)
    assert usage["first_quarter_hour"] == usage["last_quarter_hour"]


@pytest.mark.parametrize(("charged", "are_possible"), [(4, True), (5, False), (1, False)])
def test_no_more_are_charged_than_rows_leave(
    used: Warehouse, charged: int, *, are_possible: bool
) -> None:
    place = {"organization_id": "org", "service_month": OCTOBER, "billing_month": OCTOBER}
    what = {"project_id": "p", "payer": "contract", "model_id": "gpt-5", "meter": "request"}
    insert(used, "intermediate.int_rating__charges", {**place, **what, "quantity": charged})
    (row,) = count_charged_requests(used, [slices(terms())[0].window], OCTOBER)
    assert (row.charged, row.taken_back, row.used) == (charged - 2, 0, 2)
    assert row.are_possible == are_possible


def test_rows_that_count_their_request_are_counted_again(used: Warehouse) -> None:
    windows = [slices(terms())[0].window]
    assert count_own_counts(used, windows) == {"org": (2, 2)}
    used.execute("update intermediate.int_usage__quarter_hour_meters set requests = 0")
    assert count_own_counts(used, windows) == {"org": (2, 0)}
