"""`meterbook alerts`.

Here: printing what was raised. Keep out: raising (`billing.prepaid.alerting`,
`billing.subscriptions.limit_alerting`, `billing.receivables.reminding`).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import typer

from billing.books.address import books_of
from billing.books.alerts import Alert, recorded_alerts
from billing.errors import MeterbookError
from billing.home import Home
from billing.prepaid import alert_rules
from billing.receivables import reminding
from billing.subscriptions.limit_alerting import (
    CAP_FORECAST,
    KINDS,
    SPEND_FORECAST,
    SPEND_USED,
)
from orchestration.commands.account_terms import OrgOption, print_rows
from orchestration.commands.terminal import DEFAULT_HOME, HomeOption, JsonOption

COLUMNS = (
    "raised_at",
    "alert_kind",
    "organization_id",
    "subject_id",
    "rule_id",
    "threshold",
    "as_of",
    "says",
    "alert_id",
)


ALL_KINDS = (*alert_rules.KINDS, *KINDS, *reminding.KINDS)
SinceOption = Annotated[
    str | None, typer.Option("--since", help="Only what was raised from this day on, UTC.")
]
KindOption = Annotated[
    list[str] | None,
    typer.Option("--kind", help=f"Only {', '.join(ALL_KINDS)}; may be repeated."),
]


def alerts(
    org: OrgOption = None,
    since: SinceOption = None,
    kind: KindOption = None,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List alerts, reminders of invoices and top-ups that were asked for, oldest first."""
    kinds, first = known_kinds(kind or ()), start_of(since) if since is not None else None
    with books_of(Home(home_dir)) as books, books.reading() as connection:
        found = recorded_alerts(connection, org, kinds, first)
    rows = [row_of(alert, as_json=as_json) for alert in found]
    print_rows("alerts", COLUMNS, rows, as_json=as_json)


def known_kinds(asked: Sequence[str]) -> Sequence[str]:
    """Return these kinds. Raises MeterbookError that names one there is not."""
    for each in asked:
        if each not in ALL_KINDS:
            raise MeterbookError(
                f"{each!r} is no kind of alert. Use one of {', '.join(ALL_KINDS)}."
            )
    return asked


def start_of(text: str) -> datetime:
    """Return the first instant of a day in UTC. Raises MeterbookError when it is no day."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise MeterbookError(f"{text!r} is no day. Write it like 2026-11-05.") from error


def row_of(alert: Alert, *, as_json: bool) -> dict[str, Any]:
    """One alert as a program reads it, or as a line."""
    if as_json:
        instants = {
            name: f"{getattr(alert, name):%Y-%m-%dT%H:%M:%SZ}" for name in ("as_of", "raised_at")
        }
        return {"alert_id": alert.alert_id, **vars(alert), **instants}
    return {**vars(alert), "alert_id": alert.alert_id, "says": words_of(alert)}


def words_of(alert: Alert) -> str:
    """What a person needs to know of it."""
    told = alert.payload
    if alert.alert_kind in KINDS:
        return _limit_words(alert)
    if alert.alert_kind == reminding.PAYMENT_REMINDER:
        return (
            f"{told['number']}: {told['open']} {told['currency']} open, "
            f"{told['days_overdue']} days overdue"
        )
    if "balance" not in told:
        return ""
    standing = f"{told['balance']} {told['currency']} left"
    if told.get("days_left"):
        standing += f", {told['days_left']} days ({told['pessimistic_days_left']} at worst)"
    asked = f"; pay {told['amount']} {told['currency']}" if "amount" in told else ""
    return standing + asked


def _limit_words(alert: Alert) -> str:
    told = alert.payload
    if alert.alert_kind in {SPEND_USED, SPEND_FORECAST}:
        spent = (
            f"{told['spent_amount']} of {told['limit_amount']} {told['currency']} spent in "
            f"{told['billing_month']}"
        )
        is_ahead = alert.alert_kind == SPEND_FORECAST
        return f"{spent}, all about {told['forecast_at']}" if is_ahead else spent
    what = f"{told['limit_kind']} {told['model_id']}".rstrip()
    used = f"{what}: {int(told['used']):,} of {int(told['limit']):,} used"
    if alert.alert_kind == CAP_FORECAST:
        return f"{used}, all about {told['forecast_at']}, before {told['period_ends_at']}"
    return used
