"""Factur-X / ZUGFeRD: the paper of a document with its CII inside, one file for people and programs.

Here: the XMP that says so, put beside what Typst wrote: it stays PDF/A-3b and PDF/UA-1, and the
same bytes everywhere. Keep out: the paper (`pdf`) and the XML (`cii`).
"""

import io

import pikepdf

from invoice_render import pdf
from invoice_render.document import Document
from invoice_render.einvoice import cii
from invoice_render.einvoice.profiles import Profile
from invoice_render.errors import RenderError

FILE_NAME = "factur-x.xml"
NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
SAYS = {
    "DocumentType": "INVOICE",
    "DocumentFileName": FILE_NAME,
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}
_MEANS = {
    "DocumentType": "INVOICE",
    "DocumentFileName": "name of the embedded XML invoice file",
    "Version": "version of the Factur-X schema of the XML",
    "ConformanceLevel": "conformance level of the embedded XML",
}
_SCHEMAS_END = "</rdf:Bag></pdfaExtension:schemas>"
_RDF_END = "</rdf:RDF>"


def render(document: Document, profile: Profile) -> bytes:
    """The hybrid of a finalized document. Raises RenderError as `cii` and `pdf` do."""
    paper = pdf.render(document, {FILE_NAME: cii.render(document, profile)})
    with pikepdf.open(io.BytesIO(paper)) as opened:
        metadata = opened.Root.Metadata
        said = metadata.read_bytes().decode()
        metadata.write(_declared(said).encode())
        target = io.BytesIO()
        opened.save(target, deterministic_id=True)
    return target.getvalue()


def _declared(xmp: str) -> str:
    """The metadata with what Factur-X adds: its properties, and the PDF/A schema of them."""
    if xmp.count(_SCHEMAS_END) != 1 or xmp.count(_RDF_END) != 1:
        raise RenderError("No hybrid: the metadata of the PDF are not as Typst wrote them so far.")
    properties = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value in SAYS.items())
    described = (
        f'<rdf:Description rdf:about="" xmlns:fx="{NAMESPACE}">{properties}</rdf:Description>'
    )
    return xmp.replace(_SCHEMAS_END, _schema() + _SCHEMAS_END).replace(
        _RDF_END, described + _RDF_END
    )


def _schema() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
        f"<pdfaProperty:description>{text}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, text in _MEANS.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
