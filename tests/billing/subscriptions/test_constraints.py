"""What a careless program cannot write: the rules are the database's."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text, update

from billing.books import Books
from billing.books.account_tables import api_key
from billing.books.accounts import (
    Key,
    Subscription,
    begin,
    end_key,
    end_subscription,
    issue_key,
    keys,
    subscriptions,
)
from billing.errors import BooksError
from tests.billing.subscriptions.conftest import NOON

DAY = timedelta(days=1)
FIRST = Subscription("sub_1", "org_a", "plan", "plan_solo", "USD", NOON, NOON + 10 * DAY)
KEY = Key("key_1", "org_a", "proj", "CI", "sk-…1", "a" * 64, "plan", "sub_1", NOON)


@pytest.fixture
def filled(books: Books) -> Books:
    with books.writing() as connection:
        begin(connection, FIRST, [], NOON)
        issue_key(connection, KEY, NOON)
    return books


def write(books: Books, *statements: str) -> None:
    with books.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "rule"),
    [
        (NOON + 10 * DAY, None, None),
        (NOON + 11 * DAY, NOON + 12 * DAY, None),
        (NOON + 10 * DAY - timedelta(seconds=1), None, "subscription_one_active"),
        (NOON + 2 * DAY, NOON + 3 * DAY, "subscription_one_active"),
        (NOON - 5 * DAY, NOON - DAY, "subscription_one_active"),
        (NOON + 12 * DAY, NOON + 12 * DAY, "subscription_window"),
    ],
)
def test_two_are_never_active_at_once(
    filled: Books, starts_at: datetime, ends_at: datetime | None, rule: str | None
) -> None:
    second = Subscription("sub_2", "org_a", "custom", "", "USD", starts_at, ends_at)
    if rule is None:
        with filled.writing() as connection:
            begin(connection, second, [], NOON)
        return
    with pytest.raises(BooksError, match=rule), filled.writing() as connection:
        begin(connection, second, [], NOON)
    with filled.reading() as connection:
        assert subscriptions(connection) == [FIRST]


def test_none_follows_one_that_is_open(filled: Books) -> None:
    with filled.writing() as connection:
        end_subscription(connection, "sub_1", None)
    second = replace(FIRST, subscription_id="sub_2", starts_at=NOON + 99 * DAY, ends_at=None)
    with pytest.raises(BooksError, match="subscription_chain"), filled.writing() as connection:
        begin(connection, second, [], NOON)


def test_an_end_does_not_move_over_the_successor(filled: Books) -> None:
    second = replace(FIRST, subscription_id="sub_2", starts_at=NOON + 10 * DAY, ends_at=None)
    with filled.writing() as connection:
        begin(connection, second, [], NOON)
        end_subscription(connection, "sub_1", NOON + 9 * DAY)
    for later in (NOON + 11 * DAY, None):
        with pytest.raises(BooksError), filled.writing() as connection:
            end_subscription(connection, "sub_1", later)
    with filled.reading() as connection:
        assert subscriptions(connection)[0].ends_at == NOON + 9 * DAY


@pytest.mark.parametrize(
    "statement",
    [
        "update subscription set kind = 'custom', plan_id = ''",
        "update subscription set starts_at = recorded_at, organization_id = 'org_b'",
        "update subscription set place = 2",
        "update subscription set currency = 'EUR'",
        "delete from subscription",
        "update api_key set key_sha256 = replace(key_sha256, 'a', 'b')",
        "update api_key set organization_id = 'org_b'",
        "update api_key set subscription_id = null, payer = 'balance'",
        "update api_key set project_id = 'other'",
        "delete from api_key",
    ],
)
def test_only_ends_change(filled: Books, statement: str) -> None:
    with pytest.raises(
        BooksError, match=r"only its end|keep what was decided|was made for|FOREIGN"
    ):
        write(filled, statement)


def test_a_key_that_ended_does_not_come_back(filled: Books) -> None:
    with filled.writing() as connection:
        end_key(connection, "key_1", NOON + DAY, "disabled")
    for statement in (
        "update api_key set valid_to = null, end_reason = ''",
        "update api_key set end_reason = 'deleted'",
    ):
        with pytest.raises(BooksError, match="does not come back"):
            write(filled, statement)


def test_a_key_that_ends_by_itself_may_end_before_and_not_after(filled: Books) -> None:
    until = replace(KEY, api_key_id="key_2", key_sha256="b" * 64, valid_to=NOON + 9 * DAY)
    with filled.writing() as connection:
        issue_key(connection, until, NOON)
    for later in (NOON + 10 * DAY, None):
        with pytest.raises(BooksError, match="does not come back"):
            write_end(filled, later)
    write_end(filled, NOON + DAY)
    with pytest.raises(BooksError, match="does not come back"):
        write_end(filled, NOON + DAY / 2)


def write_end(books: Books, valid_to: datetime | None) -> None:
    with books.writing() as connection:
        connection.execute(
            update(api_key)
            .where(api_key.c.api_key_id == "key_2")
            .values(valid_to=valid_to, end_reason="disabled" if valid_to else "")
        )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"payer": "custom"}, "(?i)foreign key"),
        ({"organization_id": "org_b"}, "(?i)foreign key"),
        ({"subscription_id": "sub_9"}, "(?i)foreign key"),
        ({"subscription_id": None}, "api_key_pays"),
        ({"payer": "balance"}, "(?i)api_key_pays|foreign key"),
        ({"key_sha256": "a" * 64}, "key"),
        ({"key_sha256": "b"}, "api_key_sha256"),
        ({"valid_to": NOON}, "api_key_window"),
        ({"replaces_id": "key_1"}, "(?i)foreign key"),
        ({"end_reason": "disabled"}, "api_key_ended"),
    ],
)
def test_a_key_that_breaks_a_rule_is_refused(
    filled: Books, change: dict[str, object], rule: str
) -> None:
    other = replace(KEY, **{"api_key_id": "key_2", "key_sha256": "b" * 64, **change})
    with pytest.raises(BooksError, match=rule), filled.writing() as connection:
        issue_key(connection, other, NOON)
    with filled.reading() as connection:
        assert [key.api_key_id for key in keys(connection)] == ["key_1"]


def test_one_key_has_one_successor(filled: Books) -> None:
    with filled.writing() as connection:
        end_key(connection, "key_1", NOON + DAY, "regenerated")
        new = replace(
            KEY,
            api_key_id="key_2",
            key_sha256="b" * 64,
            valid_from=NOON + DAY,
            replaces_id="key_1",
        )
        issue_key(connection, new, NOON)
    other = replace(new, api_key_id="key_3", key_sha256="c" * 64)
    with pytest.raises(BooksError, match="key"), filled.writing() as connection:
        issue_key(connection, other, NOON)


@pytest.mark.parametrize("table", ["subscription", "api_key"])
def test_no_row_is_replaced(filled: Books, table: str) -> None:
    with pytest.raises(BooksError):
        write(filled, f"insert into {table} select * from {table}")
