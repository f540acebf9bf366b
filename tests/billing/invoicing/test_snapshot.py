"""What dbt reads of the books is what the books say."""

from datetime import UTC, datetime
from decimal import Decimal

import duckdb

from billing.books import Books
from billing.books.balances import BalancePosting, post
from billing.books.closing import close_month
from billing.clock import Clock
from billing.invoicing.finalize import finalize_organization
from billing.invoicing.snapshot import write_snapshot
from billing.invoicing.watermarks import NO_END, plan_watermarks
from billing.periods import BillingMonth
from tests.billing.invoicing.run import OCTOBER, ORGANIZATIONS, closing_of, finalize_october


def snapshot(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth, last: int
) -> None:
    plan = plan_watermarks(books, month, ORGANIZATIONS, last, use_drafts=False)
    write_snapshot(connection, books, plan)


def opening(connection: duckdb.DuckDBPyConnection) -> dict[str, Decimal]:
    return dict(
        connection.execute(
            "select organization_id, opening_amount from books.opening_balance"
        ).fetchall()
    )


def test_every_organization_has_a_watermark_and_unknown_too(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    snapshot(warehouse, books, OCTOBER, 3)
    rows = warehouse.execute(
        "select organization_id, watermark, is_finalized from books.month_watermark "
        "where billing_month = '2026-10-01' order by organization_id"
    ).fetchall()
    assert rows == [(each, 3, False) for each in (*ORGANIZATIONS, "unknown")]


def test_a_drafted_month_hands_later_files_to_the_next(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    snapshot(warehouse, books, OCTOBER, 3)
    rows = warehouse.execute(
        "select service_month::varchar, after_sequence, up_to_sequence, billing_month::varchar "
        "from books.late_route where organization_id = 'org_nomad' order by all"
    ).fetchall()
    assert rows == [
        ("2026-10-01", 0, 3, "2026-10-01"),
        ("2026-10-01", 3, NO_END, "2026-11-01"),
    ]


def test_top_ups_before_the_first_closed_month_open_the_balance(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    snapshot(warehouse, books, OCTOBER, 3)
    assert opening(warehouse)["org_fjord"] == Decimal("100.000")
    assert opening(warehouse)["org_aurora"] == 0


def test_a_closed_month_keeps_its_opening_balance(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    finalize_october(books)
    warehouse.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount) "
        "values ('late', 'org_fjord', '2026-08-01', 'USD', 7)"
    )
    snapshot(warehouse, books, OCTOBER, 3)
    assert opening(warehouse)["org_fjord"] == Decimal("100.000")


def test_a_month_opens_where_the_last_one_closed(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    finalize_october(books)
    snapshot(warehouse, books, OCTOBER.next, 3)
    assert opening(warehouse)["org_fjord"] == Decimal("134.990")


def test_a_top_up_dated_into_a_closed_month_is_not_lost(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    finalize_october(books)
    warehouse.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount) "
        "values ('late', 'org_fjord', '2026-10-30', 'USD', 7)"
    )
    november = OCTOBER.next
    snapshot(warehouse, books, november, 3)
    assert opening(warehouse)["org_fjord"] == Decimal("141.990")
    clock = Clock(datetime(2026, 12, 3, tzinfo=UTC))
    for lot_id, left in (("top_1", "84.99"), ("top_2", "50.00"), ("late", "7.00")):
        warehouse.execute(
            "insert into finance.prepaid_lots (organization_id, billing_month, lot_id, lot_kind, "
            "draw_place, occurred_at, currency, opening_amount, granted_amount, drawn_amount, "
            "exact_drawn_amount) values "
            "('org_fjord', '2026-11-01', ?, 'purchased', 1, '2026-10-30', 'USD', ?, 0, 0, 0)",
            [lot_id, left],
        )
    closing = closing_of(warehouse, books, month=november, clock=clock)
    finalize_organization(books, closing, "org_fjord", 3, [])
    assert books.posted_closing_balance("org_fjord", november) == Decimal("141.99")


def lots(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute(
        "select lot_id, lot_kind, opening_amount from books.opening_lot order by lot_id"
    ).fetchall()


def test_a_month_opens_with_the_lots_that_the_last_one_left(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """15.01 of the 100.00 were used; what came in before the first closed month opens it."""
    snapshot(warehouse, books, OCTOBER, 3)
    assert lots(warehouse) == [("top_1", "purchased", Decimal(100))]
    finalize_october(books)
    snapshot(warehouse, books, OCTOBER.next, 3)
    assert lots(warehouse) == [
        ("top_1", "purchased", Decimal("84.99")),
        ("top_2", "purchased", Decimal(50)),
    ]


def test_lots_of_months_closed_without_them_are_worked_out(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """120.01 of 100.00 and 50.00, the older first; nothing had an end then."""
    entries = [
        BalancePosting("top_up", "top_1", 10_000, "USD"),
        BalancePosting("top_up", "top_2", 5_000, "USD"),
        BalancePosting("consumption", "ST-1", -12_001, "USD"),
    ]
    with books.writing() as connection:
        close_month(connection, "org_fjord", OCTOBER, 3, datetime(2026, 11, 5, tzinfo=UTC))
        post(connection, "org_fjord", OCTOBER, entries)
    snapshot(warehouse, books, OCTOBER.next, 3)
    assert lots(warehouse) == [("top_2", "purchased", Decimal("29.99"))]
    assert opening(warehouse)["org_fjord"] == Decimal("29.99")


def test_what_was_taken_late_is_taken_as_the_next_month_begins(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """Money that came in late is a lot of the next month; a refund is named to it."""
    finalize_october(books)
    warehouse.execute(
        "insert into catalog.balance_movements (movement_id, organization_id, occurred_at, kind, "
        "currency, amount, to_organization_id) values "
        "('back', 'org_fjord', '2026-10-30', 'refund', 'USD', 4, ''), "
        "('over', 'org_nomad', '2026-10-30', 'transfer', 'USD', 7, 'org_fjord')"
    )
    snapshot(warehouse, books, OCTOBER.next, 3)
    assert opening(warehouse)["org_fjord"] == Decimal("141.99")
    assert ("over", "purchased", Decimal(7)) in lots(warehouse)
    late = warehouse.execute("select * exclude (billing_month) from books.late_movement order by 1")
    assert late.fetchall() == [
        ("org_fjord", "back", "refund"),
        ("org_nomad", "over", "transfer_out"),
    ]
    snapshot(warehouse, books, OCTOBER, 3)
    assert warehouse.execute("from books.late_movement").fetchall() == []


def test_a_snapshot_replaces_the_one_before(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    snapshot(warehouse, books, OCTOBER, 2)
    snapshot(warehouse, books, OCTOBER, 3)
    marks = warehouse.execute("select distinct watermark from books.month_watermark").fetchall()
    assert marks == [(3,)]
