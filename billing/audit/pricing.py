"""Which rows price a usage, and its unit prices in the document's currency.

Here: list price or negotiated price, the exchange rate and its rounding; and the reasons why
there is no price. Add here when a contract changes a unit price in another way. Keep out:
quantities and amounts (`rating`).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from billing.audit.catalog_rows import Contract, ContractPrice, Price
from billing.audit.price_book import ExchangeBook, PriceBook, Wanted, of_largest_band
from billing.audit.rounding import exact_product
from billing.audit.terms import Slice, Terms


class Gap(NamedTuple):
    """Billable usage that cannot be priced, and why."""

    problem: str
    wanted: Wanted
    detail: str


@dataclass(frozen=True, slots=True)
class Applied:
    """The rows that price a usage, and prices per single unit after conversion."""

    contract_id: str
    price_id: str
    contract_price_id: str
    context_above_tokens: int
    list_price: Decimal
    unit_price: Decimal


class Pricer:
    """Finds the prices of one organization's usage."""

    def __init__(self, terms: Terms, book: PriceBook, exchange: ExchangeBook) -> None:
        self._terms = terms
        self._book = book
        self._exchange = exchange
        self._known: dict[tuple[Slice, Wanted], Applied | Gap] = {}

    def price(self, slice_: Slice, wanted: Wanted) -> Applied | Gap:
        """Return what prices `wanted` in a slice: a contract's price before the list's."""
        found = self._known.get((slice_, wanted))
        if found is None:
            found = self._known[slice_, wanted] = self._choose(slice_, wanted)
        return found

    def _choose(self, slice_: Slice, wanted: Wanted) -> Applied | Gap:
        at = slice_.starts_at
        contracts = self._terms.contracts_at(at)
        if len(contracts) != 1:
            problem = "two_contracts" if contracts else "no_contract"
            return Gap(problem, wanted, ", ".join(row.contract_id for row in contracts))
        listed = self._book.find(wanted, at)
        own = self._negotiated(wanted, contracts[0].contract_id, at)
        if len(listed) > 1 or len(own) > 1:
            ids = [row.price_id for row in listed] + [row.contract_price_id for row in own]
            return Gap("two_prices", wanted, ", ".join(ids))
        if not listed and not own:
            return Gap("no_price", wanted, f"at {at:%Y-%m-%d %H:%M} UTC")
        return self._converted(slice_, wanted, contracts[0], (listed, own))

    def _converted(
        self,
        slice_: Slice,
        wanted: Wanted,
        contract: Contract,
        rows: tuple[list[Price], list[ContractPrice]],
    ) -> Applied | Gap:
        prices = []
        found: tuple[Price | ContractPrice, ...] = (*rows[0], *rows[1])
        for row in found:
            rate = self._exchange.find(
                contract.exchange_source,
                row.currency,
                self._terms.profile.currency,
                slice_.window.service_month,
            )
            if rate is None:
                pair = f"{row.currency} to {self._terms.profile.currency}"
                return Gap("no_exchange_rate", wanted, f"{pair} of {contract.exchange_source}")
            prices.append(exact_product(row.unit_price, rate))
        return Applied(
            contract.contract_id,
            rows[0][0].price_id if rows[0] else "",
            rows[1][0].contract_price_id if rows[1] else "",
            found[0].context_above_tokens,
            prices[0],
            prices[-1],
        )

    def _negotiated(self, wanted: Wanted, contract_id: str, at: datetime) -> list[ContractPrice]:
        valid = [
            row
            for row in self._terms.contract_prices
            if (row.contract_id, row.model_id, row.meter, row.service_tier)
            == (contract_id, wanted.model_id, wanted.meter, wanted.service_tier)
            and self._terms.is_valid(row, at)
        ]
        return of_largest_band(valid, wanted.context_band)
