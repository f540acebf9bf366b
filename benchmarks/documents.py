"""Processor time of each form of a document, once everything is loaded.

Here: one invoice of few lines and one of many, made of plain numbers. Keep out: how forms look.
"""

import argparse
import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from time import process_time
from typing import Any

from invoice_render import html, pdf
from invoice_render.document import Document
from invoice_render.einvoice.profiles import profiles
from invoice_render.forms import forms
from invoice_render.forms.contract import Form, Source

PARTY = {
    "street": "Lindenstraße 12",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "vat_id": "DE136695976",
    "contact_name": "Accounts",
    "phone": "+49 30 5550 1200",
    "email": "billing@anyint.example",
    "endpoint_id": "DE136695976",
    "endpoint_scheme": "9930",
}
DAY = date(2026, 10, 31)


def invoice(lines: int) -> Document:
    """An invoice of so many lines of 1.00 at 19 %."""
    net, tax = Decimal(lines), (Decimal(lines) * Decimal("0.19")).quantize(Decimal("0.01"))
    period = {"period_first_day": DAY.replace(day=1), "period_last_day": DAY}
    head: dict[str, Any] = {
        "kind": "invoice",
        "payment_mode": "enterprise",
        "number": "INV-2026-000001",
        "issued_at": datetime(2026, 11, 4, tzinfo=UTC),
        "issue_date": date(2026, 11, 4),
        "billing_month": "2026-10",
        **period,
        "zone": "Europe/Berlin",
        "currency": "EUR",
        "minor_digits": 2,
        "locale": "de_DE",
        "seller": {"party_id": "seller", "legal_name": "AnyInt Europe GmbH", **PARTY},
        "buyer": {"party_id": "buyer", "legal_name": "Aurora Robotik GmbH", **PARTY},
        "buyer_reference": "AUR-1",
        "payment": {
            "due_date": date(2026, 12, 4),
            "payment_days": 30,
            "account_name": "AnyInt Europe GmbH",
            "iban": "DE89370400440532013000",
        },
        "status": "open",
        "summary": {"requests": 1, "requests_billed": 1, "not_billed": [], "meters": []},
        "models": [],
        "allowances": [],
        "forms": tuple(profiles()),
    }
    line = {
        "kind": "usage",
        "description": "GPT-5, output",
        "service_month": "2026-10",
        **period,
        "model_id": "gpt-5",
        "model_name": "GPT-5",
        "meter": "output_visible",
        "quantity": 100_000,
        "unit_price": Decimal(10),
        "base_quantity": 1_000_000,
        "amount": Decimal(1),
        "tax_category": "S",
        "tax_rate": Decimal("0.19"),
    }
    group = {
        "category": "S",
        "rate": Decimal("0.19"),
        "gross_amount": net,
        "discount_amount": Decimal(0),
        "taxable_amount": net,
        "tax_amount": tax,
    }
    totals = {"subtotal": net, "discount": Decimal(0), "taxable": net, "tax": tax}
    totals |= {"total": net + tax, "prepaid": Decimal(0), "amount_due": net + tax}
    rows = [{"number": number, **line} for number in range(1, lines + 1)]
    return Document.model_validate({**head, "lines": rows, "taxes": [group], "totals": totals})


def _maker(form: Form) -> Callable[[Document], object]:
    return lambda document: form.make(Source(document))


def milliseconds(make: Callable[[Document], object], document: Document, rounds: int) -> float:
    """The median processor time of a form, each time of another document, after one for what is kept."""
    make(document)
    taken = []
    for serial in range(rounds):
        other = document.model_copy(update={"number": f"INV-2026-{serial:06}"})
        start = process_time()
        make(other)
        taken.append(process_time() - start)
    return statistics.median(taken) * 1000


def main() -> None:
    """Print a table of forms by number of lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    made: dict[str, Callable[[Document], object]] = {"html": html.render, "pdf": pdf.render}
    made |= {name: _maker(forms()[name]) for name in profiles()}
    documents = {lines: invoice(lines) for lines in (10, 80)}
    print("form", *(f"{lines} lines" for lines in documents), sep=" | ")
    for name, make in made.items():
        times = (f"{milliseconds(make, each, rounds):.1f}" for each in documents.values())
        print(name, *times, sep=" | ")


if __name__ == "__main__":
    main()
