"""Raising alerts of caps and of limits of money, each crossing once in the books.

Here: what names a crossing, and the one function that raises (`raise_limit_alerts`). Decisions
59 (continued) and 64 have the rules. Keep out: which thresholds use crossed, and when it will
(`dbt_project`), balances (`billing.prepaid.alerting`), printing.

A period of a limit is crossed once at each threshold. What use falls to later, and what a
warehouse that was made anew finds again, is the same crossing. A row whose limit was corrected is
another limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import duckdb

from billing.books import Books
from billing.books.alerts import Alert, record_alerts, unknown_alerts
from billing.boundaries import reached
from billing.clock import Clock
from billing.periods import INSTANT_FORMAT, BillingMonth
from billing.subscriptions.caps import CapAlert, KeySpend, alerts_of, spending_of

CAP_USED, CAP_FORECAST = "cap_used", "cap_forecast"
SPEND_USED, SPEND_FORECAST = "spend_used", "spend_forecast"
KINDS = (CAP_USED, CAP_FORECAST, SPEND_USED, SPEND_FORECAST)
"""The kinds of alerts that are raised on limits; only the last two hold money."""
THRESHOLDS = (80, 90, 100)
"""Where a limit of money is told of, in percent; the same as the models have for caps."""
MONTHLY_SPEND = "monthly_spend"
_KIND_OF = {"crossed": CAP_USED, "forecast": CAP_FORECAST}
_SUBJECT_OF = {"key": "api_key", "key_model": "api_key"}


def raise_limit_alerts(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    clock: Clock,
    months: Sequence[BillingMonth],
) -> list[Alert]:
    """Raise what limits of these months, just built, call for; returns what is new.

    Looking and recording is one transaction that has the books to itself, which is begun only
    where something is new.
    """
    now = clock.now()
    found = [each for month in months for each in _found(connection, month, now)]
    with books.reading() as reading:
        unknown = unknown_alerts(reading, found)
    if not unknown:
        return []
    with books.writing() as writing:
        raised = record_alerts(writing, unknown)
        reached("alert.before_commit")
    reached("alert.after_commit")
    return raised


def _found(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth, now: datetime
) -> Iterator[Alert]:
    for cap in alerts_of(connection, month):
        yield cap_alert(cap, now)
    for spend in spending_of(connection, month):
        for threshold in THRESHOLDS:
            if spend.spent_percent >= threshold:
                yield spend_alert(spend, threshold, now)
        if spend.forecast_at is not None:
            yield spend_forecast(spend, spend.forecast_at, now)


def cap_alert(cap: CapAlert, now: datetime) -> Alert:
    """Word what the warehouse tells of a cap; it is named by period, limit with its size and threshold."""
    rule = f"{cap.limit_kind}:{cap.threshold_percent}"
    told = {
        "model_id": cap.model_id,
        "limit_kind": cap.limit_kind,
        "limit": f"{cap.limit_quantity}",
        "used": f"{cap.used_quantity}",
        "period_starts_at": _text(cap.period_starts_at),
        "period_ends_at": _text(cap.period_ends_at),
    }
    if cap.forecast_at is not None:
        told["forecast_at"] = _text(cap.forecast_at)
    return Alert(
        _KIND_OF[cap.alert_kind],
        cap.organization_id,
        _SUBJECT_OF.get(cap.subject_kind, cap.subject_kind),
        cap.subject_id,
        f"{rule}:{cap.model_id}" if cap.model_id else rule,
        f"{cap.threshold_percent}",
        f"{_text(cap.period_starts_at)}/{_text(cap.limit_from_at)}/{cap.limit_quantity}",
        cap.raised_at.replace(tzinfo=UTC),
        now,
        told,
    )


def spend_alert(spend: KeySpend, threshold: int, now: datetime) -> Alert:
    """Word what a key cost of its limit; it is named by month, limit with its size and threshold."""
    return Alert(
        SPEND_USED,
        spend.organization_id,
        "api_key",
        spend.api_key_id,
        f"{MONTHLY_SPEND}:{threshold}",
        f"{threshold}",
        f"{spend.billing_month}/{spend.key_limit_id}/{spend.limit_amount.normalize():f}",
        now,
        now,
        {
            "billing_month": f"{spend.billing_month}",
            "currency": spend.currency,
            "limit_amount": f"{spend.limit_amount:f}",
            "spent_amount": f"{spend.spent_amount:f}",
        },
    )


def spend_forecast(spend: KeySpend, forecast_at: datetime, now: datetime) -> Alert:
    """Word when a key will have cost its limit; it is named like one that has."""
    reached_then = spend_alert(spend, 100, now)
    return replace(
        reached_then,
        alert_kind=SPEND_FORECAST,
        as_of=spend.as_of_at.replace(tzinfo=UTC),
        payload={**reached_then.payload, "forecast_at": _text(forecast_at)},
    )


def _text(instant: datetime) -> str:
    return f"{instant:{INSTANT_FORMAT}}"
