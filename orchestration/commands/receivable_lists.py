"""`meterbook receivables list` and `acts`.

Here: printing what is open, and what was done. Keep out: doing it (`receivables`).
"""

from billing.books.address import books_of
from billing.books.documents import major
from billing.books.receivables import acts, settlements
from billing.home import Home
from billing.receivables.standing import AGES, OLDEST, accounts, open_invoices
from orchestration.commands.account_terms import OrgOption, print_rows
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
)

OPEN = (
    "number",
    "organization_id",
    "issue_date",
    "due_date",
    "status",
    "days_overdue",
    "currency",
    "due",
    "credited",
    "paid",
    "written_off",
    "open",
)
AMOUNTS = ("due", "credited", "paid", "written_off", "open")
ACTS = (
    "act_id",
    "organization_id",
    "kind",
    "amount",
    "currency",
    "occurred_at",
    "client_reference",
    "reverses",
    "settles",
    "because",
)


def list_open(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """List open invoices, and what each customer owes by age and has on account."""
    now = clock().now()
    with books_of(Home(home_dir)) as books, books.reading() as connection:
        invoices = open_invoices(connection, now, org)
        customers = accounts(connection, now, org)
    rows = [
        vars(each.receivable)
        | {name: each.receivable.amount(name) for name in AMOUNTS}
        | {"status": each.status, "days_overdue": each.days_overdue}
        for each in invoices
    ]
    if as_json:
        listed = [{name: row[name] for name in OPEN} for row in rows]
        print_json({"invoices": listed, "accounts": [vars(each) for each in customers]})
        return
    print_table(OPEN, [[row[name] for name in OPEN] for row in rows], right=len(AMOUNTS))
    ages = (*(name for _, name in AGES), OLDEST)
    print_table(
        ("organization_id", "currency", *ages, "open", "on_account"),
        [
            (each.organization_id, each.currency, *each.by_age.values(), each.open, each.on_account)
            for each in customers
        ],
        title="\nBy days overdue",
        right=len(ages) + 2,
    )


def list_acts(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """List what was paid, paid back, settled, written off and reversed, in order."""
    with books_of(Home(home_dir)) as books, books.reading() as connection:
        found, settled = acts(connection, org), settlements(connection, org)
    digits = {each.act_id: each.minor_digits for each in found}
    parts: dict[int, list[str]] = {}
    for each in settled:
        amount = major(each.amount_minor, digits[each.act_id])
        parts.setdefault(each.act_id, []).append(f"{each.number} {amount}")
    rows = [
        vars(act) | {"amount": act.amount, "settles": ", ".join(parts.get(act.act_id, ()))}
        for act in found
    ]
    listed = [{name: row[name] for name in ACTS} for row in rows]
    print_rows("acts", ACTS, listed, as_json=as_json)
