"""Rating the rollup a second time: what some windows billed, at the exchange rates of a month.

Here: from windows over the rollup to charges, for whoever needs them once more at other rates.
Keep out: what is given back (`given_back`), documents and comparing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import duckdb

from billing.audit.catalog_rows import CatalogFiles
from billing.audit.exchange import ExchangeBook
from billing.audit.price_book import PriceBook
from billing.audit.pricing import Pricer
from billing.audit.rating import Rated, rate
from billing.audit.sliced_rollup import SlicedRollup
from billing.audit.terms import Slice, Terms, slices_of
from billing.audit.usage import REQUEST, Usage, read_usage
from billing.audit.volume_usage import read_portions, share_out
from billing.audit.volume_walk import Portion
from billing.audit.windows import Window, windows_of


@dataclass(frozen=True)
class Used:
    """Usage of one organization; `portions` is what its allowances and tiers count."""

    usage: Sequence[Usage] = ()
    portions: Sequence[Portion] = ()


@dataclass(frozen=True)
class Rater:
    """Rates usage under the catalog files."""

    connection: duckdb.DuckDBPyConnection
    files: CatalogFiles
    terms: Mapping[str, Terms]
    book: PriceBook

    def used(self, windows: Sequence[Window]) -> dict[str, Used]:
        """Read what the windows bill, by organization."""
        rollup = SlicedRollup(self.connection, self._slices(windows), self.book.clock)
        usage = read_usage(rollup, self._priced_requests)
        portions = read_portions(rollup, self.terms, self._priced_requests, self.book)
        return {key: Used(usage.get(key, ()), portions.get(key, ())) for key in {*usage, *portions}}

    def rate(self, terms: Terms, used: Used, month: date) -> Rated:
        """Rate usage at the exchange rates of `month`."""
        pricer = Pricer(terms, self.book, self._exchange, month)
        return rate(share_out(terms, used.usage, used.portions, pricer), terms, pricer)

    def rate_again(
        self, organization_id: str, service_month: date, billed_in: date, rates_of: date
    ) -> Rated:
        """Rate what an earlier month billed of a service month, under today's files."""
        terms = self.terms[organization_id]
        zones = {organization_id: terms.profile.zone}
        windows = [
            window
            for window in windows_of(self.connection, zones, billed_in)
            if window.service_month == service_month
        ]
        used = self.used(windows).get(organization_id, Used())
        return self.rate(terms, used, rates_of)

    @cached_property
    def _exchange(self) -> ExchangeBook:
        return ExchangeBook(self.files.exchange_rates)

    @cached_property
    def _priced_requests(self) -> set[str]:
        listed = {row.model_id for row in self.files.prices if row.meter == REQUEST}
        agreed = {row.model_id for row in self.files.contract_prices if row.meter == REQUEST}
        return listed | agreed

    def _slices(self, windows: Sequence[Window]) -> list[Slice]:
        return [
            slice_
            for window in windows
            for slice_ in slices_of(
                window, self.terms[window.organization_id].cuts(window), self.book.instants
            )
        ]
