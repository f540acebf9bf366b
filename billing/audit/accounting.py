"""What documents are worth in the currency of the seller's accounts, computed a second time.

Here: the rate of a month's documents (a credit note has that of its invoice), and net and tax of a tax group converted from the rounded
amounts. Keep out: rounding the documents themselves (`documents`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.audit import audited_tables as audited
from billing.audit.catalog_rows import Accounts, CatalogFiles
from billing.audit.exchange import ExchangeBook, Found, last_day_of
from billing.audit.expected import Expected
from billing.audit.findings import Finding
from billing.audit.rounding import digits_of, from_minor, half_away
from billing.errors import MeterbookError


@dataclass(frozen=True)
class AccountBook:
    """Converts the documents of one month; without an accounting currency it expects nothing."""

    accounts: Accounts | None
    exchange: ExchangeBook
    month: date

    @classmethod
    def of(cls, files: CatalogFiles, exchange: ExchangeBook, month: date) -> "AccountBook":
        """Read the seller's accounting currency."""
        return cls(files.accounts, exchange, month)

    def expect(self, expected: Expected, organization_id: str) -> Iterator[Finding]:
        """Expect each tax group of an organization's documents; name the rate that is missing."""
        accounts, groups = self.accounts, expected.take_taxed()
        if accounts is None:
            return
        for key, corrects, taxable, tax, currency in groups:
            day = last_day_of(corrects or self.month)
            found = self._rate(accounts, currency, day)
            if found is None:
                yield self._missing(accounts, organization_id, currency, day)
                return
            net, vat = (_converted(each, found.rate, accounts.currency) for each in (taxable, tax))
            digits = digits_of(accounts.currency)
            expected.add(
                audited.ACCOUNTING,
                key,
                (
                    currency,
                    taxable,
                    tax,
                    accounts.currency,
                    digits,
                    found.rate,
                    found.rate_date,
                    accounts.source,
                    from_minor(net, digits),
                    from_minor(vat, digits),
                    from_minor(net + vat, digits),
                ),
            )

    def worth(
        self, currency: str, month: date, taxable: Decimal, tax: Decimal
    ) -> tuple[object, ...]:
        """Return accounting currency, digits, rate, its day and source, net, tax and total.

        Without an accounting currency there is none of it. Raises MeterbookError without a rate.
        """
        accounts = self.accounts
        if accounts is None:
            return (None,) * 8
        day = last_day_of(month)
        found = self._rate(accounts, currency, day)
        if found is None:
            raise MeterbookError(
                f"the seller's accounts need the rate of {currency} to {accounts.currency} of "
                f"{accounts.source} on {day}, and there is none"
            )
        net, vat = (_converted(each, found.rate, accounts.currency) for each in (taxable, tax))
        digits = digits_of(accounts.currency)
        amounts = (from_minor(each, digits) for each in (net, vat, net + vat))
        how = (digits, found.rate, found.rate_date, accounts.source)
        return (accounts.currency, *how, *amounts)

    def _rate(self, accounts: Accounts, currency: str, day: date) -> Found | None:
        pair = (accounts.source, currency, accounts.currency)
        return self.exchange.find(pair, day, accounts.max_age_days)

    def _missing(
        self, accounts: Accounts, organization_id: str, currency: str, day: date
    ) -> Finding:
        age = accounts.max_age_days
        limit = "" if age is None else f", at most {age} days old"
        pair = f"{currency} to {accounts.currency}"
        return Finding(
            organization_id,
            self.month,
            "accounting_rate",
            pair,
            f"a rate of {accounts.source} on {day}{limit}",
            "none",
            f"{organization_id}: the seller's accounts need the rate of {pair} of "
            f"{accounts.source} on {day}{limit}, and there is none",
        )


def _converted(amount: Decimal, rate: Decimal, currency: str) -> int:
    """Return an amount at a rate in minor units of a currency, half away from zero."""
    return half_away(Fraction(amount) * Fraction(rate) * 10 ** digits_of(currency))
