"""What a document says about other currencies than its own.

Here: the rate of its prices, and its sums in the currency of the seller's accounts. Keep out:
converting anything.
"""

from collections.abc import Iterator

from invoice_render.document import Document
from invoice_render.formatting import Formats, formats_of
from invoice_render.messages import Messages
from invoice_render.text import plain


def rate_notes(document: Document, formats: Formats, messages: Messages) -> Iterator[str]:
    """Yield one sentence for each of the two, where there is one."""
    exchange, accounting = document.exchange, document.accounting
    if exchange is not None:
        name = "exchange_daily" if exchange.date_rule == "daily" else "exchange"
        yield messages.words[name].format(
            base=exchange.base_currency,
            quote=exchange.quote_currency,
            rate=formats.rate(exchange.rate),
            source=plain(messages.rate_source(exchange.source)),
            day=formats.period(exchange.rate_date, exchange.rate_date),
        )
    if accounting is not None:
        money = formats_of(document.locale, accounting.currency, accounting.minor_digits).money
        yield messages.words["accounting"].format(
            currency=accounting.currency,
            net=money(accounting.net),
            tax=money(accounting.tax),
            total=money(accounting.total),
            base=document.currency,
            rate=formats.rate(accounting.rate),
            source=plain(messages.rate_source(accounting.source)),
            day=formats.period(accounting.rate_date, accounting.rate_date),
        )
