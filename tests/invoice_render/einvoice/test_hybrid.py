"""The hybrid is still the archive's and the reader's PDF, and says that an invoice is in it."""

import io

import facturx
import pikepdf
import pytest

from invoice_render import pdf
from invoice_render.einvoice import cii, hybrid
from invoice_render.einvoice.profiles import profiles
from invoice_render.errors import RenderError
from tests.invoice_render.factories import credit_note, enterprise_euro, top_up_invoice
from tests.invoice_render.reading import pdf_pages

FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
PROFILE = profiles()["factur-x"]


@pytest.fixture(scope="module")
def paper() -> bytes:
    return hybrid.render(enterprise_euro(), PROFILE)


def test_it_is_archival_and_tagged_and_dated_by_its_document(paper: bytes) -> None:
    with pikepdf.open(io.BytesIO(paper)) as opened:
        with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert metadata.get("pdfaid:part") == "3"
            assert metadata.get("pdfaid:conformance") == "B"
            assert metadata.get("pdfuaid:part") == "1"
            for name in ("CreateDate", "ModifyDate"):
                assert str(metadata.get(f"xmp:{name}")).startswith("2026-11-04T08:30:00")
        assert bool(opened.Root.MarkInfo.Marked)
        assert str(opened.Root.OutputIntents[0].S) == "/GTS_PDFA1"
        assert opened.Root.Metadata.get("/Filter") is None


def test_its_metadata_name_file_level_and_version_and_describe_them(paper: bytes) -> None:
    with pikepdf.open(io.BytesIO(paper)) as opened:
        with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
            said = {
                name: metadata[FX + name]
                for name in ("DocumentType", "DocumentFileName", "Version", "ConformanceLevel")
            }
        xmp = opened.Root.Metadata.read_bytes().decode()
    assert said == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    assert xmp.count("<pdfaSchema:prefix>fx</pdfaSchema:prefix>") == 1
    for name in said:
        assert xmp.count(f"<pdfaProperty:name>{name}</pdfaProperty:name>") == 1


def test_the_xml_is_attached_as_an_alternative_of_the_whole_document(paper: bytes) -> None:
    with pikepdf.open(io.BytesIO(paper)) as opened:
        (attached,) = opened.Root.AF
        assert str(attached.AFRelationship) == "/Alternative"
        assert str(attached.UF) == "factur-x.xml"
        assert str(attached.EF.F.Subtype) == "/text/xml"
        assert str(attached.EF.F.Params.ModDate).startswith("D:20261104083000")
        assert list(opened.attachments) == ["factur-x.xml"]


@pytest.mark.parametrize("factory", [enterprise_euro, credit_note, top_up_invoice])
def test_a_reader_of_factur_x_gets_the_xml_that_was_put_in(factory) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    document = factory()
    opened = io.BytesIO(hybrid.render(document, PROFILE))
    _, xml = facturx.get_xml_from_pdf(opened, check_xsd=True, check_schematron=False)
    assert xml.decode() == cii.render(document, PROFILE)
    assert facturx.get_level(facturx.facturx.etree.fromstring(xml)) == "en16931"


def test_its_pages_are_those_of_the_paper_without_it(paper: bytes) -> None:
    assert pdf_pages(paper) == pdf_pages(pdf.render(enterprise_euro()))


def test_metadata_it_does_not_know_are_refused_rather_than_spoiled() -> None:
    with pytest.raises(RenderError, match="not as Typst wrote them"):
        hybrid._declared("<x:xmpmeta/>")
