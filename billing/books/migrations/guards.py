"""Triggers that make the books keep their promises against any client.

Here: makers of DDL for SQLite and PostgreSQL. Released revisions use them: add a new maker
rather than changing what one emits. Keep out: rules that a CHECK or UNIQUE can hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WRITERS_LOCK = 5217411
"""The advisory lock of PostgreSQL that whoever writes to the books holds until commit."""
POSTGRESQL_REFUSAL = """\
create function meterbook_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$"""


@dataclass(frozen=True)
class Guard:
    """Refuse `verb` (insert, update, delete) on rows of `table` where `condition`.

    The condition speaks of `new` and `old`, in SQL that the dialect knows.
    """

    table: str
    name: str
    verb: str
    condition: str
    message: str

    @property
    def trigger(self) -> str:
        """The trigger's name."""
        return f"{self.table}_{self.name}"


def append_only(dialect: str, table: str, keys: Sequence[Sequence[str]]) -> Iterator[str]:
    """DDL that refuses UPDATE and DELETE on `table`, whatever their SQL spelling.

    `keys` are its unique keys: SQLite's INSERT OR REPLACE deletes the old row without firing
    a delete trigger, so an insert that meets an existing key is refused before that.
    """
    if dialect == "postgresql":
        yield from _postgresql_append_only(table)
        return
    for verb in ("update", "delete"):
        guard = Guard(table, f"no_{verb}", verb, "1 = 1", f"{table} is append-only")
        yield from refuse(dialect, guard)
    yield from no_replacing(
        dialect, table, keys, f"{table} is append-only and has a row with this key"
    )


def no_replacing(
    dialect: str,
    table: str,
    keys: Sequence[Sequence[str]],
    message: str = "there is a row with this key",
) -> Iterator[str]:
    """DDL against what empties a table in passing: truncating it, or replacing rows by inserts."""
    if dialect == "postgresql":
        yield (
            f"create trigger {table}_no_truncate before truncate on {table} "
            "execute function meterbook_refuse_change()"
        )
        return
    taken = " or ".join(
        "(" + " and ".join(f"old_row.{column} = new.{column}" for column in key) + ")"
        for key in keys
    )
    condition = f"exists (select 1 from {table} as old_row where {taken})"
    yield from refuse(dialect, Guard(table, "no_replace", "insert", condition, message))


def refuse(dialect: str, guard: Guard) -> Iterator[str]:
    """DDL that refuses what the guard names."""
    if dialect == "postgresql":
        yield from _postgresql_refuse(guard)
        return
    yield (
        f"create trigger {guard.trigger} before {guard.verb} on {guard.table} for each row "
        f"when {guard.condition} begin select raise(abort, '{guard.message}'); end"
    )


def _postgresql_append_only(table: str) -> Iterator[str]:
    function = "execute function meterbook_refuse_change()"
    yield (
        f"create trigger {table}_append_only before update or delete on {table} "
        f"for each row {function}"
    )
    yield f"create trigger {table}_no_truncate before truncate on {table} {function}"


def _postgresql_refuse(guard: Guard) -> Iterator[str]:
    """Whoever did not take the lock by himself takes it here: he looks, and then writes, alone.

    TRUNCATE deletes rows without asking for each, so it is refused where any delete may be.
    """
    result = "old" if guard.verb == "delete" else "new"
    yield (
        f"create function {guard.trigger}() returns trigger language plpgsql as $$\n"
        f"begin\n  perform pg_advisory_xact_lock({WRITERS_LOCK});\n"
        f"  if {guard.condition} then\n"
        f"    raise exception '{guard.message}' using errcode = 'restrict_violation';\n"
        f"  end if;\n  return {result};\nend $$"
    )
    yield (
        f"create trigger {guard.trigger} before {guard.verb} on {guard.table} "
        f"for each row execute function {guard.trigger}()"
    )
    if guard.verb == "delete":
        yield (
            f"create trigger {guard.trigger}_whole before truncate on {guard.table} "
            "execute function meterbook_refuse_change()"
        )
