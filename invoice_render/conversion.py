"""Other currencies on the frozen document: the rate of its prices, the seller's accounts.

Here: fields of the document, as frozen as the rest of it (`document`). Keep out: converting.
"""

from datetime import date
from typing import Literal

from invoice_render.frozen import Frozen, Number


class Exchange(Frozen):
    """The rate that turned list prices into the document's currency.

    With `daily` each day's usage has the rate of that day; this is the last of them.
    """

    base_currency: str
    quote_currency: str
    rate: Number
    rate_date: date
    source: str
    date_rule: Literal["invoice_date", "daily"] = "invoice_date"


class Accounting(Frozen):
    """The sums in the currency of the seller's accounts: total = net + tax.

    `rate` is how much of it one unit of the document's currency is.
    """

    currency: str
    minor_digits: int
    rate: Number
    rate_date: date
    source: str
    net: Number
    tax: Number
    total: Number
