"""A document has the forms it froze, under fixed names, and the same bytes everywhere."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from invoice_render import forms as room
from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.einvoice import ubl
from invoice_render.errors import RenderError
from invoice_render.forms import forms
from tests.invoice_render.balance_factories import balance_invoice
from tests.invoice_render.documents import document_of
from tests.invoice_render.einvoice.cases import cases
from tests.invoice_render.factories import (
    draft_of,
    empty_invoice,
    enterprise_euro,
    prepaid_statement,
)
from tests.invoice_render.lines import MODELS, usage_lines
from tests.invoice_render.people import COBALT
from tests.invoice_render.top_up_factories import top_up_note, top_up_receipt

ROOT = Path(__file__).parents[3]
ALL = {
    "en16931-ubl": "invoice.xml",
    "en16931-cii": "invoice.cii.xml",
    "peppol-bis-3": "invoice.peppol.xml",
    "xrechnung-3": "invoice.xrechnung.xml",
    "xrechnung-3-cii": "invoice.xrechnung.cii.xml",
    "factur-x": "invoice.facturx.pdf",
}
NATIONAL = {
    "china-vat-special": ("invoice.china.json", "invoice.china.xml", "invoice.china.pdf"),
    "japan-qualified": ("invoice.japan.pdf", "invoice.japan.html"),
    "singapore-tax-invoice": ("invoice.singapore.pdf", "invoice.singapore.html"),
}
COMMON = {"invoice.json", "invoice.html", "invoice.pdf", "lines.csv", "lines.xlsx"}
HASHES = """
import hashlib
from invoice_render import forms as room
from invoice_render.bundle import files_of
from invoice_render.einvoice.profiles import profiles
from tests.invoice_render.einvoice.cases import cases
for name in ("discounted S", "yen O", "note AE", "top_up_invoice"):
    document = cases()[name].model_copy(update={"forms": tuple(profiles())})
    for file, data in sorted(files_of(document, None, None).items()):
        print(name, file, hashlib.sha256(data).hexdigest())
"""


def choosing(document: Document, *names: str) -> Document:
    return document.model_copy(update={"forms": names})


def test_each_form_has_the_fixed_name_that_others_look_for() -> None:
    electronic = {name: (file,) for name, file in ALL.items()}
    assert {name: form.file_names for name, form in forms().items()} == electronic | NATIONAL


def test_a_document_has_the_chosen_forms_and_no_other() -> None:
    document = choosing(cases()["discounted S"], "peppol-bis-3", "factur-x")
    files = files_of(document, None, None)
    assert set(files) == COMMON | {"invoice.peppol.xml", "invoice.facturx.pdf"}


def test_a_document_that_chose_nothing_has_the_form_and_the_bytes_it_had() -> None:
    document = enterprise_euro()
    files = files_of(document, None, None)
    assert set(files) == {*COMMON, "invoice.xml"}
    assert files["invoice.xml"] == ubl.render(document).encode()
    assert b"forms" not in document.frozen_bytes()
    chosen = choosing(document, "en16931-ubl")
    assert files_of(chosen, None, None)["invoice.xml"] == files["invoice.xml"]
    assert b'"forms":["en16931-ubl"]' in chosen.frozen_bytes()
    assert Document.model_validate_json(chosen.frozen_bytes()) == chosen


def test_statements_receipts_three_decimals_and_no_lines_have_no_electronic_form() -> None:
    lines = usage_lines("0.3", 3, ("O", "0"), models=MODELS[:1])
    dinar = document_of(lines, digits=3, currency="KWD", buyer=COBALT)
    for document in (prepaid_statement(), top_up_receipt(), dinar, empty_invoice()):
        assert set(files_of(choosing(document, *ALL), None, None)) == COMMON


def test_a_draft_without_lines_is_not_held_to_a_form_it_has_not() -> None:
    assert set(files_of(draft_of(choosing(empty_invoice(), *ALL)), None, None)) == COMMON
    assert set(files_of(empty_invoice(), None, None)) == COMMON


def test_a_form_nobody_knows_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(RenderError, match=r"'edifact' is no form\. Known are en16931-cii, "):
        files_of(choosing(enterprise_euro(), "edifact"), None, None)


def test_what_a_form_lacks_is_told_of_a_draft_already() -> None:
    document = choosing(enterprise_euro(), "xrechnung-3").model_copy(update={"buyer_reference": ""})
    with pytest.raises(RenderError, match=r"BR-DE-15: BT-10.*billing_profiles\.buyer_reference"):
        files_of(draft_of(document), None, None)


def test_what_was_filed_has_its_forms_also_under_a_demand_that_came_later() -> None:
    document = choosing(enterprise_euro(), "xrechnung-3").model_copy(update={"buyer_reference": ""})
    assert set(files_of(document, None, None)) == COMMON | {"invoice.xrechnung.xml"}


@pytest.mark.parametrize("name", ["discounted S", "plain AE", "note S"])
def test_a_draft_that_can_take_its_forms_has_none_of_them_yet(name: str) -> None:
    draft = draft_of(choosing(cases()[name], *ALL))
    assert set(files_of(draft, None, None)) == COMMON


def test_a_draft_note_on_an_invoice_without_a_number_yet_can_take_its_form() -> None:
    note = top_up_note().model_copy(update={"corrects_number": "", "corrects_issue_date": None})
    assert set(files_of(draft_of(choosing(note, "xrechnung-3")), None, None)) == COMMON


def test_what_a_balance_paid_needs_no_account_in_any_form() -> None:
    paid = balance_invoice()
    files = files_of(choosing(paid, "xrechnung-3", "xrechnung-3-cii"), None, None)
    for name in ("invoice.xrechnung.xml", "invoice.xrechnung.cii.xml"):
        assert paid.payment.iban not in files[name].decode()


def test_all_forms_are_the_same_bytes_in_another_process_and_zone(tmp_path: Path) -> None:
    here = io.StringIO()
    with contextlib.redirect_stdout(here):
        exec(HASHES, {})  # noqa: S102
    environment = {
        **os.environ,
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    there = subprocess.run(
        [sys.executable, "-c", HASHES],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert there.stdout == here.getvalue()
    assert there.stdout.count("\n") == 4 * (len(COMMON) + len(ALL))


def test_two_forms_never_write_the_same_file() -> None:
    with pytest.raises(RenderError, match=r"Two forms are called 'invoice\.xml'"):
        room._refuse_doubles(["invoice.xml", "b.xml", "invoice.xml"])


def test_a_module_in_the_folder_is_a_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "telegram.py").write_text(
        "from invoice_render.forms.contract import Form\n"
        "FORMS = (Form('telegram', 'Telegram', ('telegram.txt',), lambda document: True,\n"
        "    lambda source: {'telegram.txt': source.document.number.encode()}, lambda _: ()),)\n"
    )
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(tmp_path)])
    monkeypatch.setattr(room, "forms", room.forms.__wrapped__)
    files = files_of(choosing(prepaid_statement(), "telegram", "factur-x"), None, None)
    assert set(files) == {*COMMON, "telegram.txt"}
    assert files["telegram.txt"] == b"ST-2026-000001"
    sys.modules.pop("invoice_render.forms.telegram")
