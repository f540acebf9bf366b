"""Random acts of two clients, against a plain model of what must be true.

The model knows days and names only. Each act either does what the model says or is refused where
the model says so; what the books then hold, and what a gateway would read, must be the model's.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
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
from billing.subscriptions.terms import local_day, period_start
from tests.billing.subscriptions.account_model import Model, ModelKey, ModelSubscription
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
    """Two clients with books of their own connection on one database."""

    files: CustomerFiles

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        url = f"sqlite:///{self.folder.name}/books.sqlite"
        self.clients: dict[str, Books] = {name: open_books(url) for name in ("ada", "bob")}
        self.model = Model()
        self.at = NOON
        self.customer = self.files.customer(CUSTOMER)
        for key in self.files.keys(self.customer):
            self.model.keys[key.api_key_id] = ModelKey(key.valid_from, None, key.valid_to)

    def teardown(self) -> None:
        if hasattr(self, "clients"):
            self.a_gateway_reads_the_model()
            for books in self.clients.values():
                books.close()
            self.folder.cleanup()

    def end_of(self, starts_at: datetime, months: int | None) -> datetime | None:
        if months is None:
            return None
        return period_start(starts_at, self.customer.zone, months)

    def months_until(self, bought: ModelSubscription, at: datetime) -> int:
        """How many months from the start on are over at or after an instant, one at least."""
        passed = 1
        while period_start(bought.counted_from, self.customer.zone, passed) < at:
            passed += 1
        return passed

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
        is_open = [
            each
            for each in self.model.subscriptions.values()
            if each.ends_at is None or self.at < each.ends_at
        ]
        done = self.expect(
            refused=bool(is_open),
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
        assert name not in self.model.subscriptions
        assert done.key.api_key_id not in self.model.keys
        self.model.subscriptions[name] = ModelSubscription(
            self.at, self.end_of(self.at, months), what, self.at
        )
        self.model.keys[done.key.api_key_id] = ModelKey(self.at, name)

    @rule(client=CLIENTS, months=st.sampled_from([None, 1, 2]), choose=st.randoms())
    def renew(self, client: str, months: int | None, choose: Random) -> None:
        if not self.model.subscriptions:
            return
        name = choose.choice(sorted(self.model.subscriptions))
        old = self.model.subscriptions[name]
        is_over = old.ends_at is not None and old.ends_at <= self.at
        others = any(
            other != name and (each.ends_at is None or self.at < each.ends_at)
            for other, each in self.model.subscriptions.items()
        )
        refused = others if is_over else old.ends_at is None
        done = self.expect(
            refused=refused,
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
        if months is None:
            old.ends_at = None
        else:
            assert old.ends_at is not None
            passed = self.months_until(old, old.ends_at)
            old.ends_at = self.end_of(old.counted_from, passed + months)

    @rule(client=CLIENTS, what=CONTENTS, choose=st.randoms())
    def change(self, client: str, what: str, choose: Random) -> None:
        if not self.model.subscriptions:
            return
        name = choose.choice(sorted(self.model.subscriptions))
        old = self.model.subscriptions[name]
        ends_at, zone = old.ends_at, self.customer.zone
        ends_today = ends_at is not None and local_day(ends_at, zone) == local_day(self.at, zone)
        done = self.expect(
            refused=name not in self.model.active(self.at)
            or old.starts_at == self.at
            or old.what == what
            or ends_today,
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
        into = done.subscription.subscription_id
        new = ModelSubscription(self.at, ends_at, what, old.counted_from)
        self.model.subscriptions[into] = new
        old.ends_at = self.at
        if (what == "plan") == (old.what == "plan"):
            assert done.key is None
            old.into = into
        else:
            assert done.key is not None
            self.model.keys[done.key.api_key_id] = ModelKey(self.at, into)

    @rule(client=CLIENTS, choose=st.randoms(), at_once=st.booleans())
    def cancel(self, client: str, choose: Random, *, at_once: bool) -> None:
        if not self.model.subscriptions:
            return
        name = choose.choice(sorted(self.model.subscriptions))
        old = self.model.subscriptions[name]
        passed = self.months_until(old, self.at + timedelta(seconds=1))
        zone = self.customer.zone
        period_end = period_start(old.counted_from, zone, passed)
        if local_day(period_end, zone) == local_day(old.starts_at, zone):
            period_end = period_start(old.counted_from, zone, passed + 1)
        ends_at = self.at if at_once else period_end
        is_same_day = local_day(ends_at, zone) == local_day(old.starts_at, zone)
        done = self.expect(
            refused=name not in self.model.active(self.at)
            or (old.ends_at is not None and old.ends_at <= ends_at)
            or is_same_day,
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
            old.ends_at = ends_at

    @rule(client=CLIENTS, choose=st.randoms())
    def regenerate(self, client: str, choose: Random) -> None:
        name = choose.choice(sorted(self.model.keys))
        key = self.model.keys[name]
        paid_by = self.model.payer(key.paid_by, self.at)
        bought = self.model.subscriptions.get(paid_by or "")
        is_over = bought is not None and bought.ends_at is not None and bought.ends_at <= self.at
        done = self.expect(
            refused=self.has_ended(key) or self.at <= key.begins_at or is_over,
            do=lambda: regenerate_key(
                self.clients[client], self.files, self.customer, name, act(self.at, client)
            ),
        )
        if done is not None:
            key.ends_at = self.at
            self.model.keys[done.key.api_key_id] = ModelKey(self.at, paid_by)

    @rule(client=CLIENTS, choose=st.randoms(), reason=st.sampled_from(["disabled", "deleted"]))
    def end_key(self, client: str, choose: Random, reason: str) -> None:
        name = choose.choice(sorted(self.model.keys))
        key = self.model.keys[name]
        done = self.expect(
            refused=self.has_ended(key) or self.at <= key.begins_at,
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
            key.ends_at = self.at

    @rule(client=CLIENTS, payer=st.sampled_from([None, "balance"]))
    def create(self, client: str, payer: str | None) -> None:
        active = self.model.active(self.at)
        done = self.expect(
            refused=payer is None and not active,
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
            paid_by = active[0] if payer is None else None
            self.model.keys[done.key.api_key_id] = ModelKey(self.at, paid_by)

    def has_ended(self, key: ModelKey) -> bool:
        return key.ends_at is not None and key.ends_at <= self.at

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
