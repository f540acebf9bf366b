"""HTML pages: self-contained, inert and readable aloud."""

import re
from collections.abc import Callable

import pytest

from invoice_render import html
from invoice_render.bundle import files_of
from invoice_render.document import Document
from tests.invoice_render import report_factories as reports
from tests.invoice_render.factories import FACTORIES
from tests.invoice_render.reading import Page

each_kind = pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
Factory = Callable[[], Document]


@each_kind
def test_the_page_fetches_nothing_and_runs_nothing(factory: Factory) -> None:
    files = files_of(factory(), reports.usage_report(), reports.cost_report())
    for name in ("invoice.html", "usage_report.html", "cost_report.html"):
        text = files[name].decode()
        page = Page(text)
        tags = {tag for tag, _ in page.tags}
        assert not tags & {"script", "img", "link", "iframe", "object", "form", "base", "a"}
        assert not re.search(r"url\(|@import|https?://", text)
        assert not [name for _, name, _ in page.attributes if name in ("src", "href", "onload")]
        assert "default-src 'none'" in text


@each_kind
def test_the_page_reads_well_aloud(factory: Factory) -> None:
    text = html.render(factory())
    page = Page(text)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == tags.count("main") == tags.count("title") == 1
    assert tags.count("caption") == tags.count("table")
    heads = [names for tag, names in page.tags if tag == "th"]
    assert all("scope" in names or "class" in names for names in heads)
    assert next(value for tag, name, value in page.attributes if name == "lang")
