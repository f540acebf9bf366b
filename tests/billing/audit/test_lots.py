"""Facts about lots as the second engine walks them, with numbers worked by hand."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from billing.audit.lots import OPEN, LotAccount, Taking, Walk, rounded_draws
from billing.audit.recompute import audit_month
from billing.periods import BillingMonth

OCTOBER = BillingMonth(2026, 10)
Warehouse = duckdb.DuckDBPyConnection
D = Decimal


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC).replace(tzinfo=None)


def walk(
    lots: list[LotAccount],
    usage: list[tuple[datetime, Decimal]],
    takings: tuple[Taking, ...] = (),
    opened: str = "0",
) -> dict[str, LotAccount]:
    open_row = LotAccount("", OPEN, None, None, D(opened))
    october = (at("10-01T00:00"), at("11-01T00:00"))
    rows = Walk(*october, lots, open_row, takings, usage, 2).run()
    return {row.lot_id: row for row in rows}


def held(lot_id: str, amount: str, kind: str = "purchased", ends: str | None = None) -> LotAccount:
    expires_at = None if ends is None else at(ends)
    return LotAccount(lot_id, kind, at("09-01T00:00"), expires_at, opening=D(amount))


def came(lot_id: str, when: str, amount: str, ends: str | None = None) -> LotAccount:
    expires_at = None if ends is None else at(ends)
    return LotAccount(lot_id, "purchased", at(when), expires_at, granted=D(amount))


def test_promotional_then_soonest_end_then_oldest() -> None:
    lots = [
        held("b", "1"),
        held("a", "1"),
        held("soon", "1", ends="10-20T00:00"),
        held("gift", "1", "promotional"),
    ]
    rows = walk(lots, [(at("10-05T10:00"), D("3.5"))])
    assert list(rows) == ["gift", "soon", "a", "b", ""]
    assert [row.drawn for row in rows.values()] == [D(1), D(1), D(1), D("0.5"), D(0)]


def test_a_lot_serves_the_quarter_hour_its_end_lies_in_and_no_later_one() -> None:
    usage = [(at("10-05T10:00"), D(1)), (at("10-05T10:15"), D(1))]
    within = walk([held("l", "5", ends="10-05T10:07")], usage)
    assert (within["l"].drawn, within["l"].expired, within[""].drawn) == (D(1), D(4), D(1))
    sharp = walk([held("l", "5", ends="10-05T10:00")], usage)
    assert (sharp["l"].drawn, sharp["l"].expired, sharp[""].drawn) == (D(0), D(5), D(2))


def test_a_lot_that_was_over_before_the_month_serves_none_of_it() -> None:
    rows = walk([held("l", "5", ends="09-20T00:00")], [(at("10-01T00:00"), D(1))])
    assert (rows["l"].drawn, rows["l"].expired, rows[""].left) == (D(0), D(5), D(-1))


def test_an_overdraft_is_paid_by_the_next_lot_before_usage() -> None:
    """2.00 less 5.00: 3.00 over; of the next 4.00 these first, then 0.25."""
    rows = walk(
        [held("l", "2"), came("n", "10-09T10:05:00", "4")],
        [(at("10-05T10:00"), D(5)), (at("10-09T10:00"), D("0.25"))],
    )
    assert (rows["l"].left, rows["n"].drawn, rows["n"].left) == (D(0), D("3.25"), D("0.75"))
    assert rows[""].left == 0


def test_usage_given_back_pays_later_usage_first() -> None:
    """-3.00 opens 3.00 that no lot holds; 5.00 of usage take these and 2.00 of the lot."""
    rows = walk(
        [held("l", "9"), came("n", "10-09T00:00", "1")],
        [(at("10-05T10:00"), D(-3)), (at("10-20T10:00"), D(5))],
    )
    assert (rows["l"].drawn, rows["n"].drawn, rows[""].left) == (D(2), D(0), D(0))


def test_people_take_whole_minor_units_of_what_was_paid_in() -> None:
    """Usage of 1.005 leaves 0.995 and 3.00: a refund of 3.99 takes 0.99 and 3.00."""
    refund = Taking("r", "refund", at("10-06T10:00"), D("-3.99"))
    lots = [held("a", "2"), held("b", "3"), held("gift", "0.5", "promotional", "10-02T00:00")]
    rows = walk(lots, [(at("10-05T10:00"), D("1.005"))], (refund,))
    assert (rows["a"].refunded, rows["a"].left) == (D("0.99"), D("0.005"))
    assert (rows["b"].refunded, rows["gift"].refunded, rows[""].refunded) == (D(3), D(0), D(0))


def test_a_rest_is_written_off_of_every_lot_and_an_overdraft_of_none() -> None:
    rest = Taking("w", "write_off", at("10-06T10:00"), D(-2))
    rows = walk([held("l", "1.5"), held("gift", "0.5", "promotional")], [], (rest,))
    assert (rows["l"].written_off, rows["gift"].written_off) == (D("1.5"), D("0.5"))
    forgiven = Taking("w", "write_off", at("10-06T10:00"), D("1.25"))
    rows = walk([], [(at("10-05T10:00"), D("1.5"))], (forgiven,))
    assert (rows[""].written_off, rows[""].left) == (D("-1.25"), D("-0.25"))


def test_draws_are_rounded_as_they_add_up() -> None:
    """4.006 -> 4.01; 5.012 -> 5.01, so 1.00 for the second; one unit more is the fuller lot's."""
    rows = list(
        walk(
            [held("a", "4.006", ends="10-20T00:00"), held("b", "9")],
            [(at("10-05T10:00"), D("5.012"))],
        ).values()
    )
    assert list(rounded_draws(rows, D("5.01"), 2)) == [D("4.01"), D("1.00"), D("0.00")]
    assert list(rounded_draws(rows, D("5.02"), 2)) == [D("4.01"), D("1.01"), D("0.00")]


@pytest.mark.parametrize(
    "column",
    [
        "draw_place",
        "opening_amount",
        "granted_amount",
        "drawn_amount",
        "refunded_amount",
        "transferred_amount",
        "written_off_amount",
        "expired_amount",
        "remaining_amount",
        "exact_drawn_amount",
    ],
)
def test_one_more_in_any_figure_of_a_lot_blocks_its_customer(
    warehouse: Warehouse, catalog: Path, column: str
) -> None:
    warehouse.execute(f"update finance.prepaid_lots set {column} = {column} + 1")
    findings = audit_month(warehouse, catalog, OCTOBER)
    assert {finding.organization_id for finding in findings} == {"org_kolkata"}
    assert {finding.check_name for finding in findings} == {"recomputed_prepaid_lots"}
    assert all(f"{column} recomputed is" in finding.message for finding in findings)


def test_a_refund_and_an_end_are_walked_from_the_files(warehouse: Warehouse, catalog: Path) -> None:
    """1.25 of the old 5.00; 2.00 go back of the 10.00 that end sooner, whose 8.00 expire."""
    (catalog / "balance_movements.csv").write_text(
        "movement_id,organization_id,occurred_at,kind,amount,to_organization_id,expires_at\n"
        "back_1,org_kolkata,2026-10-06T00:00:00Z,refund,2.00,,\n"
    )
    (catalog / "top_ups.csv").write_text(
        "top_up_id,organization_id,occurred_at,amount,kind,expires_at\n"
        "top_1,org_kolkata,2026-10-05T00:00:00Z,10.00,purchased,2026-10-31T18:30:00Z\n"
    )
    messages = [finding.message for finding in audit_month(warehouse, catalog, OCTOBER)]
    assert any("expired_amount recomputed is 8.00" in text for text in messages)
    assert any("refunded_amount recomputed is 2.00" in text for text in messages)
    warehouse.execute("""
        update finance.prepaid_lots set draw_place = 3 - draw_place;
        update finance.prepaid_lots set expires_at = '2026-10-31 18:30', refunded_amount = 2,
            expired_amount = 8, remaining_amount = 0
        where lot_id = 'top_1';
        update finance.fct_prepaid_entries set amount = 3.75 where entry_kind = 'closing';
        insert into finance.fct_prepaid_entries values
        ('org_kolkata', '2026-10-01', 'refund', '2026-10-06 00:00', -2, 'USD'),
        ('org_kolkata', '2026-10-01', 'expiry', '2026-10-31 18:30', -8, 'USD');
    """)
    assert audit_month(warehouse, catalog, OCTOBER) == []
