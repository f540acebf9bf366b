"""Example reports: fifteen models, a month of days.

Here: one factory per report. Keep out: documents (`factories`).
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from invoice_render.document import MeterCount
from invoice_render.report import CostReport, CostRow, UsageReport, UsageRow
from tests.invoice_render.lines import FIRST, LAST, MODELS

PROJECTS = ("prod", "research", "support-bot")
METERS = (
    MeterCount(meter="input_uncached", quantity=959_493_451),
    MeterCount(meter="cache_read", quantity=959_615_937),
    MeterCount(meter="output_visible", quantity=95_738_423),
    MeterCount(meter="image", quantity=4_120),
)
OUTCOMES = (
    MeterCount(meter="success", quantity=46_200),
    MeterCount(meter="client_aborted", quantity=700),
    MeterCount(meter="upstream_error", quantity=812),
    MeterCount(meter="rate_limited", quantity=501),
)


def usage_report(name: str = "Aurora Robotik GmbH", locale: str = "de_DE") -> UsageReport:
    """A month of an enterprise with three projects and five keys."""
    days = [(FIRST + timedelta(days=day)).isoformat() for day in range(31)]
    return UsageReport(
        organization_id="org_aurora",
        organization_name=name,
        billing_month="2026-10",
        period_first_day=FIRST,
        period_last_day=LAST,
        zone="Europe/Berlin",
        locale=locale,
        requests=48_213,
        requests_billed=46_900,
        meters=METERS,
        outcomes=OUTCOMES,
        by_model=_usage([display for _, display, *_ in MODELS]),
        by_project=_usage(PROJECTS),
        by_key=_usage([f"sk-prod-…{place}f3a" for place in range(5)]),
        by_day=_usage(days),
    )


def cost_report(name: str = "Aurora Robotik GmbH", locale: str = "de_DE") -> CostReport:
    """The cost of the same month by model and project."""
    by_model = _costs([display for _, display, *_ in MODELS])
    return CostReport(
        organization_id="org_aurora",
        organization_name=name,
        billing_month="2026-10",
        period_first_day=FIRST,
        period_last_day=LAST,
        currency="EUR",
        minor_digits=2,
        locale=locale,
        by_model=by_model,
        by_project=_costs(PROJECTS),
        total=_total(by_model),
    )


def _usage(labels: Sequence[str]) -> tuple[UsageRow, ...]:
    return tuple(
        UsageRow(
            label=label,
            requests=1_201 + 977 * (place * 7 % 11),
            requests_billed=1_180 + 977 * (place * 7 % 11),
            input_tokens=3_104_771 * (1 + place * 5 % 13),
            output_tokens=404_713 * (1 + place * 3 % 7),
            other_units=0,
        )
        for place, label in enumerate(labels)
    )


def _costs(labels: Sequence[str]) -> tuple[CostRow, ...]:
    return tuple(_cost(label, place) for place, label in enumerate(labels, start=1))


def _cost(label: str, place: int) -> CostRow:
    listed = Decimal("311.07") * place
    contracted = listed - Decimal("11.03") * place
    discount = Decimal("9.17") * place
    return CostRow(
        label=label,
        requests=1_201 * place,
        list_amount=listed,
        contracted_amount=contracted,
        discount_amount=discount,
        net_amount=contracted - discount,
    )


def _total(rows: Sequence[CostRow]) -> CostRow:
    zero = Decimal(0)
    return CostRow(
        label="Total",
        requests=sum(row.requests for row in rows),
        list_amount=sum((row.list_amount for row in rows), zero),
        contracted_amount=sum((row.contracted_amount for row in rows), zero),
        discount_amount=sum((row.discount_amount for row in rows), zero),
        net_amount=sum((row.net_amount for row in rows), zero),
    )
