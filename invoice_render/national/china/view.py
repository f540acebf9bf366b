"""The paper before the invoice: what will be asked for, to be looked at by people.

Here: the request in the shape of the ordinary paper, in Chinese. Keep out: amounts, which are
those of the request.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from invoice_render.document import Document
from invoice_render.formatting import Formats, formats_of
from invoice_render.national.china.request import LOCALE, Request, RequestParty, request_of
from invoice_render.national.paper import titled
from invoice_render.view.invoice import Headline, InvoiceView, invoice_view
from invoice_render.view.parties import PartyView
from invoice_render.view.parts import Cell, Column, Fact, Row, Table, facts, name_column, row, table

TITLES = {"blue": "增值税专用发票 开票申请", "red": "红字增值税专用发票 开票申请"}
NOT_YET = "本单是开票申请而非发票。发票号码与电子印章由税务平台生成。"
RED = "对应蓝字发票的数电发票号码与红字确认单编号由税务平台提供。"
EXEMPT = {"E": "免税", "O": "不征税"}


def china_view(document: Document) -> InvoiceView:
    """The ordinary paper in Chinese, with the lines, sums and parties of the request."""
    document = document.model_copy(update={"locale": LOCALE})
    formats = formats_of(LOCALE, document.currency, document.minor_digits)
    request = request_of(document)
    view = titled(invoice_view(document), document, TITLES[request.color])
    return replace(
        view,
        seller=_party(view.seller, request.seller),
        buyer=_party(view.buyer, request.buyer, is_buyer=True),
        facts=(*view.facts, *_platform(request)),
        headline=_headline(request, formats),
        costs=(_rates(document, request, formats),),
        totals=_totals(request, formats),
        notes=(NOT_YET, *((RED,) if request.red_letter else ()), *view.notes),
        summary=(),
        lines=_lines(request, formats),
    )


def _party(view: PartyView, party: RequestParty, *, is_buyer: bool = False) -> PartyView:
    """The party with its code and bank; the seller's phone is at the foot of every page."""
    bank = " ".join(part for part in (party.bank_name, party.bank_account) if part)
    pairs = [
        ("统一社会信用代码", party.tax_id),
        ("电话", party.phone if is_buyer else ""),
        ("开户行及账号", bank),
    ]
    return replace(view, facts=facts(pairs))


def _platform(request: Request) -> tuple[Fact, ...]:
    """What the tax platform gives a red letter, and was not given yet."""
    if request.red_letter is None:
        return ()
    letter = request.red_letter
    return (
        Fact("原数电发票号码", letter.original_platform_number or "待填"),
        Fact("红字确认单编号", letter.confirmation_number or "待填"),
    )


def _headline(request: Request, formats: Formats) -> Headline:
    sums = request.totals
    return Headline("价税合计", formats.money(sums.total), f"大写 {sums.total_in_capitals}")


def _totals(request: Request, formats: Formats) -> tuple[Fact, ...]:
    sums = request.totals
    return (
        Fact("合计金额", formats.money(sums.net_amount)),
        Fact("合计税额", formats.money(sums.tax_amount)),
        Fact("价税合计", formats.money(sums.total), is_strong=True),
    )


def _rates(document: Document, request: Request, formats: Formats) -> Table:
    """Frozen sums by rate, with the sign of the request."""
    columns = (name_column("税率"), Column("金额 CNY"), Column("税额 CNY"))
    is_red = request.color == "red"
    rows = []
    for group in document.taxes:
        amounts = (group.taxable_amount, group.tax_amount)
        signed = (each.copy_negate() if is_red else each for each in amounts)
        rate = _rate(group.category, group.rate, formats)
        rows.append(row(rate, *map(formats.amount, signed)))
    foot = row(
        "合计",
        formats.amount(request.totals.net_amount),
        formats.amount(request.totals.tax_amount),
    )
    return table("按税率合计", columns, rows, foot)


def _lines(request: Request, formats: Formats) -> Table:
    columns = (
        Column("序号"),
        Column("项目名称", "start", is_wide=True),
        Column("数量"),
        Column("单价", note="不含税"),
        Column("金额", note="不含税"),
        Column("折扣"),
        Column("净额", note="不含税"),
        Column("税率"),
        Column("税额"),
    )
    sums = request.totals
    foot = row(
        "",
        "合计",
        "",
        "",
        formats.amount(sums.amount),
        _discount(sums.discount, formats),
        formats.amount(sums.net_amount),
        "",
        formats.amount(sums.tax_amount),
    )
    return table("明细 CNY", columns, list(_rows(request, formats)), foot)


def _rows(request: Request, formats: Formats) -> Iterator[Row]:
    for line in request.lines:
        base = f"/ {formats.count(line.base_quantity)}" if line.base_quantity > 1 else ""
        yield (
            Cell(formats.count(line.number)),
            Cell(line.name, line.details),
            Cell(formats.count(line.quantity), line.unit),
            Cell(formats.price(line.unit_price), base),
            Cell(formats.amount(line.amount)),
            Cell(_discount(line.discount, formats)),
            Cell(formats.amount(line.net_amount)),
            Cell(_rate(line.tax_category, line.tax_rate, formats)),
            Cell(formats.amount(line.tax_amount)),
        )


def _discount(discount: Decimal, formats: Formats) -> str:
    return formats.amount(discount.copy_negate()) if discount else ""


def _rate(category: str, rate: Decimal, formats: Formats) -> str:
    return EXEMPT.get(category) or formats.percent(rate)
