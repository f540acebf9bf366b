"""`meterbook`: the command line.

Here: which commands exist and how a refusal ends. Exit codes: 0 done, 1 refused and nothing
changed, 2 wrong usage, 3 done but some organizations are blocked. Keep out: what commands do.
"""

import sys

import typer

from billing.errors import MeterbookError
from orchestration.commands import (
    alerts,
    api_keys,
    balances,
    bills,
    caps,
    catalog,
    closing,
    developing,
    doctor,
    explaining,
    formats,
    ingesting,
    moving,
    quarantine,
    receivables,
    refreshing,
    register,
    serving,
    subscribing,
    whatif,
)

app = typer.Typer(
    help="Month-end billing for LLM gateways: from raw request logs to invoices.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("ingest")(ingesting.ingest)
app.command("close")(closing.close)
app.command("refresh")(refreshing.refresh)
app.command("invoices")(register.invoices)
app.command("show")(register.show)

app.command("bills")(bills.bills)
app.command("explain")(explaining.explain)
app.command("reconcile")(explaining.reconcile)
app.command("whatif")(whatif.whatif)
app.command("subscribe")(subscribing.subscribe)
app.command("renew")(subscribing.renew)
app.command("change-subscription")(subscribing.change_subscription)
app.command("cancel")(subscribing.cancel)
app.command("subscriptions")(subscribing.subscriptions)
app.command("create-key")(api_keys.create_key)
app.command("regenerate-key")(api_keys.regenerate_key)
app.command("disable-key")(api_keys.disable_key)
app.command("delete-key")(api_keys.delete_key)
app.command("keys")(api_keys.keys)
app.command("entitlements")(api_keys.entitlements)
app.command("serve-entitlements")(serving.serve_entitlements)
app.command("topup")(balances.topup)
app.command("refund")(moving.refund)
app.command("transfer")(moving.transfer)
app.command("write-off")(moving.write_off)
app.command("balance")(balances.balance)
app.command("caps")(caps.caps)
app.command("alerts")(alerts.alerts)
app.add_typer(catalog.app, name="catalog")
app.add_typer(formats.app, name="formats")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(receivables.app, name="receivables")
app.command("doctor")(doctor.doctor)
app.command("dev")(developing.dev)


def main() -> None:
    """Run one command; a refusal goes to stderr and ends with 1."""
    try:
        app()
    except MeterbookError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
