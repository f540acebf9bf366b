"""Every form of one document with its reports, by file name.

Here: which forms a document has. File names are fixed, never made from names. Keep out:
folders and writing.
"""

from invoice_render import cost_report as costs
from invoice_render import html, lines_csv, pdf, ubl
from invoice_render import usage_report as usage
from invoice_render.consistency import violations
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.report import CostReport, UsageReport


def files_of(
    document: Document, usage_report: UsageReport, cost_report: CostReport
) -> dict[str, bytes]:
    """All forms of a document: the same document gives the same bytes.

    Raises RenderError when its sums do not hold or a form cannot be made.
    """
    problems = violations(document)
    if problems:
        raise RenderError(f"{document.number or 'A draft'} does not add up: {'; '.join(problems)}")
    return {
        "invoice.json": document.frozen_bytes(),
        "invoice.html": html.render(document).encode(),
        "invoice.pdf": pdf.render(document),
        **({"invoice.xml": ubl.render(document).encode()} if ubl.has_form(document) else {}),
        "lines.csv": lines_csv.render(document).encode(),
        "usage_report.html": usage.html(usage_report).encode(),
        "usage_report.pdf": usage.pdf(usage_report),
        "usage_report.csv": usage.csv(usage_report).encode(),
        "cost_report.html": costs.html(cost_report).encode(),
        "cost_report.pdf": costs.pdf(cost_report),
        "cost_report.csv": costs.csv(cost_report).encode(),
    }
