"""The files of a document: which there are, and that they are the same bytes everywhere."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from invoice_render import pdf
from invoice_render.bundle import files_of
from invoice_render.document import Document
from tests.invoice_render import report_factories as reports
from tests.invoice_render.factories import FACTORIES

ROOT = Path(__file__).parents[2]
each_kind = pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
Factory = Callable[[], Document]
FORMS = ("html", "pdf", "csv", "xlsx")
HASHES = """
import hashlib
from tests.invoice_render import report_factories as reports
from tests.invoice_render.factories import FACTORIES
from invoice_render.bundle import files_of
for factory in FACTORIES:
    files = files_of(factory(), reports.usage_report(), reports.cost_report())
    for name, data in sorted(files.items()):
        print(factory.__name__, name, hashlib.sha256(data).hexdigest())
"""


@each_kind
def test_a_document_has_the_files_its_kind_needs(factory: Factory) -> None:
    document = factory()
    files = files_of(document, reports.usage_report(), reports.cost_report())
    forms = {f"{name}.{form}" for name in ("usage_report", "cost_report") for form in FORMS}
    expected = {"invoice.json", "invoice.html", "invoice.pdf", "lines.csv", "lines.xlsx", *forms}
    if document.kind not in ("statement", "top_up_receipt"):
        expected.add("invoice.xml")
    assert set(files) == expected
    assert files["invoice.json"] == document.frozen_bytes()


def test_the_same_document_is_the_same_bytes_in_another_process_and_zone(tmp_path: Path) -> None:
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
    assert there.stdout == here.getvalue() != ""


@each_kind
def test_the_pdf_is_archival_tagged_and_dated_by_its_document(factory: Factory) -> None:
    document = factory()
    with pikepdf.open(io.BytesIO(pdf.render(document))) as opened:
        with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert metadata.get("pdfaid:part") == "3"
            assert metadata.get("pdfaid:conformance") == "B"
            assert metadata.get("pdfuaid:part") == "1"
            assert str(metadata.get("xmp:CreateDate")).startswith("2026-11-04T08:30:00")
        assert opened.Root.Lang is not None
        assert bool(opened.Root.MarkInfo.Marked)
        fonts = {str(font) for page in opened.pages for font in _font_names(page)}
    assert fonts
    assert all("Noto" in font for font in fonts)


def _font_names(page: pikepdf.Page) -> list[pikepdf.Object]:
    return [font.BaseFont for font in page.resources.get("/Font", {}).values()]
