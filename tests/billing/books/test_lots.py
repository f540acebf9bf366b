"""Lots of balances: what closed months left of them, and that no more is taken than there is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from billing.books import Books, open_books
from billing.books.balances import Posted
from billing.books.closing import close_month
from billing.books.engine import WRITES, connect
from billing.books.ledger import record_transfer, transfers
from billing.books.ledger_tables import lot_entry
from billing.books.lots import (
    OPEN,
    Lot,
    LotMonth,
    lots_before,
    organizations_with_lots,
    post_lots,
    replayed,
)
from billing.books.schema import migrate
from billing.errors import BooksError
from tests.billing.books.conftest import HUGE, LOT, NOW, OCTOBER

NOVEMBER = OCTOBER.next
OLD_TRANSFER = (
    "insert into ledger_transfer values ('t_1', 'org', 'top_up', 'cash', 'purchased', 100, 2, "
    "'USD', '2026-10-01 00:00:00', 'order', 'Card')"
)
OLD_CLOSE = "insert into month_close values ('org', '2026-10-01', 1, '2026-11-01 00:00:00')"
OLD_ENTRY = (
    "insert into balance_entry (organization_id, billing_month, kind, reference, amount_minor, "
    "currency, exact_remainder) values ('org', '2026-10-01', 'top_up', 't_0', 5, 'USD', '0')"
)
LEFT = HUGE - 3


def given(left: int, *, kind: str = "promotional") -> Lot:
    ends = NOW + timedelta(days=30)
    return Lot("org_aurora", "gift", kind, NOW, ends, "Gift", "EUR", left)


def nothing_open(left: int) -> Lot:
    return Lot("org_aurora", OPEN, "open", NOW, None, "", "EUR", left)


def post_november(books: Books, *lots: LotMonth) -> int:
    with books.writing() as connection:
        close_month(connection, "org_aurora", NOVEMBER, 1, NOW)
        return post_lots(connection, "org_aurora", NOVEMBER, lots)


def test_a_month_begins_with_what_the_months_before_left(books: Books) -> None:
    with books.reading() as connection:
        assert lots_before(connection, OCTOBER) == []
        assert organizations_with_lots(connection, OCTOBER) == set()
        assert lots_before(connection, NOVEMBER) == [LOT]
        assert organizations_with_lots(connection, NOVEMBER) == {"org_aurora"}


def test_every_kind_of_taking_is_posted_by_lot(books: Books) -> None:
    taken = {"consumption": 10, "refund": 20, "transfer_out": 30, "write_off": 0, "expiry": 40}
    left = post_november(
        books,
        LotMonth(given(0), 100, taken, "0.001"),
        LotMonth(LOT, LEFT, {}, "0"),
        LotMonth(nothing_open(-7), 0, {"consumption": 7}, "0"),
    )
    assert left == LEFT - 7
    with books.reading() as connection:
        assert lots_before(connection, NOVEMBER.next) == [LOT]
        assert lots_before(connection, NOVEMBER.next, "org_other") == []


def test_a_lot_keeps_what_it_is(books: Books) -> None:
    post_november(books, LotMonth(given(60), 100, {"consumption": 40}, "0"))
    with books.reading() as connection:
        assert lots_before(connection, NOVEMBER.next) == [given(60), LOT]


def test_a_lot_that_begins_otherwise_than_the_books_left_it_is_refused(books: Books) -> None:
    with pytest.raises(BooksError, match=f"top_1 begins 2026-11 with {LEFT + 1}.*have {LEFT}"):
        post_november(books, LotMonth(LOT, LEFT + 1, {}, "0"))


def test_no_more_is_taken_from_a_lot_than_is_left(books: Books) -> None:
    with pytest.raises(BooksError, match="no more can be taken from a lot than is left of it"):
        post_november(books, LotMonth(LOT, LEFT, {"consumption": LEFT, "refund": 1}, "0"))


def test_an_entry_of_nobodys_lot_is_refused(books: Books) -> None:
    post_november(books)
    row = {
        "organization_id": "org_aurora",
        "billing_month": NOVEMBER,
        "lot_id": "unknown",
        "kind": "granted",
        "amount_minor": 1,
        "currency": "EUR",
        "exact_remainder": "0",
    }
    for changed, message in (
        ({}, "an entry is of a lot of the same customer and currency"),
        ({"lot_id": "top_1", "currency": "USD"}, "an entry is of a lot of the same customer"),
        ({"lot_id": "top_1", "kind": "consumption"}, "lot_entry_taken"),
        ({"lot_id": "top_1", "kind": "granted", "amount_minor": -1}, "lot_entry_granted"),
        ({"lot_id": "top_1", "kind": "gift"}, "lot_entry_kind"),
    ):
        with pytest.raises(BooksError, match=message), books.writing() as connection:
            connection.execute(insert(lot_entry).values(**row | changed))


def test_an_earlier_month_is_not_slipped_in(books: Books) -> None:
    post_november(books, LotMonth(LOT, LEFT, {"consumption": 1}, "0"))
    late = LotMonth(given(0), 5, {}, "0")
    message = "a later month has posted its lots already"
    with pytest.raises(BooksError, match=message), books.writing() as connection:
        post_lots(connection, "org_aurora", OCTOBER, [late])


def test_books_of_before_lots_keep_their_ledger_and_its_guards(books_url: str) -> None:
    """Tables are changed in place: rows stay, and new kinds are known."""
    engine = connect(books_url)
    migrate(engine, "0013")
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        for statement in (OLD_TRANSFER, OLD_CLOSE, OLD_ENTRY):
            connection.exec_driver_sql(statement)
    engine.dispose()
    with open_books(books_url) as books:
        assert books.posted_top_ups() == {"t_0": OCTOBER}
        with books.reading() as connection:
            (kept,) = transfers(connection)
            assert lots_before(connection, NOVEMBER) == []
        assert (kept.transfer_id, kept.amount_minor, kept.expires_at) == ("t_1", 100, None)
        assert kept.invoiced_as == ""
        refund = replace(kept, transfer_id="r_1", kind="refund", client_reference="back")
        with books.writing() as connection:
            record_transfer(connection, refund)
        for change in (
            "update ledger_transfer set amount_minor = 1",
            "delete from balance_entry where reference = 't_0'",
        ):
            with (
                pytest.raises(BooksError, match="append-only"),
                books.writing() as connection,
            ):
                connection.execute(text(change))


def test_what_was_used_before_a_gift_came_was_not_taken_from_it() -> None:
    """September: 100.00 paid in, 110.00 used. October: a gift of 20.00, 4.00 used, 50.00 paid in.

    The gift pays the 10.00 that were owed and the 4.00, and keeps 6.00.
    """
    made = {
        each: Lot("org", each, kind, at, None, "", "USD", 0)
        for each, kind, at in (
            ("paid", "purchased", NOW),
            ("gift", "promotional", NOW + timedelta(days=30)),
            ("more", "purchased", NOW + timedelta(days=31)),
        )
    }
    entries = [
        Posted("top_up", "paid", 10_000),
        Posted("consumption", "ST-1", -11_000),
        Posted("top_up", "gift", 2_000),
        Posted("top_up", "more", 5_000),
        Posted("top_up", "of a row that is gone", 700),
        Posted("consumption", "ST-2", -400),
    ]
    left = {lot.lot_id: lot.left_minor for lot in replayed(entries, made)}
    assert left == {"gift": 600, "more": 5_000}
