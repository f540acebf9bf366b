"""Two clients at the same time on PostgreSQL: what they did is what a plain account does in turn.

Each act reads the clock once, when it holds the books, and the clock says no instant twice. So the
instants name one order of all acts, refused ones too, and in that order a plain model must refuse
exactly what was refused, and end where the books ended.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from billing.books import Books, open_books
from billing.books.accounts import keys, subscriptions
from billing.books.ledger import transfers
from billing.prepaid.remaining import remaining
from billing.subscriptions import CustomerFiles, acting, catalog_in_force, read_customer_files
from billing.subscriptions.entitlements import entitlements
from tests.billing.subscriptions.account_model import ModelKey
from tests.billing.subscriptions.account_rules import Account, Money
from tests.billing.subscriptions.acts_at_once import (
    CUSTOMER,
    OTHER,
    Event,
    Place,
    act_at_once,
)
from tests.billing.subscriptions.conftest import CATALOG
from tests.postgresql import Server, database_of

EXAMPLES = int(os.environ.get("METERBOOK_ACTS_AT_ONCE", "24"))
STEPS = 8
ON_BALANCE = {CUSTOMER: Decimal("500.00"), OTHER: Decimal("115.00")}
"""What the sample's top-ups put on each."""


@pytest.fixture(scope="module")
def empty(postgresql: Server) -> Iterator[str]:
    """A database of books that nobody has written to, to be copied."""
    name = postgresql.create()
    open_books(postgresql.url(name)).close()
    yield name
    postgresql.drop(name)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts without writing out and checking all files, most of their time: the books alone."""
    monkeypatch.setattr(acting, "in_force_after", lambda _, folder: nullcontext(folder))
    monkeypatch.setattr(acting, "check_catalog", lambda _: [])


class Replayed:
    """The plain customers, to which events happen one by one."""

    def __init__(self, files: CustomerFiles) -> None:
        customer = files.customer(CUSTOMER)
        self.account = Account(zone=customer.zone)
        for key in files.keys(customer):
            self.account.keys[key.api_key_id] = ModelKey(key.valid_from, None, key.valid_to)
        self.money = Money(dict(ON_BALANCE))
        self.seen: Counter[tuple[str, bool]] = Counter()

    def happens(self, event: Event) -> None:
        assert event.at is not None, event
        refused = self._refuses(event)
        assert bool(event.refused) == refused, event
        self.seen[event.kind, refused] += 1
        if not refused:
            self._does(event)

    def _refuses(self, event: Event) -> bool:
        at, says, account = event.at, event.says, self.account
        assert at is not None
        if event.kind in {"top_up", "refund", "transfer"}:
            used = says.get("used", Decimal(0))
            return self.money.refuses(says["who"], says["reference"], _said(event), used)
        asked: dict[str, Callable[[], bool]] = {
            "subscribe": lambda: account.refuses_subscribe(at),
            "renew": lambda: account.refuses_renew(says["name"], at),
            "change": lambda: account.refuses_change(says["name"], says["what"], at),
            "cancel": lambda: account.refuses_cancel(says["name"], at, at_once=says["at_once"]),
            "regenerate": lambda: account.refuses_regenerate(says["key"], at),
            "end_key": lambda: account.refuses_end(says["key"], at),
            "create": lambda: account.refuses_create(says["payer"], at),
        }
        return asked[event.kind]()

    def _does(self, event: Event) -> None:
        at, says, done, account = event.at, event.says, event.done, self.account
        assert at is not None
        match event.kind:
            case "subscribe":
                bought = done.subscription.subscription_id
                account.began(bought, done.key.api_key_id, at, says["months"], says["what"])
            case "renew" if account.is_over(says["name"], at):
                bought = done.subscription.subscription_id
                what = account.subscriptions[says["name"]].what
                account.began(bought, done.key.api_key_id, at, says["months"], what)
            case "renew":
                account.went_on(says["name"], says["months"])
            case "change":
                bought = done.subscription.subscription_id
                key = done.key and done.key.api_key_id
                account.changed(says["name"], bought, key, at, says["what"])
            case "cancel":
                account.cancelled(says["name"], at, at_once=says["at_once"])
            case "regenerate":
                account.regenerated(says["key"], done.key.api_key_id, at)
            case "end_key":
                account.keys[says["key"]].ends_at = at
            case "create":
                account.created(done.key.api_key_id, says["payer"], at)
            case _:
                is_new = self.money.moved(says["who"], says["reference"], _said(event))
                assert done.is_new == is_new, event


def _said(event: Event) -> tuple[str, str, str]:
    return event.kind, event.says["amount"], event.says.get("to", "")


def are_alike(books: Books, plain: Replayed, place: Place, events: list[Event]) -> None:
    """The books hold what the plain customers do."""
    account, at = plain.account, place.clock.now()
    with books.reading() as connection:
        bought, held = subscriptions(connection, CUSTOMER), keys(connection, CUSTOMER)
        kept = {(each.organization_id, each.client_reference) for each in transfers(connection)}
        left = {
            who: remaining(connection, place.files, place.files.customer(who), at, place.used(who))
            for who in ON_BALANCE
        }
    assert {each.subscription_id: (each.starts_at, each.ends_at) for each in bought} == {
        name: (each.starts_at, each.ends_at) for name, each in account.subscriptions.items()
    }
    for earlier, later in pairwise(sorted(bought, key=lambda each: each.starts_at)):
        assert earlier.ends_at is not None
        assert earlier.ends_at <= later.starts_at
    if held:
        assert {key.api_key_id: (key.valid_from, key.valid_to) for key in held} == {
            name: (each.begins_at, each.ends_at) for name, each in account.keys.items()
        }
    assert len({key.key_sha256 for key in held}) == len(held)
    assert kept == plain.money.said.keys()
    for who, balance in plain.money.balances.items():
        spent = sum((each[2] for each in place.usage[who]), Decimal(0))
        assert left[who].purchased - left[who].overdraft == balance - spent, (who, events)


def a_gateway_reads_it(books: Books, account: Account, at: datetime) -> None:
    with catalog_in_force(CATALOG, books) as folder:
        in_force = read_customer_files(folder)
    good = {row.api_key_id for row in entitlements(in_force, at, {}) if row.is_valid}
    assert good & account.keys.keys() == {
        name for name in account.keys if account.is_good(name, at)
    }


def of_many(
    postgresql: Server, empty: str, files: CustomerFiles, seeds: range
) -> Counter[tuple[str, bool]]:
    """Let them act for each seed; of every sixth a gateway reads the end. Returns what was seen."""
    seen: Counter[tuple[str, bool]] = Counter()
    turns: Counter[int] = Counter()
    for seed in seeds:
        url = postgresql.url(postgresql.create(empty))
        place, plain = Place(url, files), Replayed(files)
        events = act_at_once(place, seed, STEPS)
        turns[seed] = sum(one.client != next_.client for one, next_ in pairwise(events))
        for event in events:
            plain.happens(event)
        with open_books(url) as books:
            are_alike(books, plain, place, events)
            if seed % 6 == 0:
                a_gateway_reads_it(books, plain.account, place.clock.now())
        postgresql.drop(database_of(url))
        seen += plain.seen
    assert turns.total() > 3 * len(seeds), f"they acted one after the other: turns by seed {turns}"
    return seen


@pytest.mark.usefixtures("unchecked")
def test_what_two_clients_did_at_once_is_what_they_would_have_done_in_turn(
    postgresql: Server, empty: str, files: CustomerFiles
) -> None:
    seen = of_many(postgresql, empty, files, range(EXAMPLES))
    assert sum(seen.values()) > 8 * EXAMPLES
    for kind in ("subscribe", "regenerate", "top_up", "transfer"):
        assert seen[kind, False] > 0, seen
        assert seen[kind, True] > 0, seen


@pytest.mark.long
def test_so_it_is_with_every_file_checked(
    postgresql: Server, empty: str, files: CustomerFiles
) -> None:
    of_many(postgresql, empty, files, range(1_000, 1_008))


@pytest.mark.long
@pytest.mark.usefixtures("unchecked")
def test_and_many_more_times(postgresql: Server, empty: str, files: CustomerFiles) -> None:
    seen = of_many(postgresql, empty, files, range(2_000, 2_300))
    assert {kind for kind, refused in seen if not refused} == {kind for kind, _ in seen}
