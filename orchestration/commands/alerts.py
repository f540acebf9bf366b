"""`meterbook alerts`.

Here: printing what was raised. Keep out: raising (`billing.prepaid.alerting`,
`billing.subscriptions.limit_alerting`).
"""

from typing import Any

from billing.books.address import books_of
from billing.books.alerts import Alert, recorded_alerts
from billing.home import Home
from billing.subscriptions.limit_alerting import CAP_FORECAST, KINDS, SPEND_USED
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


def alerts(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """List every alert that was raised and every top-up that was asked for, oldest first."""
    with books_of(Home(home_dir)) as books, books.reading() as connection:
        found = recorded_alerts(connection, org)
    rows = [row_of(alert, as_json=as_json) for alert in found]
    print_rows("alerts", COLUMNS, rows, as_json=as_json)


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
    if "balance" not in told:
        return ""
    standing = f"{told['balance']} {told['currency']} left"
    if told.get("days_left"):
        standing += f", {told['days_left']} days ({told['pessimistic_days_left']} at worst)"
    asked = f"; pay {told['amount']} {told['currency']}" if "amount" in told else ""
    return standing + asked


def _limit_words(alert: Alert) -> str:
    told = alert.payload
    if alert.alert_kind == SPEND_USED:
        return (
            f"{told['spent_amount']} of {told['limit_amount']} {told['currency']} spent in "
            f"{told['billing_month']}"
        )
    what = f"{told['limit_kind']} {told['model_id']}".rstrip()
    used = f"{what}: {int(told['used']):,} of {int(told['limit']):,} used"
    if alert.alert_kind == CAP_FORECAST:
        return f"{used}, all about {told['forecast_at']}, before {told['period_ends_at']}"
    return used
