"""Books with invoices that ask for money: two customers, two currencies.

Here: filing an invoice or a note with one call. Keep out: what is paid.
"""

from datetime import UTC, date, datetime

from billing.books import Books
from billing.books.closing import close_month
from billing.books.documents import Registration, file_document
from billing.books.numbering import take_number
from billing.periods import BillingMonth

NOW = datetime(2026, 12, 20, 12, tzinfo=UTC)
OCTOBER = BillingMonth(2026, 10)


def file(  # noqa: PLR0913  # each is one field of an invoice
    books: Books,
    total: int,
    due: str = "2026-12-05",
    *,
    organization_id: str = "org_aurora",
    currency: str = "EUR",
    digits: int = 2,
    month: BillingMonth = OCTOBER,
    corrects: str = "",
    payment_mode: str = "enterprise",
    prepaid: int = 0,
    zone: str = "Europe/Berlin",
    seller: tuple[str, int] = ("anyint_eu", 2026),
) -> str:
    """File an invoice, or a note on one, of `total` minor units; returns its number.

    `seller` is its id with the year of its series: sellers share no number.
    """
    seller_id, year = seller
    kind = "credit_note" if corrects else "invoice"
    with books.writing() as connection:
        serial, number = take_number(connection, seller_id, kind, year)
        known = (organization_id, month) in books.finalized()
        if not known:
            close_month(connection, organization_id, month, 0, NOW)
        entry = Registration(
            number=number,
            seller_id=seller_id,
            kind=kind,
            year=year,
            serial=serial,
            organization_id=organization_id,
            billing_month=month,
            payment_mode=payment_mode,
            zone=zone,
            currency=currency,
            minor_digits=digits,
            subtotal_minor=total,
            discount_minor=0,
            taxable_minor=total,
            tax_minor=0,
            total_minor=total,
            prepaid_minor=prepaid,
            amount_due_minor=total - prepaid,
            issue_date=date(2026, 11, 5),
            due_date=None if corrects else date.fromisoformat(due),
            corrects_number=corrects,
        )
        file_document(connection, entry, b"{}", {})
    return number
