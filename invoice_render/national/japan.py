"""Japan's qualified invoice: 適格請求書, and 適格返還請求書 for what is given back.

Here: what Art. 57-4 of the Consumption Tax Act asks to stand on it beyond the ordinary paper:
its name, the issuer's registration number, the mark of reduced rates, and totals and tax by
rate. Keep out: amounts, which are the frozen ones.
"""

import re
from dataclasses import replace
from decimal import Decimal

from stdnum.jp import cn

from invoice_render.document import Document, TaxGroup
from invoice_render.einvoice.profiles import Demand
from invoice_render.formatting import Formats, formats_of
from invoice_render.national.form import value_of
from invoice_render.national.paper import registered, titled
from invoice_render.text import plain
from invoice_render.view.invoice import InvoiceView, invoice_view
from invoice_render.view.parts import Cell, Column, Table, name_column, table

LOCALE = "ja_JP"
LAW = "Consumption Tax Act, Art. 57-4"
REDUCED_RATE = Decimal("0.08")
REDUCED = "※"
REDUCED_NOTE = "※は軽減税率8%の対象です。"
REGISTRATION_LABEL = "登録番号"


def is_registration(number: str) -> bool:
    """Whether it is `T` and a corporate number whose check digit holds."""
    return re.fullmatch(r"T\d{13}", number, re.ASCII) is not None and bool(cn.is_valid(number[1:]))


REGISTRATION = Demand(
    term="登録番号",
    name="the issuer's registration number",
    rule=LAW,
    paths=("seller.tax_number", "seller.vat_id"),
    columns=("seller.tax_number", "seller.vat_id"),
    remedy="Write T and the 13 digits of the corporate number into seller.tax_number.",
    holds=is_registration,
)
DEMANDS = (
    REGISTRATION,
    Demand(
        term="通貨",
        name="amounts in yen",
        rule=LAW,
        paths=("currency",),
        columns=("billing_profiles.currency",),
        pattern="^JPY$",
        remedy="Bill in JPY.",
    ),
)


def japan_view(document: Document) -> InvoiceView:
    """The paper in Japanese under its legal name, with sums and tax once for each rate."""
    document = document.model_copy(update={"locale": LOCALE})
    formats = formats_of(LOCALE, document.currency, document.minor_digits)
    title = "適格返還請求書" if document.kind == "credit_note" else "適格請求書"
    view = titled(invoice_view(document), document, title)
    is_reduced = any(group.rate == REDUCED_RATE for group in document.taxes)
    return replace(
        view,
        seller=registered(view.seller, REGISTRATION_LABEL, value_of(REGISTRATION, document)),
        costs=(*view.costs[:-1], _by_rate(document, formats)),
        lines=None if view.lines is None else _marked(view.lines, document),
        notes=(*view.notes, *((REDUCED_NOTE,) if is_reduced else ())),
    )


def _by_rate(document: Document, formats: Formats) -> Table:
    """The breakdown in the words of the law; it stands where the ordinary one stood, the last."""
    columns = (
        name_column("税率区分"),
        Column("適用税率"),
        Column(f"税抜対価の額 {document.currency}"),
        Column(f"消費税額等 {document.currency}"),
    )
    rows = [
        (
            Cell(_rate_name(group, formats), plain(group.exemption_reason)),
            Cell(formats.percent(group.rate) if group.category == "S" else ""),
            Cell(formats.amount(group.taxable_amount)),
            Cell(formats.amount(group.tax_amount)),
        )
        for group in document.taxes
    ]
    return table("税率ごとの合計額と消費税額等", columns, rows)


def _rate_name(group: TaxGroup, formats: Formats) -> str:
    if group.category == "S":
        mark = REDUCED if group.rate == REDUCED_RATE else ""
        return f"{formats.percent(group.rate)}対象{mark}"
    names = {"E": "非課税", "Z": "免税", "G": "輸出免税", "O": "対象外"}
    return names.get(group.category, plain(group.category))


def _marked(lines: Table, document: Document) -> Table:
    """The lines, each of the reduced rate with its mark; they stand in the document's order."""
    frozen = iter(document.lines)
    groups = [
        replace(group, rows=tuple(_mark(cells, next(frozen).tax_rate) for cells in group.rows))
        for group in lines.groups
    ]
    return replace(lines, groups=tuple(groups))


def _mark(cells: tuple[Cell, ...], rate: Decimal) -> tuple[Cell, ...]:
    if rate != REDUCED_RATE:
        return cells
    number, name, *others = cells
    return (number, replace(name, text=f"{name.text} {REDUCED}"), *others)
