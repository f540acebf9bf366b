"""`meterbook caps`.

Here: arguments and printing. Keep out: what counts against a limit (`dbt_project`).
"""

from collections.abc import Sequence
from datetime import datetime

from billing.errors import MeterbookError
from billing.home import Home
from billing.subscriptions.caps import (
    CapAlert,
    CapStatus,
    KeySpend,
    alerts_of,
    caps_of,
    spending_of,
)
from billing.warehouse import read_warehouse
from orchestration.commands.account_terms import OrgOption, instant
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    print_json,
    print_table,
    terminal,
)

STATUS = (
    "organization",
    "of",
    "limit",
    "period from",
    "used",
    "of limit",
    "percent",
    "forecast",
    "429s",
)
SPEND = ("organization", "key", "month", "currency", "spent", "of limit", "percent", "forecast")


def caps(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Show how much is used of every limit, as the last close or draft of a month left it."""
    home = Home(home_dir)
    if not home.warehouse_file.exists():
        raise MeterbookError(f"{home.root} holds no warehouse yet. Ingest logs and close a month.")
    with home.exclusive(), read_warehouse(home.warehouse_file) as connection:
        status = [each for each in caps_of(connection) if org in {None, each.organization_id}]
        alerts = [each for each in alerts_of(connection) if org in {None, each.organization_id}]
        spending = [each for each in spending_of(connection) if org in {None, each.organization_id}]
    if org is not None and not (status or spending):
        raise MeterbookError(f"{org!r} has no limits in a month that was closed.")
    if as_json:
        told: dict[str, Sequence[object]] = {
            "caps": status,
            "alerts": alerts,
            "spending": spending,
        }
        print_json({name: [fields_of(each) for each in found] for name, found in told.items()})
        return
    print_table(STATUS, [_status(each) for each in status])
    if spending:
        terminal().print()
        print_table(SPEND, [_spending(each) for each in spending])
    if alerts:
        terminal().print("\nAlerts:")
    for line in alert_lines(alerts):
        terminal().print(line, soft_wrap=True, markup=False)


def fields_of(found: object) -> dict[str, object]:
    """Return what is told of a limit or alert, instants as files write them."""
    return {
        name: instant(value) if isinstance(value, datetime) else value
        for name, value in vars(found).items()
    }


def _status(cap: CapStatus) -> tuple[object, ...]:
    return (
        cap.organization_id,
        subject(cap.subject_id, cap.model_id),
        cap.limit_kind,
        instant(cap.period_starts_at),
        f"{cap.used_quantity:,}",
        f"{cap.limit_quantity:,}",
        f"{cap.used_percent} %",
        instant(cap.forecast_at),
        cap.throttle_causes,
    )


def _spending(spend: KeySpend) -> tuple[object, ...]:
    return (
        spend.organization_id,
        spend.api_key_id,
        spend.billing_month,
        spend.currency,
        spend.spent_amount,
        spend.limit_amount,
        f"{spend.spent_percent} %",
        instant(spend.forecast_at),
    )


def subject(subject_id: str, model_id: str) -> str:
    """Name what is limited."""
    return f"{subject_id} {model_id}".rstrip()


def alert_lines(alerts: Sequence[CapAlert]) -> list[str]:
    """One line for each alert."""
    return [f"  {_alert(alert)}" for alert in alerts]


def _alert(alert: CapAlert) -> str:
    what = (
        f"{alert.organization_id} {subject(alert.subject_id, alert.model_id)}: {alert.limit_kind} "
        f"of {alert.limit_quantity:,}"
    )
    if alert.alert_kind == "forecast":
        return (
            f"{what} will be reached about {instant(alert.forecast_at)}, before "
            f"{instant(alert.period_ends_at)}, as was seen on {alert.raised_at:%Y-%m-%d}"
        )
    return f"{what} used to {alert.threshold_percent} % at {instant(alert.raised_at)}"
