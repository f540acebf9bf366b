"""Closing thousands of documents without their paper, which takes longer than all else about them.

Here: leaving out every form but the frozen JSON. Sums are checked as before a document is
printed. Keep out: which tests do without.
"""

from invoice_render.consistency import violations
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.report import CostReport, UsageReport
from orchestration import rendering


def leave_out_forms() -> None:
    """Let this process write no form of a document but its JSON."""
    rendering.files_of = _frozen


def _frozen(
    document: Document, usage_report: UsageReport, cost_report: CostReport
) -> dict[str, bytes]:
    del usage_report, cost_report
    problems = violations(document)
    if problems:
        raise RenderError("; ".join(problems))
    return {"invoice.json": document.frozen_bytes()}
