"""What the books keep of a document for the credit notes that may come on it.

Here: sums of the frozen JSON itself, in minor units. Keep out: what a note may give back
(`billing.books.crediting`, `dbt_project`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.books.documents import Parts
from billing.periods import BillingMonth

KEPT_AS = {
    "maximum": "maximum",
    **dict.fromkeys(("coupon", "promotional", "service", "credited"), "credit"),
}
"""A kind of allowance, and under which the books keep it: `credited` is a note's own."""


def parts_of(document: Mapping[str, Any]) -> Parts:
    """Sum up a frozen document.

    What a minimum spend asks for is no usage that a later document could give back.
    """
    digits = document["minor_digits"]
    billed: dict[BillingMonth, int] = {}
    for line in document["lines"]:
        if line["kind"] != "true_up":
            month = BillingMonth.parse(line["service_month"])
            billed[month] = billed.get(month, 0) + _minor(line["amount"], digits)
    taxes = {
        (tax["category"], tax["rate"]): (
            _minor(tax["taxable_amount"], digits),
            _minor(tax["tax_amount"], digits),
        )
        for tax in document["taxes"]
    }
    allowances: dict[str, int] = {}
    for row in document["allowances"]:
        if row["kind"] in KEPT_AS:
            kind = KEPT_AS[row["kind"]]
            allowances[kind] = allowances.get(kind, 0) + _minor(row["amount"], digits)
    return Parts(billed, taxes, allowances)


def _minor(amount: str, digits: int) -> int:
    return int(Decimal(amount).scaleb(digits))
