"""Two clients who act on the same customers at the same time, and what each of them was told.

Here: threads with books of their own connection, what they choose, and a clock that ticks once
each time it is asked, so that instants name the order in which acts held the books. Keep out:
what must be true (`account_rules`), and comparing.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from billing.books import open_books
from billing.books.accounts import keys, subscriptions
from billing.clock import Clock
from billing.errors import MeterbookError
from billing.prepaid.moving import Movement, move
from billing.prepaid.topping_up import top_up
from billing.subscriptions import Act, CustomerFiles
from billing.subscriptions.changing import change
from billing.subscriptions.keys import create_key, end_key_now, regenerate_key
from billing.subscriptions.orders import Order, custom_order, plan_order
from billing.subscriptions.subscribing import cancel, renew, subscribe
from tests.billing.subscriptions.conftest import NOON
from tests.billing.subscriptions.test_changing import MORE
from tests.billing.subscriptions.test_subscribing import ITEMS

CUSTOMER, OTHER, PROJECT = "org_fjord", "org_harbor", "proj_fjord_app"
JUMPS = (3_600, 86_400, 20 * 86_400, 45 * 86_400)
SECOND = timedelta(seconds=1)
Usage = list[tuple[date, datetime, Decimal]]


@dataclass(frozen=True)
class Ticking(Clock):
    """A clock of whole seconds that never says the same twice, whoever asks."""

    last: list[datetime] = field(default_factory=lambda: [NOON])
    lock: Any = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        return self.jump(1)

    def jump(self, seconds: int) -> datetime:
        with self.lock:
            self.last[0] += seconds * SECOND
            return self.last[0]


@dataclass
class Event:
    """What a client did, and what became of it: `done`, or refused where there is none."""

    client: str
    kind: str
    says: dict[str, Any]
    at: datetime | None = None
    done: Any = None
    refused: str = ""


@dataclass
class Place:
    """What both clients share."""

    url: str
    files: CustomerFiles
    clock: Ticking = field(default_factory=Ticking)
    usage: dict[str, Usage] = field(default_factory=lambda: {CUSTOMER: [], OTHER: []})

    def used(self, who: str) -> Usage:
        """What is known of usage now."""
        return list(self.usage[who])

    def order(self, what: str) -> Order:
        if what == "plan":
            return plan_order(self.files, "plan_studio", "USD")
        return custom_order(self.files, {"items": ITEMS, "more": MORE}[what], "order.json", "USD")


class Client:
    """One of them: chooses by chance among what it sees, and keeps what it was told."""

    def __init__(self, place: Place, name: str, chance: Random, steps: int) -> None:
        self.place, self.name, self.chance, self.steps = place, name, chance, steps
        self.events: list[Event] = []
        self.failed: BaseException | None = None

    def run(self, start: threading.Barrier) -> None:
        try:
            with open_books(self.place.url) as self.books:
                start.wait(timeout=60)
                for _ in range(self.steps):
                    time.sleep(self.chance.choice((0, 0, 0.001, 0.003, 0.01)))
                    self._step()
        except BaseException as error:  # noqa: BLE001  # the test raises it again
            self.failed = error

    def _step(self) -> None:
        with self.books.reading() as connection:
            bought = [each.subscription_id for each in subscriptions(connection, CUSTOMER)]
            held = [each.api_key_id for each in keys(connection, CUSTOMER)]
        customer = self.place.files.customer(CUSTOMER)
        held = held or [each.api_key_id for each in self.place.files.keys(customer)]
        kinds = ["subscribe", "subscribe", "create", "regenerate", "end_key", "time", "use"]
        kinds += ["top_up", "top_up", "refund", "transfer", "transfer"]
        kinds += ["renew", "renew", "change", "cancel"] if bought else []
        kind, choose = self.chance.choice(kinds), self.chance.choice
        if kind == "time":
            self.place.clock.jump(choose(JUMPS))
        elif kind == "use":
            self._use(choose((CUSTOMER, OTHER)), choose(("7.25", "30.00", "110.00")))
        elif kind in {"top_up", "refund", "transfer"}:
            self._money(kind)
        else:
            self._account(kind, bought, held)

    def _use(self, who: str, amount: str) -> None:
        at = self.place.clock.now()
        quarter = at - timedelta(minutes=at.minute % 15, seconds=at.second)
        self.place.usage[who].append((date(at.year, at.month, 1), quarter, Decimal(amount)))

    def _money(self, kind: str) -> None:
        choose, files = self.chance.choice, self.place.files
        who, to = choose(((CUSTOMER, OTHER), (OTHER, CUSTOMER)))
        amount, reference = choose(("5.00", "60.00", "115.00")), f"ref-{choose(range(6))}"
        used, customer = self.place.used(who), files.customer(who)
        says = {"who": who, "amount": amount, "reference": reference}
        if kind == "top_up":
            self._do("top_up", says, lambda act: top_up(
                self.books, files, customer, act, amount=amount, currency="USD",
                client_reference=reference))  # fmt: skip
            return
        side = files.customer(to) if kind == "transfer" else None
        wanted = Movement(kind, amount, "USD", reference, to=side)
        says |= {"used": sum((each[2] for each in used), Decimal(0)), "to": to if side else ""}
        self._do(kind, says, lambda act: move(self.books, files, customer, act, wanted, used=used))

    def _account(self, kind: str, bought: list[str], held: list[str]) -> None:
        choose, place = self.chance.choice, self.place
        at = (self.books, place.files, place.files.customer(CUSTOMER))
        months, what = choose((None, 1, 3)), choose(("plan", "items", "more"))
        payer, at_once = choose((None, "balance")), choose((False, True))
        name = choose(bought) if bought else ""
        key = choose(held)
        acts: dict[str, tuple[dict[str, Any], Callable[[Act], Any]]] = {
            "subscribe": (
                {"months": months, "what": what},
                lambda act: subscribe(
                    *at[:3], place.order(what), act, project_id=PROJECT, months=months
                ),
            ),
            "renew": (
                {"name": name, "months": months},
                lambda act: renew(*at, name, act, months=months),
            ),
            "change": (
                {"name": name, "what": what},
                lambda act: change(*at, name, place.order(what), act),
            ),
            "cancel": (
                {"name": name, "at_once": at_once},
                lambda act: cancel(*at, name, act, at_once=at_once),
            ),
            "regenerate": ({"key": key}, lambda act: regenerate_key(*at, key, act)),
            "end_key": ({"key": key}, lambda act: end_key_now(*at, key, act, reason="disabled")),
            "create": (
                {"payer": payer},
                lambda act: create_key(*at, act, project_id=PROJECT, name="CI", payer=payer),
            ),
        }
        self._do(kind, *acts[kind])

    def _do(self, kind: str, says: dict[str, Any], do: Callable[[Act], Any]) -> None:
        act, event = Act(self.place.clock, self.name), Event(self.name, kind, says)
        try:
            event.done = do(act)
        except MeterbookError as error:
            event.refused = str(error)
        event.at = act.__dict__.get("at")
        self.events.append(event)


def act_at_once(place: Place, seed: int, steps: int) -> list[Event]:
    """Let two clients act; returns what they did in the order in which they held the books."""
    start = threading.Barrier(2)
    clients = [Client(place, name, Random(f"{seed} {name}"), steps) for name in ("ada", "bob")]  # noqa: S311  # no secret
    threads = [threading.Thread(target=each.run, args=(start,)) for each in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
        assert not thread.is_alive(), "a client waits for ever"
    for client in clients:
        if client.failed is not None:
            raise client.failed
    return sorted(
        (event for client in clients for event in client.events),
        key=lambda event: event.at or datetime.max.replace(tzinfo=NOON.tzinfo),
    )
