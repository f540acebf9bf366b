"""The frame of both reports: what they have in common.

Here: title, period and language of a report. Keep out: its tables (`usage`, `cost`).
"""

from dataclasses import dataclass
from decimal import Decimal

from invoice_render.formatting import Formats, formats_of
from invoice_render.messages import messages_of
from invoice_render.report import CostReport, UsageReport
from invoice_render.text import plain
from invoice_render.view.parts import Fact, Table, facts

FULL_BAR = 1000


@dataclass(frozen=True, slots=True)
class ReportBody:
    """The tiles at the top, two small tables side by side, and the long ones."""

    tiles: tuple[Fact, ...]
    pair: tuple[Table, ...]
    tables: tuple[Table, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything a report shows, in reading order; `words` are the labels of its language."""

    language: str
    region: str
    words: dict[str, str]
    title: str
    name: str
    organization: str
    facts: tuple[Fact, ...]
    body: ReportBody
    contact: tuple[str, ...] = ()


def framed(kind: str, report: UsageReport | CostReport, body: ReportBody) -> ReportView:
    """A body under its title; `kind` is the word that names the report."""
    formats = formats_of(report.locale)
    messages = messages_of(formats.locale)
    words = dict(messages.words)
    return ReportView(
        language=messages.language,
        region=formats.locale.territory or "",
        words=words,
        title=words[kind],
        name=f"{words[kind]} {formats.month(report.billing_month)}",
        organization=plain(report.organization_name),
        facts=_facts(report, formats, words),
        body=body,
    )


def bar_of(part: int | Decimal, most: int | Decimal) -> int:
    """The length of a bar in thousandths: anything at all shows; nothing printed depends on it."""
    return max(1, int(FULL_BAR * part / most)) if part > 0 else 0


def _facts(
    report: UsageReport | CostReport, formats: Formats, words: dict[str, str]
) -> tuple[Fact, ...]:
    period = formats.period(report.period_first_day, report.period_last_day)
    return facts(
        [
            (words["billing_month"], formats.month(report.billing_month)),
            (words["billing_period"], period),
            (words["time_zone"], report.zone if isinstance(report, UsageReport) else ""),
        ]
    )
