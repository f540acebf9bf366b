"""Every form of one document with its reports, by file name.

Here: which forms every document has, and those its buyer chose. File names are fixed, never made
from names. Keep out: folders and writing, and what the chosen forms are (`forms`).
"""

from invoice_render import cost_report as costs
from invoice_render import html, lines_table, pdf
from invoice_render import usage_report as usage
from invoice_render.consistency import violations
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.forms import forms_of
from invoice_render.forms.contract import Source
from invoice_render.report import CostReport, UsageReport


def files_of(
    document: Document, usage_report: UsageReport | None, cost_report: CostReport | None
) -> dict[str, bytes]:
    """All forms of a document: the same document gives the same bytes.

    What is about a top-up has no reports; a draft has none of the chosen forms yet, but what
    stands against them is told.

    Raises RenderError when its sums do not hold or a form cannot be made.
    """
    problems = violations(document)
    if problems:
        raise RenderError(f"{document.number or 'A draft'} does not add up: {'; '.join(problems)}")
    return {
        "invoice.json": document.frozen_bytes(),
        "invoice.html": html.render(document).encode(),
        "invoice.pdf": pdf.render(document),
        **_chosen(Source(document, usage_report, cost_report)),
        "lines.csv": lines_table.render(document).encode(),
        "lines.xlsx": lines_table.workbook(document),
        **({} if usage_report is None else _usage(usage_report)),
        **({} if cost_report is None else _costs(cost_report)),
    }


def _chosen(source: Source) -> dict[str, bytes]:
    """What its buyer chose; of a draft nothing, once it is known that all of it can be made."""
    document = source.document
    chosen = forms_of(document)
    if document.status != "draft":
        return {name: data for form in chosen for name, data in form.make(source).items()}
    problems = [
        f"{form.name}: {problem}"
        for form in chosen
        if document.forms
        for problem in form.problems(document)
    ]
    if problems:
        raise RenderError(f"A draft cannot take its form. {' '.join(problems)}")
    return {}


def _usage(report: UsageReport) -> dict[str, bytes]:
    return {
        "usage_report.html": usage.html(report).encode(),
        "usage_report.pdf": usage.pdf(report),
        "usage_report.csv": usage.csv(report).encode(),
        "usage_report.xlsx": usage.xlsx(report),
    }


def _costs(report: CostReport) -> dict[str, bytes]:
    return {
        "cost_report.html": costs.html(report).encode(),
        "cost_report.pdf": costs.pdf(report),
        "cost_report.csv": costs.csv(report).encode(),
        "cost_report.xlsx": costs.xlsx(report),
    }
