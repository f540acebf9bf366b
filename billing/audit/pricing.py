"""Which rows price a usage, and its unit prices in the document's currency.

Here: list price or negotiated price, what a region adds and a contract takes off, the exchange
rate and the one rounding; and the reasons why
there is no price. Add here when a contract changes a unit price in another way. Keep out:
quantities and amounts (`rating`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from billing.audit.catalog_rows import Contract, ContractPrice, Price
from billing.audit.exchange import ExchangeBook, Found, rate_day
from billing.audit.price_book import PriceBook, Wanted, of_largest_band
from billing.audit.price_rows import PriceAdjustment, RegionUplift
from billing.audit.rounding import CONTEXT, exact_product
from billing.audit.terms import Slice, Terms


class Gap(NamedTuple):
    """Billable usage that cannot be priced, and why."""

    problem: str
    wanted: Wanted
    detail: str


class PriceRows(NamedTuple):
    """The rows that price a usage; at least one of the prices is there.

    `uplift` belongs to the list price, `adjustment` to a list price that is the one applied.
    """

    contract: Contract
    listed: Price | None
    agreed: ContractPrice | None
    uplift: RegionUplift | None = None
    adjustment: PriceAdjustment | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What prices a usage, after conversion per single unit, `unit_price` per `package_size`.

    `exchange_rate` is None when list price and the one that applies are in two currencies, and so
    is its date, also where nothing is converted.
    """

    contract_id: str
    price_id: str
    contract_price_id: str
    context_above_tokens: int
    exchange_rate: Decimal | None
    list_price: Decimal
    unit_price: Decimal
    uplift_id: str = ""
    uplift_pct: Decimal = Decimal(0)
    adjustment_id: str = ""
    off_pct: Decimal = Decimal(0)
    price_currency: str = ""
    package_size: int = 1
    exchange_rate_date: date | None = None


class PriceFinder:
    """Finds the rows that price one organization's usage."""

    def __init__(self, terms: Terms, book: PriceBook) -> None:
        self.terms = terms
        self._book = book
        self._agreed: dict[tuple[str, str, str, str], list[ContractPrice]] = {}
        for row in terms.contract_prices:
            key = (row.contract_id, row.model_id, row.meter, row.service_tier)
            self._agreed.setdefault(key, []).append(row)

    def rows(self, at: datetime, wanted: Wanted) -> PriceRows | Gap:
        """Return the rows that price `wanted` at an instant, or why there are none."""
        contracts = self.terms.contracts_at(at)
        if len(contracts) != 1:
            problem = "two_contracts" if contracts else "no_contract"
            return Gap(problem, wanted, ", ".join(row.contract_id for row in contracts))
        listed = self._book.find(wanted, at)
        agreed = self._negotiated(wanted, contracts[0].contract_id, at)
        if len(listed) > 1 or len(agreed) > 1:
            ids = [row.price_id for row in listed] + [row.contract_price_id for row in agreed]
            return Gap("two_prices", wanted, ", ".join(ids))
        if not listed and not agreed:
            return Gap("no_price", wanted, f"at {at:%Y-%m-%d %H:%M} UTC")
        rows = PriceRows(contracts[0], next(iter(listed), None), next(iter(agreed), None))
        return self._changed(rows, wanted, at)

    def _changed(self, rows: PriceRows, wanted: Wanted, at: datetime) -> PriceRows:
        """Add what changes a list price; an agreed one stands as it is."""
        if rows.listed is not None and not rows.listed.region:
            rows = rows._replace(uplift=self._book.uplift(wanted, at))
        if rows.agreed is None:
            contract_id = rows.contract.contract_id
            off = self.terms.adjustment_at(at, contract_id, wanted.model_id)
            rows = rows._replace(adjustment=off)
        return rows

    def _negotiated(self, wanted: Wanted, contract_id: str, at: datetime) -> list[ContractPrice]:
        key = (contract_id, wanted.model_id, wanted.meter, wanted.service_tier)
        valid = [row for row in self._agreed.get(key, ()) if self.terms.is_valid(row, at)]
        return of_largest_band(valid, wanted.context_band) if valid else []


class Pricer:
    """Finds the prices of one organization's usage.

    Late usage has the prices of its own month and, unless its contract has daily rates, the
    exchange rate of the document that bills it.
    """

    def __init__(
        self, terms: Terms, book: PriceBook, exchange: ExchangeBook, billing_month: date
    ) -> None:
        self._finder = PriceFinder(terms, book)
        self._exchange = exchange
        self._billing_month = billing_month
        self._known: dict[tuple[Slice, Wanted], Applied | Gap] = {}
        self._converted: dict[tuple[PriceRows, date], Applied] = {}

    def price(self, slice_: Slice, wanted: Wanted) -> Applied | Gap:
        """Return what prices `wanted` in a slice: a contract's price before the list's."""
        found = self._known.get((slice_, wanted))
        if found is None:
            rows = self._finder.rows(slice_.starts_at, wanted)
            found = rows if isinstance(rows, Gap) else self._apply(rows, wanted, slice_.starts_at)
            self._known[slice_, wanted] = found
        return found

    def rate(self, contract_id: str, currency: str, used_at: datetime) -> Found | None:
        """Return what a currency is on the day that a contract asks for, None without a rate."""
        terms = self._finder.terms
        (source,) = [
            row.exchange_source for row in terms.contracts if row.contract_id == contract_id
        ]
        pair = (source, currency, terms.profile.currency)
        age = terms.exchange_term(contract_id).max_age_days
        return self._exchange.find(pair, self._day(contract_id, used_at), age)

    def digits(self, contract_id: str, currency: str) -> int:
        """Return to how many decimals a price in `currency` is rounded."""
        terms = self._finder.terms
        is_converted = currency != terms.profile.currency
        return terms.exchange_term(contract_id).price_digits if is_converted else 12

    def no_rate(self, contract_id: str, currency: str, used_at: datetime) -> str:
        """Name the rate that is missing: its pair, its source and its day."""
        terms = self._finder.terms
        sources = [row.exchange_source for row in terms.contracts if row.contract_id == contract_id]
        age = terms.exchange_term(contract_id).max_age_days
        limit = "" if age is None else f", at most {age} days old"
        return (
            f"{currency} to {terms.profile.currency} of {', '.join(sources)} on "
            f"{self._day(contract_id, used_at)}{limit}"
        )

    def _day(self, contract_id: str, used_at: datetime) -> date:
        terms = self._finder.terms
        term, zone = terms.exchange_term(contract_id), terms.profile.zone
        return rate_day(term, used_at, zone, self._billing_month)

    def _apply(self, rows: PriceRows, wanted: Wanted, used_at: datetime) -> Applied | Gap:
        key = (rows, self._day(rows.contract.contract_id, used_at))
        known = self._converted.get(key)
        if known is not None:
            return known
        found = self._convert(rows, wanted, used_at)
        if isinstance(found, Applied):
            self._converted[key] = found
        return found

    def _convert(self, rows: PriceRows, wanted: Wanted, used_at: datetime) -> Applied | Gap:
        contract_id = rows.contract.contract_id
        rates, prices = {}, []
        found = [row for row in (rows.listed, rows.agreed) if row is not None]
        for row in found:
            rate = self.rate(contract_id, row.currency, used_at)
            if rate is None:
                missing = self.no_rate(contract_id, row.currency, used_at)
                return Gap("no_exchange_rate", wanted, missing)
            rates[row.currency] = rate
            digits = self.digits(contract_id, row.currency)
            prices.append((row.unit_price, rate.rate, digits))
        raised = CONTEXT.add(1, rows.uplift.pct) if rows.uplift else Decimal(1)
        left = CONTEXT.subtract(1, rows.adjustment.pct) if rows.adjustment else Decimal(1)
        if rows.agreed is not None:
            unit_price = exact_product(*prices[-1])
        else:
            unit_price = _changed_price(prices[0], raised, left)
        one = next(iter(rates.values())) if len(rates) == 1 else None
        return Applied(
            contract_id,
            rows.listed.price_id if rows.listed else "",
            rows.agreed.contract_price_id if rows.agreed else "",
            found[0].context_above_tokens,
            one.rate if one else None,
            _changed_price(prices[0], raised, Decimal(1)),
            unit_price,
            rows.uplift.uplift_id if rows.uplift else "",
            rows.uplift.pct if rows.uplift else Decimal(0),
            rows.adjustment.adjustment_id if rows.adjustment else "",
            rows.adjustment.pct if rows.adjustment else Decimal(0),
            found[0].currency,
            exchange_rate_date=one.rate_date if one else None,
        )


def _changed_price(price: tuple[Decimal, Decimal, int], raised: Decimal, left: Decimal) -> Decimal:
    """Multiply a price, its factors and its exchange rate exactly, then round once."""
    amount, rate, digits = price
    return exact_product(CONTEXT.multiply(CONTEXT.multiply(amount, raised), left), rate, digits)
