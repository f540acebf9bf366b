"""Changing a running subscription: what goes on, what ends, and what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from billing.books import Books
from billing.books.accounts import end_subscription, keys, subscriptions
from billing.books.catalog import CatalogRows, accept_catalog
from billing.books.closing import close_month
from billing.catalog.accepted import dated_rows
from billing.errors import BooksError, MeterbookError
from billing.periods import BillingMonth
from billing.subscriptions import (
    Customer,
    CustomerFiles,
    catalog_in_force,
    read_customer_files,
    write_in_force,
)
from billing.subscriptions.changing import change
from billing.subscriptions.entitlements import Entitlement, entitlements
from billing.subscriptions.keys import regenerate_key
from billing.subscriptions.orders import Order, custom_order, plan_order
from billing.subscriptions.subscribing import Subscribed, cancel, renew, subscribe
from tests.billing.subscriptions.conftest import NOON, act
from tests.billing.subscriptions.test_subscribing import ITEMS

HOUR = timedelta(hours=1)
MORE = """[{"modelId": "gpt-5", "channelTier": "enterprise", "dailyCallLimit": 1000,
   "monthlyTokenCap": 200, "monthlyFee": "19.99"}]"""


@pytest.fixture
def more(catalog: Path) -> CustomerFiles:
    """The sample catalog with a second plan in USD."""
    with (catalog / "plans.csv").open("a") as plans:
        plans.write("plan_team,Team,USD,299.00\n")
    with (catalog / "plan_models.csv").open("a") as models:
        models.write("plan_team,gpt-5\n")
    return read_customer_files(catalog)


@pytest.fixture
def team(more: CustomerFiles) -> Order:
    return plan_order(more, "plan_team", "USD")


@pytest.fixture
def studio(more: CustomerFiles) -> Order:
    return plan_order(more, "plan_studio", "USD")


def begun(books: Books, files: CustomerFiles, customer: Customer, order: Order) -> Subscribed:
    return subscribe(books, files, customer, order, act(), project_id="proj_fjord_app", months=3)


def entitled(books: Books, files: CustomerFiles, at: datetime) -> dict[str, Entitlement]:
    with catalog_in_force(files.folder, books) as folder:
        rows = entitlements(read_customer_files(folder), at, {})
    return {row.api_key_id: row for row in rows}


def test_another_plan_goes_on_at_the_instant_up_to_the_same_end_with_the_same_key(
    books: Books, more: CustomerFiles, fjord: Customer, studio: Order, team: Order
) -> None:
    first = begun(books, more, fjord, studio)
    assert first.key is not None
    at = NOON + 30 * HOUR
    done = change(books, more, fjord, "sub_fjord_1", team, act(at))
    assert (done.key, done.material) == (None, None)
    with books.reading() as connection:
        old, new = subscriptions(connection, "org_fjord")
    assert (old.ends_at, new.starts_at, new.ends_at) == (at, at, first.subscription.ends_at)
    assert (new.subscription_id, new.plan_id) == ("sub_fjord_2", "plan_team")
    assert (old.changed_from, new.changed_from) == ("", "sub_fjord_1")
    before = entitled(books, more, at - timedelta(seconds=1))[first.key.api_key_id]
    after = entitled(books, more, at)[first.key.api_key_id]
    assert (before.is_valid, before.subscription_id) == (True, "sub_fjord_1")
    assert (after.is_valid, after.subscription_id) == (True, "sub_fjord_2")
    assert [model.model_id for model in after.models] == ["gpt-5"]
    assert (after.valid_from, after.valid_to) == (NOON, new.ends_at)
    # The period keeps its day: 10 November, 13:00 in Oslo.
    assert after.period_starts_at == NOON
    assert after.period_ends_at == datetime(2026, 12, 10, 12, tzinfo=UTC)
    (entry,) = [each for each in books.audit_log() if each.action == "change"]
    assert (entry.subject, entry.at) == ("sub_fjord_2", at)
    assert "from sub_fjord_1" in entry.detail


def test_another_kind_gets_a_new_key_and_ends_the_old_ones(
    books: Books, more: CustomerFiles, fjord: Customer, studio: Order
) -> None:
    first = begun(books, more, fjord, studio)
    at = NOON + HOUR
    done = change(books, more, fjord, "sub_fjord_1", custom_order(more, ITEMS, "o", "USD"), act(at))
    assert first.key is not None
    assert done.key is not None
    assert done.material is not None
    assert done.material.plain.startswith("sk-custom-")
    assert (done.key.project_id, done.key.name) == ("proj_fjord_app", first.key.name)
    now = entitled(books, more, at)
    assert now[first.key.api_key_id].reason == "subscription_ended"
    assert now[done.key.api_key_id].is_valid


def test_a_change_and_back_on_one_day_leaves_the_key_and_the_contents(
    books: Books, more: CustomerFiles, fjord: Customer, studio: Order, team: Order
) -> None:
    first = begun(books, more, fjord, studio)
    assert first.key is not None
    change(books, more, fjord, "sub_fjord_1", team, act(NOON + HOUR))
    change(books, more, fjord, "sub_fjord_2", studio, act(NOON + 2 * HOUR))
    now = entitled(books, more, NOON + 2 * HOUR)[first.key.api_key_id]
    assert (now.is_valid, now.subscription_id) == (True, "sub_fjord_3")


def test_what_follows_counts_from_the_first_start(
    books: Books, more: CustomerFiles, fjord: Customer, studio: Order, team: Order
) -> None:
    begun(books, more, fjord, studio)
    at = NOON + 40 * 24 * HOUR
    change(books, more, fjord, "sub_fjord_1", team, act(at))
    ended = cancel(books, more, fjord, "sub_fjord_2", act(at + HOUR)).subscription.ends_at
    assert ended == datetime(2027, 1, 10, 12, tzinfo=UTC)
    renewed = renew(books, more, fjord, "sub_fjord_2", act(at + 2 * HOUR), months=2)
    assert renewed.subscription.ends_at == datetime(2027, 3, 10, 12, tzinfo=UTC)


def test_one_that_was_changed_and_ended_begins_anew_with_a_key_like_the_last(
    books: Books, more: CustomerFiles, fjord: Customer, studio: Order, team: Order
) -> None:
    begun(books, more, fjord, studio)
    change(books, more, fjord, "sub_fjord_1", team, act(NOON + HOUR))
    later = act(datetime(2027, 3, 1, tzinfo=UTC))
    anew = renew(books, more, fjord, "sub_fjord_2", later, months=1)
    assert anew.key is not None
    assert anew.key.project_id == "proj_fjord_app"
    assert anew.subscription.changed_from == ""


def test_a_regenerated_key_belongs_to_what_pays_now(
    books: Books, more: CustomerFiles, fjord: Customer, studio: Order, team: Order
) -> None:
    first = begun(books, more, fjord, studio)
    assert first.key is not None
    change(books, more, fjord, "sub_fjord_1", team, act(NOON + HOUR))
    issued = regenerate_key(books, more, fjord, first.key.api_key_id, act(NOON + 2 * HOUR))
    assert issued.key.subscription_id == "sub_fjord_2"
    now = entitled(books, more, NOON + 2 * HOUR)
    assert now[issued.key.api_key_id].is_valid
    assert not now[first.key.api_key_id].is_valid


def test_other_models_or_limits_are_a_change_and_the_same_ones_are_none(
    books: Books, more: CustomerFiles, fjord: Customer
) -> None:
    begun(books, more, fjord, custom_order(more, ITEMS, "o", "USD"))
    same = custom_order(more, ITEMS, "o", "USD")
    with pytest.raises(BooksError, match="has these models, limits and fees already"):
        change(books, more, fjord, "sub_fjord_1", same, act(NOON + HOUR))
    other = custom_order(more, MORE, "o", "USD")
    done = change(books, more, fjord, "sub_fjord_1", other, act(NOON + HOUR))
    assert [(each.model_id, each.service_tier) for each in done.items] == [("gpt-5", "enterprise")]


@pytest.mark.parametrize(
    ("after", "plan", "message"),
    [
        (HOUR, "plan_studio", "has plan_studio already: nothing to change"),
        (timedelta(0), "plan_team", "began this second"),
        (100 * 24 * HOUR, "plan_team", "ended at 2027-02-10T12:00:00Z: nothing to change"),
        (-HOUR, "plan_team", "the books know an act of|begins at"),
    ],
)
def test_what_cannot_be_changed_is_refused_and_nothing_changes(
    books: Books, more: CustomerFiles, fjord: Customer, after: timedelta, plan: str, message: str
) -> None:
    begun(books, more, fjord, plan_order(more, "plan_studio", "USD"))
    order = plan_order(more, plan, "USD")
    with pytest.raises(BooksError, match=message):
        change(books, more, fjord, "sub_fjord_1", order, act(NOON + after))
    with books.reading() as connection:
        (only,) = subscriptions(connection, "org_fjord")
        assert len([key for key in keys(connection, "org_fjord") if key.subscription_id]) == 1
    assert only.ends_at == datetime(2027, 2, 10, 12, tzinfo=UTC)


def test_a_subscription_of_the_files_is_changed_and_the_file_stays(
    books: Books, more: CustomerFiles, indigo: Customer, team: Order, tmp_path: Path
) -> None:
    written = (more.folder / "subscriptions.csv").read_text()
    change(books, more, indigo, "sub_indigo_1", team, act())
    folder = write_in_force(more.folder, books, tmp_path / "in_force")
    rows = read_customer_files(folder).subscriptions(indigo)
    assert [(row.subscription_id, row.ends_at, row.changed_from) for row in rows] == [
        ("sub_indigo_1", NOON, ""),
        ("sub_indigo_2", None, "sub_indigo_1"),
    ]
    assert (more.folder / "subscriptions.csv").read_text() == written


def test_a_plan_that_includes_a_quantity_can_be_changed_once_a_month_is_finalized(
    books: Books, more: CustomerFiles, indigo: Customer, team: Order
) -> None:
    """What the plan includes was accepted with the month, and no act changes it."""
    (more.folder / "plan_overages.csv").write_text(
        "plan_overage_id,plan_id,counted,model_id,included_quantity,unit_price\n"
        "studio_tokens,plan_studio,tokens,,1000,0.001\n"
    )
    rows = dated_rows(more.folder)
    with books.writing() as connection:
        close_month(connection, "org_indigo", BillingMonth(2026, 10), 0, NOON)
        accepted = CatalogRows(rows.contents, rows.sha256)
        accept_catalog(connection, accepted, BillingMonth(2026, 10), NOON, "meterbook")
    done = change(books, more, indigo, "sub_indigo_1", team, act())
    assert done.subscription.changed_from == "sub_indigo_1"


def test_the_books_hold_that_a_change_leaves_no_gap(
    books: Books, more: CustomerFiles, fjord: Customer, studio: Order, team: Order
) -> None:
    begun(books, more, fjord, studio)
    at = NOON + HOUR
    change(books, more, fjord, "sub_fjord_1", team, act(at))
    with pytest.raises(MeterbookError), books.writing() as connection:
        end_subscription(connection, "sub_fjord_1", at - timedelta(seconds=1))
    statement = (
        "insert into subscription_change "
        "select 'sub_fjord_1', 'sub_fjord_2', organization_id, previous_place, changed_at "
        "from subscription_change"
    )
    with pytest.raises(BooksError, match="goes on where"), books.writing() as connection:
        connection.execute(text(statement))
