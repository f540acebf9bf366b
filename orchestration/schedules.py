"""Which months are due, hour by hour.

Here: an organization is drafted once its own month has ended and finalized after its review
days. Keep out: how a month is closed.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dagster import RunRequest, ScheduleEvaluationContext, schedule

from billing.periods import BillingMonth, month_of
from billing.subscriptions import read_in_force
from orchestration.jobs import close_month
from orchestration.resources import Premises

Month = tuple[str, BillingMonth]


@dataclass(frozen=True)
class Terms:
    """What decides an organization's calendar."""

    organization_id: str
    zone: str
    review_days: int


@dataclass(frozen=True)
class Due:
    """Organizations whose `month` is to be drafted, or finalized when `finalize`."""

    month: BillingMonth
    finalize: bool
    organizations: tuple[str, ...]


def due_work(
    now: datetime,
    organizations: Collection[Terms],
    drafted: Collection[Month],
    finalized: Collection[Month],
) -> list[Due]:
    """What is due at `now`: drafts first, then months whose review days have passed."""
    to_draft: dict[BillingMonth, list[str]] = {}
    to_finalize: dict[BillingMonth, list[str]] = {}
    for terms in organizations:
        for month in _open_months(now, terms, drafted):
            key = (terms.organization_id, month)
            if key in finalized:
                continue
            if key not in drafted:
                to_draft.setdefault(month, []).append(terms.organization_id)
            elif now >= month.bounds(terms.zone)[1] + timedelta(days=terms.review_days):
                to_finalize.setdefault(month, []).append(terms.organization_id)
    return [
        Due(month, finalize, tuple(sorted(due[month])))
        for finalize, due in ((False, to_draft), (True, to_finalize))
        for month in sorted(due)
    ]


def _open_months(now: datetime, terms: Terms, drafted: Collection[Month]) -> Iterator[BillingMonth]:
    """The month that ended last in the organization's zone, and older ones still in draft."""
    ended = month_of(now, terms.zone).shift(-1)
    older = {month for organization, month in drafted if organization == terms.organization_id}
    yield from sorted({ended, *(month for month in older if month < ended)})


@schedule(job=close_month, cron_schedule="5 * * * *", execution_timezone="UTC")
def hourly_close(context: ScheduleEvaluationContext, premises: Premises) -> Iterator[RunRequest]:
    """Draft and finalize whatever is due, one run for each month and purpose."""
    del context
    with premises.books() as books:
        profiles = read_in_force(premises.home.catalog, books)["billing_profiles"]
        terms = [
            Terms(row["organization_id"], row["zone"], row["review_days"])
            for row in profiles.iter_rows(named=True)
        ]
        due = due_work(premises.clock.now(), terms, books.drafts(), books.finalized())
    for work in due:
        options = {"finalize": work.finalize, "organizations": list(work.organizations)}
        yield RunRequest(
            partition_key=str(work.month),
            run_config={"resources": {"options": {"config": options}}},
            tags={"meterbook/finalize": str(work.finalize).lower()},
        )
