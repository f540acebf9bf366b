"""What a customer orders: a plan, or models one by one.

Here: reading and judging an order before anything is written. Keep out: whether the customer may
subscribe now (`subscribing`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from billing.books.accounts import Item
from billing.catalog import known
from billing.errors import MeterbookError, Problem
from billing.money import minor_digits
from billing.subscriptions.files import CustomerFiles

FIELDS = ("modelId", "channelTier", "dailyCallLimit", "monthlyTokenCap", "monthlyFee")
LARGEST_COUNT = 10**15
PLAN = "plan"
CUSTOM = "custom"
_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]+)?")


@dataclass(frozen=True)
class Order:
    """A plan by its id, or items; items carry no subscription yet."""

    plan_id: str = ""
    items: tuple[Item, ...] = ()

    @property
    def kind(self) -> str:
        """What it buys: a plan, or models one by one."""
        return PLAN if self.plan_id else CUSTOM


@dataclass(frozen=True)
class _Reader:
    """Reads the items of one order, in a currency; what is wrong is collected with its place."""

    files: CustomerFiles
    name: str
    currency: str

    def item(self, number: int, row: object) -> Item | list[Problem]:
        """One item, or everything that is wrong with it."""
        if not isinstance(row, dict):
            return [self._problem(number, None, "is no object", f"Give it {', '.join(FIELDS)}")]
        fields = {"monthlyFee": self._listed_fee(row), **row}
        problems = [self._problem(number, *wrong) for wrong in self._wrong(fields)]
        return problems or Item(
            "",
            fields["modelId"],
            fields["channelTier"],
            fields["dailyCallLimit"],
            fields["monthlyTokenCap"],
            Decimal(fields["monthlyFee"]),
        )

    def repeated(self, number: int, model_id: str) -> Problem:
        """The problem of a model that an earlier item has."""
        return self._problem(number, "modelId", f"{model_id} is there twice", "Order a model once")

    def _problem(self, number: int, field: str | None, message: str, remedy: str) -> Problem:
        return Problem(self.name, message, remedy, number, field)

    def _listed_fee(self, row: Mapping[str, object]) -> str | None:
        model, tier = str(row.get("modelId")), str(row.get("channelTier"))
        return self.files.item_fee(model, tier, self.currency)

    def _wrong(self, fields: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
        for field in sorted(fields.keys() - FIELDS):
            yield field, "is unknown", f"Use {', '.join(FIELDS)}"
        model = fields.get("modelId")
        if not isinstance(model, str) or not self.files.has("models", "model_id", model):
            yield "modelId", f"{model!r} is no model", "Name one of models.csv"
        tier = fields.get("channelTier")
        if tier not in known.CHANNEL_TIERS:
            tiers = ", ".join(known.CHANNEL_TIERS)
            yield "channelTier", f"{tier!r} is no tier", f"Use one of {tiers}"
        for field in ("dailyCallLimit", "monthlyTokenCap"):
            count = fields.get(field)
            if type(count) is not int or not 0 < count <= LARGEST_COUNT:
                remedy = f"Write a whole number from 1 to {LARGEST_COUNT}"
                yield field, f"{count!r} is no limit", remedy
        fee = fields["monthlyFee"]
        if not self._is_fee(fee):
            remedy = (
                f'Write the fee in {self.currency} as text, like "240.00", or leave it out and '
                "add the model with this tier to item_fees.csv"
            )
            yield "monthlyFee", f"{fee!r} is no fee" if fee else "is missing", remedy

    def _is_fee(self, text: object) -> bool:
        """Whether it is whole minor units of the currency, zero or more, written as text."""
        if not isinstance(text, str) or not _MONEY.fullmatch(text):
            return False
        decimals = text.partition(".")[2].rstrip("0")
        return len(decimals) <= minor_digits(self.currency)


def plan_order(files: CustomerFiles, plan_id: str, currency: str) -> Order:
    """Order a plan. Raises MeterbookError when there is none of this id in this currency."""
    if not files.has("plans", "plan_id", plan_id):
        raise MeterbookError(f"There is no plan {plan_id!r}. Name one of plans.csv.")
    sold_in = files.plan_currency(plan_id)
    if sold_in != currency:
        raise MeterbookError(
            f"{plan_id} is sold in {sold_in}, the customer is billed in {currency}: fees are not "
            "converted. Order a plan in the customer's currency."
        )
    return Order(plan_id)


def custom_order(files: CustomerFiles, text: str, name: str, currency: str) -> Order:
    """Read what was bought model by model: a JSON array of objects with `FIELDS`.

    An item without monthlyFee costs what item_fees.csv says. Raises MeterbookError naming every
    item and field that cannot be taken; `name` is the file's.
    """
    try:
        bought = json.loads(text, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise MeterbookError(f"{name}: is not JSON ({error}). Write an array of items.") from error
    if not isinstance(bought, list) or not bought:
        raise MeterbookError(f"{name}: is no list of items. Write an array with one or more.")
    reader = _Reader(files, name, currency)
    problems: list[Problem] = []
    items: dict[str, Item] = {}
    for number, row in enumerate(bought, 1):
        item = reader.item(number, row)
        if not isinstance(item, Item):
            problems += item
        elif item.model_id in items:
            problems.append(reader.repeated(number, item.model_id))
        else:
            items[item.model_id] = item
    if problems:
        raise MeterbookError("\n".join(str(problem) for problem in problems))
    return Order(items=tuple(items.values()))
