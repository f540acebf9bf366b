"""Random top-ups, usage and refreshes of two clients, against a plain model of crossings.

In the first test everything is known in order, so the model says exactly which alerts there are.
In the second files come in any order and clients look at what they happen to know; what then must
hold is that no crossing is told of twice and that nobody who is below is forgotten.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count, pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.books import Books, open_books
from billing.books.alerts import Alert, recorded_alerts
from billing.clock import Clock
from billing.prepaid.alerting import raise_alerts
from tests.billing.prepaid.balances import HOUR, START, Balances

EXAMPLES = int(os.environ.get("METERBOOK_RANDOM_CROSSINGS", "12"))
THRESHOLD = Decimal(10)
NOW = Clock(datetime(2026, 11, 5, 6, tzinfo=START.tzinfo))
RULE_IDS = (f"rule_{number}" for number in count())
quick = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Fact:
    """Something put on (above zero) or used (below), at an hour of October."""

    hour: int
    amount: Decimal

    def told_to(self, balances: Balances) -> None:
        at = START + self.hour * HOUR
        if self.amount > 0:
            balances.top_up(str(self.amount), at)
        else:
            balances.use(str(-self.amount), at)


@pytest.fixture
def clients(books_url: str) -> Iterator[tuple[Books, Books]]:
    """Two connections to the same books; each example has a rule of its own in them."""
    with open_books(books_url) as ada, open_books(books_url) as bob:
        yield ada, bob


AMOUNTS = st.sampled_from(["25", "10", "6", "0.01", "-4", "-8", "-12", "-0.01", "-20"])
FACTS = st.lists(AMOUNTS, min_size=1, max_size=14).map(
    lambda amounts: [Fact(hour, Decimal(amount)) for hour, amount in enumerate(amounts)]
)


def watched(rule_id: str) -> Balances:
    balances = Balances()
    balances.alert(rule_id, str(THRESHOLD))
    return balances


def refresh(balances: Balances, books: Books) -> list[Alert]:
    balances.build()
    return raise_alerts(balances.connection, books, NOW)


@quick
@given(facts=FACTS, looks=st.lists(st.booleans(), min_size=14, max_size=14), seed=st.integers())
def test_known_in_order_every_crossing_that_was_looked_at_is_told_of_once(
    clients: tuple[Books, Books], facts: list[Fact], looks: list[bool], seed: int
) -> None:
    random, balances = Random(seed), watched(next(RULE_IDS))  # noqa: S311  # draws cases
    balance = put_on = Decimal(0)
    is_armed = True
    for fact, look in zip(facts, looks, strict=False):
        fact.told_to(balances)
        balance += fact.amount
        put_on += max(fact.amount, Decimal(0))
        is_armed = is_armed or (fact.amount > 0 and balance >= THRESHOLD)
        if not look:
            continue
        is_due = is_armed and balance < THRESHOLD and (put_on > 0 or balance < 0)
        raised = refresh(balances, random.choice(clients))
        assert [alert.crossing for alert in raised] == (
            [f"put_on:{put_on:.3f}" if put_on else "put_on:0"] if is_due else []
        )
        is_armed = is_armed and not is_due
        assert raise_alerts(balances.connection, random.choice(clients), NOW) == []


@quick
@given(facts=FACTS, seed=st.integers())
def test_in_any_order_no_crossing_is_told_of_twice_and_nobody_is_forgotten(
    clients: tuple[Books, Books], facts: list[Fact], seed: int
) -> None:
    random, rule_id = Random(seed), next(RULE_IDS)  # noqa: S311  # draws cases
    views = [watched(rule_id) for _ in clients]
    waiting = [random.sample(facts, len(facts)) for _ in clients]
    while any(waiting):
        own = random.choice([number for number, left in enumerate(waiting) if left])
        for _ in range(random.randint(1, 3)):
            if waiting[own]:
                waiting[own].pop().told_to(views[own])
        refresh(views[own], clients[own])
    for own in (0, 1, 0):
        refresh(views[own], clients[own])
    with clients[0].reading() as connection:
        alerts = [each for each in recorded_alerts(connection) if each.rule_id == rule_id]
    sums = sorted(Decimal(each.crossing.removeprefix("put_on:")) for each in alerts)
    assert all(earlier < later for earlier, later in pairwise(sums))
    assert nobody_is_forgotten(facts, alerts)


def nobody_is_forgotten(facts: list[Fact], alerts: list[Alert]) -> bool:
    """Whether a balance that is below now was told of at or after it last came up to it."""
    put_on = sum((fact.amount for fact in facts if fact.amount > 0), Decimal(0))
    balance = sum((fact.amount for fact in facts), Decimal(0))
    if balance >= THRESHOLD or (put_on == 0 and balance >= 0):
        return True
    if not alerts:
        return False
    last = max(alerts, key=lambda each: Decimal(each.crossing.removeprefix("put_on:")))
    if Decimal(last.crossing.removeprefix("put_on:")) == put_on:
        return True
    after, highest = Decimal(0), []
    for fact in facts:
        before, after = after, after + fact.amount
        if f"{START + fact.hour * HOUR:%Y-%m-%dT%H:%M:%SZ}" >= last.payload["used_until"]:
            highest.append(max(before, after))
    return not any(level >= THRESHOLD for level in highest)
