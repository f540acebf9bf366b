"""Singapore's tax invoice, and the credit note on it.

Here: what Regulation 11 of the GST (General) Regulations asks to stand on it beyond the
ordinary paper: the words, the registration number, sums with and without GST, and where another
currency is billed the three sums in Singapore dollars. Keep out: converting, which is frozen.
"""

import re
from dataclasses import replace

from stdnum.sg import uen

from invoice_render.document import Document
from invoice_render.einvoice.profiles import Demand
from invoice_render.formatting import Formats, formats_of
from invoice_render.messages import messages_of
from invoice_render.national.form import value_of
from invoice_render.national.paper import registered, titled
from invoice_render.text import plain
from invoice_render.view.invoice import InvoiceView, invoice_view
from invoice_render.view.parts import Cell, Column, Fact, Table, name_column, row, table

LOCALE = "en_SG"
LAW = "GST (General) Regulations, reg. 11"
DOLLAR = "SGD"
GST_NUMBER = re.compile(r"M[0-9R]-?[0-9]{7}-?[0-9A-Z]")
WORDS = {
    "tax_summary": "GST summary",
    "total_before_tax": "Total excluding GST",
    "tax": "GST",
    "total": "Total including GST",
}


def is_registration(number: str) -> bool:
    """Whether it is a GST number, which publishes no check digit, or an entity number (UEN)."""
    return GST_NUMBER.fullmatch(number) is not None or bool(uen.is_valid(number))


REGISTRATION = Demand(
    term="GST registration number",
    name="the supplier's GST registration number",
    rule=LAW,
    paths=("seller.tax_number", "seller.vat_id"),
    columns=("seller.tax_number", "seller.vat_id"),
    remedy="Write a number like M90373010A, or the UEN, into seller.tax_number.",
    holds=is_registration,
)
DEMANDS = (
    REGISTRATION,
    Demand(
        term="SGD",
        name="sums in Singapore dollars",
        rule=LAW,
        paths=("accounting.currency", "currency"),
        columns=("seller.accounting_currency", "billing_profiles.currency"),
        pattern="^SGD$",
        remedy="Write SGD into seller.accounting_currency, or bill in SGD.",
    ),
)


def singapore_view(document: Document) -> InvoiceView:
    """The paper in English under its legal title, with the sums that the law names."""
    document = document.model_copy(update={"locale": LOCALE})
    formats = formats_of(LOCALE, document.currency, document.minor_digits)
    title = "Credit note" if document.kind == "credit_note" else "Tax invoice"
    view = titled(invoice_view(document), document, title)
    return replace(
        view,
        seller=registered(view.seller, "GST reg. no.", value_of(REGISTRATION, document)),
        costs=(*view.costs[:-1], _rates(document, formats), *_in_dollars(document)),
        totals=_named(view.totals, view.words),
    )


def _named(totals: tuple[Fact, ...], words: dict[str, str]) -> tuple[Fact, ...]:
    """The sums under the names that the law gives them."""
    legal = {words[name]: label for name, label in WORDS.items()}
    return tuple(replace(fact, label=legal.get(fact.label, fact.label)) for fact in totals)


def _rates(document: Document, formats: Formats) -> Table:
    """The breakdown, where exempt and zero-rated supplies stand apart."""
    columns = (
        name_column("Supply"),
        Column("GST rate"),
        Column(f"Excluding GST {document.currency}"),
        Column(f"GST {document.currency}"),
    )
    names = {"S": "Standard-rated", "Z": "Zero-rated", "G": "Zero-rated", "E": "Exempt"}
    rows = [
        (
            Cell(names.get(group.category, "Out of scope"), plain(group.exemption_reason)),
            Cell(formats.percent(group.rate) if group.category in ("S", "Z", "G") else ""),
            Cell(formats.amount(group.taxable_amount)),
            Cell(formats.amount(group.tax_amount)),
        )
        for group in document.taxes
    ]
    return table(WORDS["tax_summary"], columns, rows)


def _in_dollars(document: Document) -> tuple[Table, ...]:
    """The three sums as the frozen accounts have them; nothing where SGD is billed."""
    accounts = document.accounting
    if accounts is None:
        return ()
    formats = formats_of(LOCALE, accounts.currency, accounts.minor_digits)
    rows = [
        row(WORDS["total_before_tax"], formats.amount(accounts.net)),
        row(WORDS["tax"], formats.amount(accounts.tax)),
    ]
    foot = row(WORDS["total"], formats.amount(accounts.total))
    rate = f"1 {document.currency} = {formats.rate(accounts.rate)} {accounts.currency}"
    source = plain(messages_of(formats.locale).rate_source(accounts.source))
    note = f"{rate} ({source}, {formats.day(accounts.rate_date)})"
    columns = (name_column("In Singapore dollars"), Column(accounts.currency))
    return (table("Sums in Singapore dollars", columns, rows, foot, note),)
