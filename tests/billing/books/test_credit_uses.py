"""No more of a credit is used than was granted, whoever writes to the books.

The books hold a use of 30.00 of a coupon of 100.00 in October.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.books import Books
from billing.books.closing import close_month
from billing.books.credit_uses import CreditUse, CreditUsed, post_uses
from billing.books.documents import file_document
from billing.books.numbering import take_number
from billing.errors import BooksError
from billing.periods import BillingMonth
from tests.billing.books.conftest import NOW, OCTOBER, credit_use, registration

NOVEMBER = OCTOBER.next
FIRST, SECOND = "INV-2026-000001", "INV-2026-000002"


def use_in_november(books: Books, *uses: CreditUse, subtotal: int = 500) -> None:
    """Close November with a document of 4.99 before tax that uses credits."""
    with books.writing() as connection:
        close_month(connection, "org_aurora", NOVEMBER, 1, NOW)
        take_number(connection, "anyint_eu", "invoice", 2026)
        amounts = {
            "subtotal_minor": subtotal,
            "taxable_minor": subtotal - 1,
            "total_minor": subtotal + 6,
            "amount_due_minor": subtotal + 6,
        }
        document = replace(registration(SECOND, 2, month=NOVEMBER), **amounts)
        file_document(connection, document, b"{}", {})
        post_uses(connection, "org_aurora", NOVEMBER, uses)


def test_the_rest_of_a_grant_can_be_used_to_the_last_unit(books: Books) -> None:
    use_in_november(books, credit_use(SECOND, amount_minor=7_000))
    used = [(row.credit_id, row.granted, row.used) for row in books.credits_used(NOVEMBER.next)]
    assert used == [("welcome", Decimal("100.00"), Decimal("100.00"))]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"amount_minor": 7_001}, "no more of a credit can be used than was granted"),
        ({"amount_minor": 10_001}, "no more of a credit|credit_use_granted"),
        ({"granted_minor": 20_000}, "keeps its owner, kind, currency and granted amount"),
        ({"kind": "service"}, "keeps its owner, kind, currency and granted amount"),
        ({"amount_minor": 0}, "credit_use_amount"),
        ({"amount_minor": -5}, "credit_use_amount"),
        ({"kind": "gift"}, "credit_use_kind|keeps its owner"),
        ({"grant_month": NOVEMBER.next}, "credit_use_grant_month"),
        ({"currency": "USD"}, "keeps its owner|(?i:foreign key constraint)"),
        ({"number": "INV-2026-000009"}, "(?i)foreign key constraint"),
    ],
)
def test_a_use_that_breaks_a_rule_is_refused(
    books: Books, change: dict[str, Any], rule: str
) -> None:
    use = replace(credit_use(SECOND, amount_minor=100), **change)
    with pytest.raises(BooksError, match=rule):
        use_in_november(books, use)
    assert ("org_aurora", NOVEMBER) not in books.finalized()


def test_one_month_granting_anew_leaves_the_other_alone(books: Books) -> None:
    monthly = credit_use(SECOND, grant_month=NOVEMBER, amount_minor=10_000)
    use_in_november(books, monthly)
    used = [(row.grant_month, row.used) for row in books.credits_used(NOVEMBER.next)]
    assert used == [(date(2026, 10, 1), Decimal("30.00")), (date(2026, 11, 1), Decimal("100.00"))]


def test_a_month_before_a_use_can_use_the_credit_no_more(books: Books) -> None:
    use_in_november(books, credit_use(SECOND))
    early = credit_use(FIRST, credit_id="welcome")
    rule = "a later month has used this credit already|append-only"
    with pytest.raises(BooksError, match=rule), books.writing() as connection:
        post_uses(connection, "org_aurora", OCTOBER, [early])


def test_a_month_starts_from_the_uses_before_it_and_not_from_its_own(books: Books) -> None:
    assert books.credits_used(OCTOBER) == []
    assert books.credits_used(NOVEMBER) == [
        CreditUsed("org_aurora", "welcome", date(2026, 10, 1), Decimal("100.00"), Decimal("30.00"))
    ]


def test_nets_are_those_of_months_before(books: Books) -> None:
    use_in_november(books)
    december: BillingMonth = NOVEMBER.next
    assert books.billed_nets(OCTOBER) == []
    nets = [(row.billed_month, row.net) for row in books.billed_nets(december)]
    assert nets == [
        (date(2026, 10, 1), Decimal("9999999999999.99")),
        (date(2026, 11, 1), Decimal("4.99")),
    ]
