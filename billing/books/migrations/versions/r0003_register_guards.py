"""The register's promises: nothing changes, no number is skipped or repeated."""

from collections.abc import Sequence

from alembic import op

from billing.books.migrations import guards

revision = "0003"
down_revision = "0002"

SAME_SERIES = "seller_id = {row}.seller_id and kind = {row}.kind and year = {row}.year"
SERIES_IS_KNOWN = f"exists (select 1 from number_series where {SAME_SERIES.format(row='new')})"
SERIAL_IS_NOT_NEXT = (
    "new.serial <> 1 + coalesce((select max(serial) from document where "
    + SAME_SERIES.format(row="new")
    + "), 0) or new.serial <> coalesce((select last_serial from number_series where "
    + SAME_SERIES.format(row="new")
    + "), 0)"
)
NUMBER_WAS_SKIPPED = (
    "new.last_serial <> old.last_serial + 1 or new.seller_id <> old.seller_id "
    "or new.kind <> old.kind or new.year <> old.year "
    "or (old.last_serial > 0 and not exists (select 1 from document where "
    + SAME_SERIES.format(row="old")
    + " and serial = old.last_serial))"
)
SKIPPED = "a number may neither be skipped nor repeated"
GUARDS = (
    guards.Guard("document", "serial", "insert", SERIAL_IS_NOT_NEXT, SKIPPED),
    guards.Guard(
        "number_series",
        "first",
        "insert",
        f"new.last_serial <> 0 or {SERIES_IS_KNOWN}",
        "a series starts at 0 and only ever once",
    ),
    guards.Guard("number_series", "next", "update", NUMBER_WAS_SKIPPED, SKIPPED),
    guards.Guard("number_series", "kept", "delete", "1 = 1", "a number series is kept"),
)
APPEND_ONLY: dict[str, Sequence[Sequence[str]]] = {
    "document": [
        ("number",),
        ("seller_id", "kind", "year", "serial"),
        ("organization_id", "billing_month", "payment_mode", "kind"),
    ],
    "document_report": [("number", "name")],
    "balance_entry": [("entry_id",), ("kind", "reference")],
    "payment": [("payment_id",), ("number", "reference")],
}


def upgrade() -> None:
    """Create the triggers."""
    dialect = op.get_context().dialect.name
    for table, keys in APPEND_ONLY.items():
        for statement in guards.append_only(dialect, table, keys):
            op.execute(statement)
    for guard in GUARDS:
        for statement in guards.refuse(dialect, guard):
            op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
