"""Up to which ingested file a month counts, and which month bills what came later.

Here: the plan of watermarks for one month and the routes of late usage that follow from it.
Keep out: writing them into the warehouse (`snapshot`) and closing (`finalize`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from billing.books import Books
from billing.errors import BooksError
from billing.periods import BillingMonth

UNKNOWN = "unknown"
"""The organization of rows that name none; its months are in UTC."""
NO_END = 2_147_483_647
"""Upper end of the last route of a service month: every file still to come."""


@dataclass(frozen=True)
class Watermark:
    """The ingest sequence up to which an organization's month counts."""

    organization_id: str
    billing_month: BillingMonth
    sequence: int
    is_finalized: bool


@dataclass(frozen=True)
class LateRoute:
    """Usage of `service_month` in files after_sequence < n <= up_to_sequence is billed in."""

    organization_id: str
    service_month: BillingMonth
    after_sequence: int
    up_to_sequence: int
    billing_month: BillingMonth


@dataclass(frozen=True)
class WatermarkPlan:
    """All watermarks that hold while `month` is drafted or finalized."""

    month: BillingMonth
    watermarks: tuple[Watermark, ...]

    def of_month(self) -> dict[str, Watermark]:
        """Return the planned month's watermark of every organization."""
        return {
            watermark.organization_id: watermark
            for watermark in self.watermarks
            if watermark.billing_month == self.month
        }

    def routes(self, since: BillingMonth) -> list[LateRoute]:
        """Return the routes of the service months from `since` on of every organization, in order.

        All of them would grow with the square of the months; no row to bill is of one before.
        """
        by_organization: dict[str, dict[BillingMonth, int]] = {}
        for watermark in self.watermarks:
            months = by_organization.setdefault(watermark.organization_id, {})
            months[watermark.billing_month] = watermark.sequence
        return [
            route
            for organization_id, months in sorted(by_organization.items())
            for route in late_routes(
                organization_id, {month: at for month, at in months.items() if month >= since}
            )
        ]


def plan_watermarks(
    books: Books,
    month: BillingMonth,
    organizations: Iterable[str],
    last_sequence: int,
    *,
    use_drafts: bool,
) -> WatermarkPlan:
    """Plan at which watermark `month` counts for every organization and for `unknown`.

    A closed month keeps its own. With `use_drafts` (finalizing) a drafted month counts as it
    was drafted, so that what was reviewed is what is billed; else, and without a draft, the
    newest file counts. Closed months of other times come along: routes depend on them.
    Raises BooksError when the warehouse holds fewer files than the books rest on.
    """
    finalized = books.finalized()
    drafts = books.drafts() if use_drafts else {}
    watermarks = [
        Watermark(organization_id, closed, sequence, is_finalized=True)
        for (organization_id, closed), sequence in finalized.items()
    ]
    for organization_id in {*organizations, UNKNOWN}:
        if (organization_id, month) not in finalized:
            sequence = drafts.get((organization_id, month), last_sequence)
            watermarks.append(Watermark(organization_id, month, sequence, is_finalized=False))
    newest = max(watermark.sequence for watermark in watermarks)
    if newest > last_sequence:
        raise BooksError(
            f"The books rest on {newest} ingested files, the warehouse holds {last_sequence}. "
            "Ingest the original files again first."
        )
    return WatermarkPlan(
        month,
        tuple(sorted(watermarks, key=lambda each: (each.organization_id, each.billing_month))),
    )


def late_routes(organization_id: str, watermarks: Mapping[BillingMonth, int]) -> list[LateRoute]:
    """Route every service month that has a watermark, from the first file to any later one.

    Files up to the month's own watermark are billed in it. The rest walks on month by month:
    each month with a watermark takes what lies below it and was not taken before, and the
    first month without one takes all that is left.
    """
    routes = []
    for service_month in sorted(watermarks):
        after, month = 0, service_month
        while month in watermarks:
            sequence = watermarks[month]
            if sequence > after:
                routes.append(LateRoute(organization_id, service_month, after, sequence, month))
                after = sequence
            month = month.next
        routes.append(LateRoute(organization_id, service_month, after, NO_END, month))
    return routes
