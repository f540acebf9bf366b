"""Creating, regenerating and ending keys."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from billing.books import Books, open_books
from billing.books.accounts import keys
from billing.books.catalog import CatalogRows, accept_catalog
from billing.books.closing import close_month
from billing.catalog.accepted import dated_rows
from billing.clock import Clock
from billing.errors import BooksError, CatalogError, MeterbookError
from billing.periods import BillingMonth
from billing.subscriptions import (
    Act,
    Customer,
    CustomerFiles,
    catalog_in_force,
    read_customer_files,
)
from billing.subscriptions.keys import create_key, end_key_now, regenerate_key
from billing.subscriptions.subscribing import cancel
from tests.billing.subscriptions.conftest import CATALOG, NOON, act
from tests.billing.subscriptions.test_in_force import edit

SECOND = timedelta(seconds=1)


def kept(books: Books, api_key_id: str) -> list[tuple[object, ...]]:
    with books.reading() as connection:
        return [
            (key.valid_from, key.valid_to, key.end_reason, key.replaces_id)
            for key in keys(connection)
            if key.api_key_id == api_key_id
        ]


def test_a_new_key_begins_where_the_old_one_ends(
    books: Books, files: CustomerFiles, indigo: Customer
) -> None:
    issued = regenerate_key(books, files, indigo, "key_indigo_01", act())
    new = issued.key
    assert new.api_key_id == "key_indigo_01.r2"
    assert (new.subscription_id, new.project_id) == ("sub_indigo_1", "proj_indigo_studio")
    assert kept(books, "key_indigo_01")[0][1:] == (NOON, "regenerated", None)
    assert kept(books, "key_indigo_01.r2") == [(NOON, None, "", "key_indigo_01")]
    again = regenerate_key(books, files, indigo, new.api_key_id, act(NOON + SECOND))
    assert again.key.api_key_id == "key_indigo_01.r3"


def test_a_key_is_regenerated_once(books: Books, files: CustomerFiles, indigo: Customer) -> None:
    regenerate_key(books, files, indigo, "key_indigo_01", act())
    with pytest.raises(BooksError, match=r"regenerated at .* and key_indigo_01.r2 took its place"):
        regenerate_key(books, files, indigo, "key_indigo_01", act(NOON + SECOND))


def test_what_began_this_second_ends_in_the_next(
    books: Books, files: CustomerFiles, indigo: Customer
) -> None:
    issued = regenerate_key(books, files, indigo, "key_indigo_01", act())
    with pytest.raises(BooksError, match="can end a second later"):
        regenerate_key(books, files, indigo, issued.key.api_key_id, act())


def test_the_key_of_an_expired_subscription_is_not_regenerated(
    books: Books, files: CustomerFiles, indigo: Customer
) -> None:
    cancel(books, files, indigo, "sub_indigo_1", act(), at_once=True)
    with pytest.raises(BooksError, match=r"sub_indigo_1, which ended .* it gets a new key"):
        regenerate_key(books, files, indigo, "key_indigo_01", act(NOON + SECOND))


def test_a_key_that_ended_in_the_file_is_not_regenerated(
    books: Books, files: CustomerFiles
) -> None:
    harbor = files.customer("org_harbor")
    with pytest.raises(BooksError, match="key_harbor_05 was expired at 2026-10-21T16:00:00Z"):
        regenerate_key(books, files, harbor, "key_harbor_05", act())


@pytest.fixture
def expiring(catalog: Path) -> CustomerFiles:
    """The files with a key that ends by itself on New Year's Eve."""
    edit(catalog, "api_keys", "key_fjord_01", valid_to_at="2026-12-31T00:00:00Z")
    return read_customer_files(catalog)


@pytest.mark.parametrize("reason", ["disabled", "deleted"])
def test_a_key_that_ends_by_itself_can_be_ended_before(
    books: Books, expiring: CustomerFiles, fjord: Customer, reason: str
) -> None:
    end_key_now(books, expiring, fjord, "key_fjord_01", act(), reason=reason)
    assert kept(books, "key_fjord_01")[0][1:3] == (NOON, reason)
    with catalog_in_force(expiring.folder, books) as folder:
        (key,) = [
            each
            for each in read_customer_files(folder).keys(fjord)
            if each.api_key_id == "key_fjord_01"
        ]
    assert key.valid_to == NOON


def test_the_key_in_its_place_ends_when_it_would_have(
    books: Books, expiring: CustomerFiles, fjord: Customer
) -> None:
    issued = regenerate_key(books, expiring, fjord, "key_fjord_01", act())
    end = datetime(2026, 12, 31, tzinfo=UTC)
    assert issued.key.valid_to == end
    assert kept(books, "key_fjord_01.r2") == [(NOON, end, "", "key_fjord_01")]
    assert kept(books, "key_fjord_01")[0][1:3] == (NOON, "regenerated")
    with pytest.raises(BooksError, match="was expired at"):
        regenerate_key(books, expiring, fjord, "key_fjord_01.r2", act(end))


def test_an_id_that_a_file_gives_to_another_is_passed_over(
    books: Books, catalog: Path, fjord: Customer
) -> None:
    edit(catalog, "api_keys", "key_harbor_05", api_key_id="key_fjord_05")
    files = read_customer_files(catalog)
    issued = create_key(
        books, files, fjord, act(), project_id="proj_fjord_app", name="CI", payer="balance"
    )
    assert issued.key.api_key_id == "key_fjord_06"


@pytest.mark.parametrize("reason", ["disabled", "deleted"])
def test_a_key_that_was_ended_does_not_come_back(
    books: Books, files: CustomerFiles, fjord: Customer, reason: str
) -> None:
    ended = end_key_now(books, files, fjord, "key_fjord_01", act(), reason=reason)
    assert (ended.valid_to, ended.end_reason) == (NOON, reason)
    for again in (
        lambda: regenerate_key(books, files, fjord, "key_fjord_01", act(NOON + SECOND)),
        lambda: end_key_now(books, files, fjord, "key_fjord_01", act(NOON + SECOND), reason=reason),
    ):
        with pytest.raises(BooksError, match=f"was {reason} at"):
            again()


def test_the_active_subscription_or_balance_or_contract_pays_for_a_key(
    books: Books, files: CustomerFiles, indigo: Customer, fjord: Customer
) -> None:
    project = "proj_indigo_studio"
    own = create_key(books, files, indigo, act(), project_id=project, name="CI")
    assert (own.key.payer, own.key.subscription_id) == ("plan", "sub_indigo_1")
    paid = create_key(
        books, files, fjord, act(), project_id="proj_fjord_app", name="CI", payer="balance"
    )
    assert (paid.key.payer, paid.key.subscription_id) == ("balance", None)
    assert paid.key.api_key_id == "key_fjord_05"
    with pytest.raises(BooksError, match="org_fjord has no active subscription"):
        create_key(books, files, fjord, act(), project_id="proj_fjord_app", name="CI")
    with pytest.raises(MeterbookError, match="'plan' pays for no key"):
        create_key(books, files, fjord, act(), project_id="proj_fjord_app", name="CI", payer="plan")


def regenerate(url: str, outcomes: "multiprocessing.Queue[str]") -> None:
    files = read_customer_files(CATALOG)
    with open_books(url) as books:
        try:
            issued = regenerate_key(
                books, files, files.customer("org_indigo"), "key_indigo_01", act()
            )
        except BooksError as error:
            outcomes.put(str(error))
        else:
            outcomes.put(issued.key.api_key_id)


def test_of_several_regenerations_at_once_one_is_done(books_url: str, tmp_path: Path) -> None:
    del tmp_path
    open_books(books_url).close()
    context = multiprocessing.get_context("spawn")
    outcomes: multiprocessing.Queue[str] = context.Queue()
    processes = [context.Process(target=regenerate, args=(books_url, outcomes)) for _ in range(3)]
    for process in processes:
        process.start()
    said = sorted(outcomes.get(timeout=120) for _ in processes)
    for process in processes:
        process.join(timeout=60)
    assert said.pop() == "key_indigo_01.r2"
    assert all("key_indigo_01 was regenerated" in each for each in said)
    with open_books(books_url) as books:
        assert len(kept(books, "key_indigo_01.r2")) == 1
        assert len([each for each in books.audit_log() if each.action == "regenerate_key"]) == 1


def test_an_act_that_reaches_into_a_finalized_month_is_not_done(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    """A clock that was set back, or another zone's month that ended sooner."""
    rows = dated_rows(CATALOG)
    with books.writing() as connection:
        close_month(connection, "org_denki", BillingMonth(2026, 11), 0, NOON)
        accepted = CatalogRows(rows.contents, rows.sha256)
        accept_catalog(connection, accepted, BillingMonth(2026, 11), NOON, "meterbook")
    with pytest.raises(CatalogError, match="key_fjord_01 was accepted with '' and says"):
        end_key_now(books, files, fjord, "key_fjord_01", act(), reason="disabled")
    assert [each.action for each in books.audit_log() if each.action == "disable_key"] == []
    december = act(datetime(2026, 12, 1, tzinfo=UTC))
    assert end_key_now(books, files, fjord, "key_fjord_01", december, reason="disabled")


def test_an_act_that_waited_for_another_is_later_than_that_one(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    """Its instant is read under the lock: else the books would say that the clock went back."""
    ticks = iter([NOON, NOON + SECOND])

    class Ticking(Clock):
        def now(self) -> datetime:
            return next(ticks)

    waiting, first = Act(Ticking(), "Ada"), Act(Ticking(), "Bob")
    end_key_now(books, files, fjord, "key_fjord_01", first, reason="disabled")
    end_key_now(books, files, fjord, "key_fjord_02", waiting, reason="disabled")
    assert (first.at, waiting.at) == (NOON, NOON + SECOND)
