"""`meterbook caps`.

Here: arguments and printing. Keep out: what counts against a limit (`dbt_project`).
"""

from collections.abc import Sequence
from typing import Any

from billing.errors import MeterbookError
from billing.home import Home
from billing.subscriptions.caps import CapAlert, alerts_of, caps_of, spending_of
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

STATUS = ("organization", "of", "limit", "period from", "used", "of limit", "percent", "429s")
SPEND = ("organization", "key", "month", "currency", "spent", "of limit", "percent")


def caps(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Show how much is used of every limit, as the last close or draft of a month left it."""
    home = Home(home_dir)
    if not home.warehouse_file.exists():
        raise MeterbookError(f"{home.root} holds no warehouse yet. Ingest logs and close a month.")
    with home.exclusive(), read_warehouse(home.warehouse_file) as connection:
        status, alerts, spending = (
            [each for each in found if org in {None, each.organization_id}]
            for found in (caps_of(connection), alerts_of(connection), spending_of(connection))
        )
    if org is not None and not (status or spending):
        raise MeterbookError(f"{org!r} has no limits in a month that was closed.")
    if as_json:
        named = {"caps": status, "alerts": alerts, "spending": spending}
        print_json({name: [vars(each) for each in rows] for name, rows in named.items()})
        return
    rows: list[tuple[Any, ...]] = [
        (
            each.organization_id,
            subject(each.subject_id, each.model_id),
            each.limit_kind,
            instant(each.period_starts_at),
            f"{each.used_quantity:,}",
            f"{each.limit_quantity:,}",
            f"{each.used_percent} %",
            each.throttle_causes,
        )
        for each in status
    ]
    print_table(STATUS, rows)
    if spending:
        terminal().print()
        print_table(
            SPEND,
            [
                (
                    each.organization_id,
                    each.api_key_id,
                    each.billing_month,
                    each.currency,
                    each.spent_amount,
                    each.limit_amount,
                    f"{each.spent_percent} %",
                )
                for each in spending
            ],
        )
    if alerts:
        terminal().print("\nAlerts:")
    for line in alert_lines(alerts):
        terminal().print(line, soft_wrap=True, markup=False)


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
