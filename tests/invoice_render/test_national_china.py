"""China's request says the same in JSON, XML and on paper, and adds up to its document."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, ValidationError
from lxml import etree

from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.formatting import formats_of
from invoice_render.national.china.codes import is_credit_code
from invoice_render.national.china.files import NAMESPACE, as_json, as_xml, schema_text
from tests.invoice_render.documents import document_of
from tests.invoice_render.factories import draft_of
from tests.invoice_render.hostile import CONTROL, HOSTILE, planted
from tests.invoice_render.lines import fee_line
from tests.invoice_render.national_cases import (
    CHINA,
    HUANGPU,
    PUDONG,
    invoice_of,
    note_of,
    two_rates,
)
from tests.invoice_render.reading import pdf_text
from tests.invoice_render.strategies import documents

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
NAMES = {"invoice.china.json", "invoice.china.xml", "invoice.china.pdf"}
XSD = etree.XMLSchema(etree.parse(FOLDER / "china_invoice-1.xsd"))
JSON = Draft202012Validator(json.loads((FOLDER / "china_invoice-1.schema.json").read_text()))


def two_codes(document: Document, text: str) -> Document:
    """The document with `text` in every free field but the codes."""
    seller, buyer = (
        planted(party, text).model_copy(update={"tax_number": party.tax_number})
        for party in (document.seller, document.buyer)
    )
    return planted(document, text).model_copy(update={"seller": seller, "buyer": buyer})


def fields(node: Any) -> Any:
    """XML as what JSON says: lists where a name repeats, texts else."""
    if not len(node):
        return node.text or ""
    return {etree.QName(child).localname: fields(child) for child in node}


def read(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """The request out of JSON and out of XML, each valid."""
    data, root = json.loads(as_json(document)), etree.fromstring(as_xml(document))
    JSON.validate(data)
    XSD.assertValid(root)
    told = fields(root)
    told["lines"] = [fields(node) for node in root.find(f"{{{NAMESPACE}}}lines")]
    told["remarks"] = [node.text for node in root.iter(f"{{{NAMESPACE}}}remark")]
    told.pop("remark", None)
    told.setdefault("red_letter", None)
    return data, told


def as_texts(value: Any) -> Any:
    match value:
        case dict():
            return {name: as_texts(inner) for name, inner in value.items()}
        case list():
            return [as_texts(inner) for inner in value]
        case int():
            return str(value)
        case _:
            return value


def in_renminbi(document: Document) -> Document:
    update = {"seller": PUDONG, "buyer": HUANGPU, "currency": "CNY", "forms": (CHINA.form,)}
    return document.model_copy(update=update)


CASES = {
    "one rate": lambda: invoice_of(CHINA),
    "two rates": lambda: two_rates(CHINA, "0.13", "500.00"),
    "red": lambda: note_of(CHINA, notes=("一", "二")),
    "exempt": lambda: invoice_of(CHINA, [fee_line(1, ("", "Team"), "9.00", ("E", "0"))]),
}


@pytest.mark.parametrize("name", CASES)
def test_xml_says_field_by_field_what_json_says(name: str) -> None:
    data, told = read(CASES[name]())
    assert as_texts(data) == told


@settings(max_examples=25, deadline=None)
@given(document=documents().filter(lambda x: x.minor_digits == 2 and x.taxes[0].category != "O"))
def test_lines_add_up_to_the_frozen_sums(document: Document) -> None:
    data, told = read(in_renminbi(document))
    sums = document.totals
    for field, total in (
        ("amount", sums.subtotal),
        ("discount", sums.discount),
        ("net_amount", sums.taxable),
        ("tax_amount", sums.tax),
    ):
        for request in (data, told):
            assert sum(Decimal(line[field]) for line in request["lines"]) == total
            assert Decimal(request["totals"][field]) == total
    assert Decimal(data["totals"]["total"]) == sums.total


def test_the_paper_shows_the_amounts_of_the_request() -> None:
    """One fee of 100.00 at 6 %: 106.00."""
    fee = [fee_line(1, ("", "Team"), "100.00", ("S", "0.06"))]
    text = pdf_text(files_of(invoice_of(CHINA, fee, ()), None, None)["invoice.china.pdf"])
    found = "".join(text.split())
    for part in ("增值税专用发票开票申请", "大写壹佰零陆圆整", "价税合计¥106.00", "合计税额¥6.00"):
        assert part in found
    for code in (PUDONG.tax_number, HUANGPU.tax_number):
        assert f"统一社会信用代码{code}" in found
    assert "本单是开票申请而非发票。" in found


@pytest.mark.parametrize("name", CASES)
def test_every_amount_of_a_line_is_on_the_paper(name: str) -> None:
    document = CASES[name]()
    text = "".join(pdf_text(files_of(document, None, None)["invoice.china.pdf"]).split())
    amount = formats_of("zh_Hans_CN", "CNY", 2).amount
    for line in read(document)[0]["lines"]:
        for field in ("amount", "net_amount", "tax_amount"):
            assert amount(Decimal(line[field])) in text


def test_a_red_letter_is_negative_and_names_what_it_takes_back() -> None:
    """10 months at 10.00, 6 %: -100.00 and -6.00. Only the platform knows the other numbers."""
    fee = fee_line(1, ("", "Team"), "100.00", ("S", "0.06"))
    tenth = {"quantity": 10, "unit_price": Decimal("10.00")}
    note = note_of(CHINA, lines=[fee.model_copy(update=tenth)], discounts=())
    data, _ = read(note)
    (line,) = data["lines"]
    assert data["color"] == "red"
    assert (line["quantity"], line["unit_price"]) == (-10, "10.00")
    assert (line["amount"], line["tax_amount"]) == ("-100.00", "-6.00")
    assert data["totals"]["total"] == "-106.00"
    assert data["totals"]["total_in_capitals"] == "负壹佰零陆圆整"
    assert data["red_letter"] == {
        "original_number": "INV-2026-000001",
        "original_issue_date": "2026-11-04",
        "original_platform_number": "",
        "confirmation_number": "",
    }
    text = "".join(pdf_text(files_of(note, None, None)["invoice.china.pdf"]).split())
    assert "红字增值税专用发票" in text
    assert "原数电发票号码待填" in text
    assert "红字确认单编号待填" in text
    assert "INV-2026-000001" in text


def test_the_published_schema_is_that_of_the_request_and_refuses_what_is_none() -> None:
    assert (FOLDER / "china_invoice-1.schema.json").read_text("utf-8") == schema_text()
    data = json.loads(as_json(invoice_of(CHINA)))
    for spoiled in ({"currency": "USD"}, {"color": "blau"}, {"more": 1}, {"schema_version": 2}):
        with pytest.raises(ValidationError):
            JSON.validate(data | spoiled)
    xml = as_xml(invoice_of(CHINA)).decode()
    for old, new in (("CNY", "USD"), (HUANGPU.tax_number, "1"), ("<phone>", "<x/><phone>")):
        assert not XSD.validate(etree.fromstring(xml.replace(old, new).encode()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seller": PUDONG.model_copy(update={"tax_number": ""})}, "the seller's unified"),
        ({"buyer": HUANGPU.model_copy(update={"tax_number": "1"})}, "the buyer's unified"),
        ({"currency": "USD"}, "Bill in CNY"),
    ],
)
@pytest.mark.parametrize("final", [True, False])
def test_what_it_lacks_is_told_of_a_draft_already(
    change: dict[str, object], said: str, final: bool
) -> None:
    document = invoice_of(CHINA).model_copy(update=change)
    with pytest.raises(RenderError, match=said):
        files_of(document if final else draft_of(document), None, None)


def test_more_than_numerals_can_say_is_told_of_a_draft() -> None:
    fee = fee_line(1, ("", "Team"), "1000000000000.00", ("S", "0.06"))
    document = document_of([fee], forms=(CHINA.form,), **CHINA.head)
    with pytest.raises(RenderError, match="more than capital numerals"):
        files_of(draft_of(document), None, None)


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("91110000600037341L", True),
        ("91110000600037342L", False),
        ("91110000600037341l", False),
        ("91110000600037341L ", False),
        ("110000600037341", False),
        ("", False),
    ],
)
def test_a_code_has_18_characters_and_a_check_character(code: str, is_one: bool) -> None:
    assert is_credit_code(code) is is_one


@pytest.mark.parametrize("text", [*HOSTILE, CONTROL])
def test_text_of_strangers_stays_text(text: str) -> None:
    data, told = read(two_codes(two_rates(CHINA, "0.13", "500.00"), text))
    assert as_texts(data) == told
    assert data["buyer"]["name"] == ("ABCDEF GHI" if text == CONTROL else text)


def test_the_same_document_is_the_same_bytes() -> None:
    files = files_of(note_of(CHINA), None, None)
    assert set(files) >= NAMES
    assert files == files_of(note_of(CHINA), None, None)
