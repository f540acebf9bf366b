"""Random acts of two clients, against a plain model of what must be true.

The model knows days and names only. Each act either does what the model says or is refused where
the model says so; what the books then hold, and what a gateway would read, must be the model's.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from billing.books import Books, open_books
from billing.books.accounts import keys, subscriptions
from billing.errors import MeterbookError
from billing.subscriptions import CustomerFiles, catalog_in_force, read_customer_files
from billing.subscriptions.changing import change
from billing.subscriptions.entitlements import entitlements
from billing.subscriptions.keys import create_key, end_key_now, regenerate_key
from billing.subscriptions.orders import Order, custom_order, plan_order
from billing.subscriptions.subscribing import Subscribed, cancel, renew, subscribe
from tests.billing.subscriptions.account_model import ModelKey
from tests.billing.subscriptions.account_rules import Account
from tests.billing.subscriptions.conftest import CATALOG, NOON, act
from tests.billing.subscriptions.test_changing import MORE
from tests.billing.subscriptions.test_subscribing import ITEMS

CUSTOMER = "org_fjord"
PROJECT = "proj_fjord_app"
CONTENTS = st.sampled_from(["plan", "items", "more"])
CLIENTS = st.sampled_from(["ada", "bob"])
GAPS = st.sampled_from([0, 1, 3_600, 86_400, 20 * 86_400, 45 * 86_400])


Done = TypeVar("Done")
EXAMPLES, STEPS = int(os.environ.get("METERBOOK_RANDOM_ACTS", "4")), 14


class Acts(RuleBasedStateMachine):
    """Two clients with books of their own connection on one database, who take turns.

    At the same time they act in `test_acts_at_once`.
    """

    files: CustomerFiles

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        url = f"sqlite:///{self.folder.name}/books.sqlite"
        self.clients: dict[str, Books] = {name: open_books(url) for name in ("ada", "bob")}
        self.at = NOON
        self.customer = self.files.customer(CUSTOMER)
        self.model = Account(zone=self.customer.zone)
        for key in self.files.keys(self.customer):
            self.model.keys[key.api_key_id] = ModelKey(key.valid_from, None, key.valid_to)

    def teardown(self) -> None:
        if hasattr(self, "clients"):
            self.a_gateway_reads_the_model()
            for books in self.clients.values():
                books.close()
            self.folder.cleanup()

    def expect(self, *, refused: bool, do: Callable[[], Done]) -> Done | None:
        """Do it; it must be refused exactly where the model says so."""
        if refused:
            with pytest.raises(MeterbookError):
                do()
            return None
        return do()

    @rule(seconds=GAPS)
    def time_passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    def order(self, what: str) -> Order:
        if what == "plan":
            return plan_order(self.files, "plan_studio", "USD")
        return custom_order(self.files, {"items": ITEMS, "more": MORE}[what], "order.json", "USD")

    @rule(client=CLIENTS, months=st.sampled_from([None, 1, 3]), what=CONTENTS)
    def subscribe(self, client: str, months: int | None, what: str) -> None:
        order = self.order(what)
        done = self.expect(
            refused=self.model.refuses_subscribe(self.at),
            do=lambda: subscribe(
                self.clients[client],
                self.files,
                self.customer,
                order,
                act(self.at, client),
                project_id=PROJECT,
                months=months,
            ),
        )
        if done is not None:
            self.began(done, months, what)

    def began(self, done: Subscribed, months: int | None, what: str) -> None:
        name = done.subscription.subscription_id
        assert done.key is not None
        self.model.began(name, done.key.api_key_id, self.at, months, what)

    @rule(client=CLIENTS, months=st.sampled_from([None, 1, 2]), choose=st.randoms())
    def renew(self, client: str, months: int | None, choose: Random) -> None:
        if not self.model.subscriptions:
            return
        name = choose.choice(sorted(self.model.subscriptions))
        old = self.model.subscriptions[name]
        is_over = self.model.is_over(name, self.at)
        done = self.expect(
            refused=self.model.refuses_renew(name, self.at),
            do=lambda: renew(
                self.clients[client],
                self.files,
                self.customer,
                name,
                act(self.at, client),
                months=months,
            ),
        )
        if done is None:
            return
        if is_over:
            self.began(done, months, old.what)
            return
        assert done.key is None
        self.model.went_on(name, months)

    @rule(client=CLIENTS, what=CONTENTS, choose=st.randoms())
    def change(self, client: str, what: str, choose: Random) -> None:
        if not self.model.subscriptions:
            return
        name = choose.choice(sorted(self.model.subscriptions))
        done = self.expect(
            refused=self.model.refuses_change(name, what, self.at),
            do=lambda: change(
                self.clients[client],
                self.files,
                self.customer,
                name,
                self.order(what),
                act(self.at, client),
            ),
        )
        if done is None:
            return
        into, key = done.subscription.subscription_id, done.key and done.key.api_key_id
        self.model.changed(name, into, key, self.at, what)

    @rule(client=CLIENTS, choose=st.randoms(), at_once=st.booleans())
    def cancel(self, client: str, choose: Random, *, at_once: bool) -> None:
        if not self.model.subscriptions:
            return
        name = choose.choice(sorted(self.model.subscriptions))
        done = self.expect(
            refused=self.model.refuses_cancel(name, self.at, at_once=at_once),
            do=lambda: cancel(
                self.clients[client],
                self.files,
                self.customer,
                name,
                act(self.at, client),
                at_once=at_once,
            ),
        )
        if done is not None:
            self.model.cancelled(name, self.at, at_once=at_once)

    @rule(client=CLIENTS, choose=st.randoms())
    def regenerate(self, client: str, choose: Random) -> None:
        name = choose.choice(sorted(self.model.keys))
        done = self.expect(
            refused=self.model.refuses_regenerate(name, self.at),
            do=lambda: regenerate_key(
                self.clients[client], self.files, self.customer, name, act(self.at, client)
            ),
        )
        if done is not None:
            self.model.regenerated(name, done.key.api_key_id, self.at)

    @rule(client=CLIENTS, choose=st.randoms(), reason=st.sampled_from(["disabled", "deleted"]))
    def end_key(self, client: str, choose: Random, reason: str) -> None:
        name = choose.choice(sorted(self.model.keys))
        done = self.expect(
            refused=self.model.refuses_end(name, self.at),
            do=lambda: end_key_now(
                self.clients[client],
                self.files,
                self.customer,
                name,
                act(self.at, client),
                reason=reason,
            ),
        )
        if done is not None:
            self.model.keys[name].ends_at = self.at

    @rule(client=CLIENTS, payer=st.sampled_from([None, "balance"]))
    def create(self, client: str, payer: str | None) -> None:
        done = self.expect(
            refused=self.model.refuses_create(payer, self.at),
            do=lambda: create_key(
                self.clients[client],
                self.files,
                self.customer,
                act(self.at, client),
                project_id=PROJECT,
                name="CI",
                payer=payer,
            ),
        )
        if done is not None:
            self.model.created(done.key.api_key_id, payer, self.at)

    @invariant()
    def the_books_are_the_model(self) -> None:
        if not hasattr(self, "clients"):
            return
        with self.clients["bob"].reading() as connection:
            bought = subscriptions(connection, CUSTOMER)
            held = keys(connection, CUSTOMER)
        assert {each.subscription_id: (each.starts_at, each.ends_at) for each in bought} == {
            name: (each.starts_at, each.ends_at) for name, each in self.model.subscriptions.items()
        }
        for earlier, later in pairwise(bought):
            assert earlier.ends_at is not None
            assert earlier.ends_at <= later.starts_at
        if held:
            assert {key.api_key_id: (key.valid_from, key.valid_to) for key in held} == {
                name: (each.begins_at, each.ends_at) for name, each in self.model.keys.items()
            }
        assert len({key.key_sha256 for key in held}) == len(held)

    @rule()
    def a_gateway_reads_the_model(self) -> None:
        with catalog_in_force(CATALOG, self.clients["ada"]) as folder:
            in_force = read_customer_files(folder)
        for instant in (self.at, self.at + timedelta(days=31)):
            rows = entitlements(in_force, instant, {})
            good = {row.api_key_id for row in rows if row.is_valid}
            assert good & self.model.keys.keys() == {
                name for name in self.model.keys if self.model.is_good(name, instant)
            }


def test_random_acts_of_two_clients(files: CustomerFiles) -> None:
    class Seeded(Acts):
        pass

    Seeded.files = files
    run_state_machine_as_test(
        Seeded,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
