"""Subscribing, renewing and cancelling, one after the other."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from billing.books import Books
from billing.books.account_tables import metadata
from billing.books.accounts import items, keys, subscriptions
from billing.errors import BooksError, MeterbookError
from billing.subscriptions import Customer, CustomerFiles
from billing.subscriptions.orders import Order, custom_order, plan_order
from billing.subscriptions.subscribing import Subscribed, cancel, renew, subscribe
from tests.billing.subscriptions.conftest import NOON, act

ITEMS = """[
  {"modelId": "gpt-5", "channelTier": "stable", "dailyCallLimit": 1000,
   "monthlyTokenCap": 200, "monthlyFee": "9.99"},
  {"modelId": "qwen-max", "channelTier": "basic", "dailyCallLimit": 5,
   "monthlyTokenCap": 7, "monthlyFee": "0.00"}
]"""
MONTH_END = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)


@pytest.fixture
def studio(files: CustomerFiles) -> Order:
    return plan_order(files, "plan_studio", "USD")


def begin(  # what a test varies
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    order: Order,
    at: datetime = NOON,
    months: int | None = None,
) -> Subscribed:
    return subscribe(
        books, files, customer, order, act(at), project_id="proj_fjord_app", months=months
    )


def test_a_subscription_comes_with_a_key_of_which_only_the_hash_is_kept(
    books: Books, files: CustomerFiles, fjord: Customer, studio: Order
) -> None:
    done = begin(books, files, fjord, studio)
    assert done.key is not None
    assert done.material is not None
    plain = done.material.plain
    assert plain.startswith("sk-plan-")
    assert len(plain) == len("sk-plan-") + 48
    with books.reading() as connection:
        (kept,) = [key for key in keys(connection) if key.subscription_id == "sub_fjord_1"]
        rows = [connection.execute(select(table)).all() for table in metadata.sorted_tables]
        dump = repr(rows)
    assert kept == done.key
    assert kept.key_sha256 == hashlib.sha256(plain.encode()).hexdigest()
    assert kept.masked_prefix == f"sk-plan-…{plain[-4:]}"
    assert plain not in dump
    assert plain not in repr(done)
    (entry,) = [each for each in books.audit_log() if each.action == "subscribe"]
    assert (entry.at, entry.actor, entry.subject) == (NOON, "Ada", "sub_fjord_1")


def test_what_was_bought_model_by_model_is_kept_as_bought(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    begin(books, files, fjord, custom_order(files, ITEMS, "order.json", "USD"))
    with books.reading() as connection:
        bought = {each.model_id: each for each in items(connection, "org_fjord")}
    assert set(bought) == {"gpt-5", "qwen-max"}
    assert bought["gpt-5"].monthly_token_cap == 200
    assert str(bought["gpt-5"].monthly_fee) == "9.99"


def test_who_has_an_active_subscription_gets_no_other(
    books: Books, files: CustomerFiles, indigo: Customer, studio: Order
) -> None:
    with pytest.raises(BooksError, match="sub_indigo_1, which is active until it is cancelled"):
        subscribe(books, files, indigo, studio, act(), project_id="proj_indigo_studio")
    with books.reading() as connection:
        assert subscriptions(connection) == []
    assert books.audit_log() == []


def test_a_cancelled_one_runs_to_the_end_of_its_period_and_then_another_may_begin(
    books: Books, files: CustomerFiles, indigo: Customer, studio: Order
) -> None:
    ended = cancel(books, files, indigo, "sub_indigo_1", act()).subscription.ends_at
    assert ended == datetime(2026, 11, 11, tzinfo=UTC)
    almost = act(ended - timedelta(seconds=1))
    with pytest.raises(BooksError, match="is active until 2026-11-11T00:00:00Z"):
        subscribe(books, files, indigo, studio, almost, project_id="proj_indigo_studio")
    next_one = subscribe(books, files, indigo, studio, act(ended), project_id="proj_indigo_studio")
    assert next_one.subscription.subscription_id == "sub_indigo_2"


def test_nothing_is_cancelled_twice(books: Books, files: CustomerFiles, indigo: Customer) -> None:
    cancel(books, files, indigo, "sub_indigo_1", act())
    with pytest.raises(BooksError, match="ends at 2026-11-11T00:00:00"):
        cancel(books, files, indigo, "sub_indigo_1", act())
    later = act(datetime(2026, 11, 11, tzinfo=UTC))
    with pytest.raises(BooksError, match="ended at 2026-11-11T00:00:00Z: nothing to cancel"):
        cancel(books, files, indigo, "sub_indigo_1", later)


def test_what_is_cancelled_is_told_with_its_contents(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    begin(books, files, fjord, custom_order(files, ITEMS, "order.json", "USD"))
    done = cancel(books, files, fjord, "sub_fjord_1", act())
    assert {each.model_id for each in done.items} == {"gpt-5", "qwen-max"}
    (entry,) = [each for each in books.audit_log() if each.action == "cancel"]
    assert "(2 items)" in entry.detail


def test_one_cancelled_at_once_is_over_at_that_second(
    books: Books, files: CustomerFiles, indigo: Customer
) -> None:
    done = cancel(books, files, indigo, "sub_indigo_1", act(), at_once=True)
    assert done.subscription.ends_at == NOON


def test_one_that_began_today_ends_tomorrow_at_the_earliest(
    books: Books, files: CustomerFiles, fjord: Customer, studio: Order
) -> None:
    begin(books, files, fjord, studio)
    later = act(NOON + timedelta(hours=1))
    with pytest.raises(BooksError, match="began today"):
        cancel(books, files, fjord, "sub_fjord_1", later, at_once=True)
    assert cancel(books, files, fjord, "sub_fjord_1", later).subscription.ends_at is not None


def test_an_active_one_is_renewed_from_its_end_with_key_and_usage(
    books: Books, files: CustomerFiles, fjord: Customer, studio: Order
) -> None:
    begin(books, files, fjord, studio, MONTH_END, months=1)
    renewed = renew(
        books, files, fjord, "sub_fjord_1", act(MONTH_END + timedelta(days=3)), months=1
    )
    assert renewed.key is None
    # Anniversaries count from the first start: the 31st, not the 28th that February made of it.
    assert renewed.subscription.ends_at == datetime(2026, 3, 31, 14, 30, tzinfo=UTC)
    with books.reading() as connection:
        assert len(subscriptions(connection)) == 1


def test_one_that_runs_until_it_is_cancelled_needs_no_renewal(
    books: Books, files: CustomerFiles, indigo: Customer
) -> None:
    with pytest.raises(BooksError, match="nothing to renew"):
        renew(books, files, indigo, "sub_indigo_1", act(), months=1)


def test_a_cancellation_is_taken_back_by_renewing_in_time(
    books: Books, files: CustomerFiles, indigo: Customer
) -> None:
    cancel(books, files, indigo, "sub_indigo_1", act())
    kept = renew(books, files, indigo, "sub_indigo_1", act(), months=None)
    assert kept.subscription.ends_at is None


def test_an_expired_custom_one_begins_anew_with_another_key(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    order = custom_order(files, ITEMS, "order.json", "USD")
    old = begin(books, files, fjord, order, months=1)
    over = NOON + timedelta(days=40)
    new = renew(books, files, fjord, "sub_fjord_1", act(over), months=2)
    assert old.key is not None
    assert new.key is not None
    assert new.subscription.subscription_id == "sub_fjord_2"
    assert new.subscription.starts_at == over
    assert new.key.api_key_id != old.key.api_key_id
    assert new.key.subscription_id == "sub_fjord_2"
    with books.reading() as connection:
        bought = [each for each in items(connection) if each.subscription_id == "sub_fjord_2"]
    assert [(each.model_id, each.monthly_token_cap) for each in bought] == [
        ("gpt-5", 200),
        ("qwen-max", 7),
    ]


def test_an_old_one_is_not_renewed_beside_its_successor(
    books: Books, files: CustomerFiles, fjord: Customer, studio: Order
) -> None:
    begin(books, files, fjord, studio, months=1)
    over = NOON + timedelta(days=40)
    renew(books, files, fjord, "sub_fjord_1", act(over), months=None)
    with pytest.raises(BooksError, match="sub_fjord_2, which is active until it is cancelled"):
        renew(books, files, fjord, "sub_fjord_1", act(over), months=None)


def test_an_active_one_is_not_renewed_into_its_successor(
    books: Books, files: CustomerFiles, fjord: Customer, studio: Order
) -> None:
    """The database has the last word: the chain of an organization's subscriptions."""
    begin(books, files, fjord, studio, months=1)
    with books.writing() as connection:
        from billing.books.accounts import begin as write  # noqa: PLC0415 - a careless program

        (own,) = subscriptions(connection, "org_fjord")
        from dataclasses import replace  # noqa: PLC0415

        follower = replace(own, subscription_id="sub_fjord_9", starts_at=own.ends_at, ends_at=None)
        write(connection, follower, [], NOON)
    with pytest.raises(BooksError, match="subscription_one_active"):
        renew(books, files, fjord, "sub_fjord_1", act(), months=1)


@pytest.mark.parametrize("months", [0, -1, 121])
def test_a_term_is_a_number_of_months(
    books: Books, files: CustomerFiles, fjord: Customer, studio: Order, months: int
) -> None:
    with pytest.raises(BooksError, match="is no number of months"):
        begin(books, files, fjord, studio, months=months)
    assert books.audit_log() == []


def test_the_project_must_be_the_customers(
    books: Books, files: CustomerFiles, fjord: Customer, studio: Order
) -> None:
    with pytest.raises(MeterbookError, match=r"no project of org_fjord. Its projects are proj_f"):
        subscribe(books, files, fjord, studio, act(), project_id="proj_indigo_studio")


def test_a_clock_that_went_back_is_refused(
    books: Books, files: CustomerFiles, fjord: Customer, indigo: Customer, studio: Order
) -> None:
    begin(books, files, fjord, studio)
    earlier = act(NOON - timedelta(seconds=1))
    with pytest.raises(BooksError, match="but the books know an act of 2026-11-10T12:00:00"):
        cancel(books, files, indigo, "sub_indigo_1", earlier)
    with books.reading() as connection:
        assert subscriptions(connection, "org_indigo") == []


def test_a_plan_in_another_currency_is_not_sold(files: CustomerFiles) -> None:
    with pytest.raises(MeterbookError, match="plan_solo is sold in EUR, the customer is billed"):
        plan_order(files, "plan_solo", "USD")


def test_an_act_that_would_break_the_catalog_is_not_done(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    """The whole catalog in force is checked before anything is committed."""
    careless = Order("plan_solo")
    with pytest.raises(MeterbookError, match=r"plans.csv.*but it is billed in USD"):
        begin(books, files, fjord, careless)
    with books.reading() as connection:
        assert subscriptions(connection) == []
    assert books.audit_log() == []


def test_unknown_ids_are_named(books: Books, files: CustomerFiles, fjord: Customer) -> None:
    with pytest.raises(BooksError, match="There is no subscription 'sub_x'"):
        cancel(books, files, fjord, "sub_x", act())
    with pytest.raises(MeterbookError, match="There is no organization 'org_x'"):
        files.customer("org_x")
    with pytest.raises(MeterbookError, match="There is no plan 'plan_x'"):
        plan_order(files, "plan_x", "USD")
