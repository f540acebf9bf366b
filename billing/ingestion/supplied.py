"""What is said of a file besides what is in it: its format, its source, and missing fields.

Here: `--set FIELD=VALUE`, checked and put into a format. Keep out: reading arguments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from billing.errors import IngestError
from billing.ingestion.canonical import TEXT_FIELDS, SourceFormat
from billing.ingestion.literals import text_literal
from billing.ingestion.mapping import Formats
from billing.ingestion.mapping.instants import zoned

Supplied = Mapping[str, str]
KEY = "api_key_id"
ZONE = "zone"
SETTABLE = (KEY, ZONE, *(name for name in TEXT_FIELDS if name != "key"))


@dataclass(frozen=True)
class Asked:
    """What is said of a file: its format, unless it is detected, missing fields, its source."""

    formats: Formats
    chosen: SourceFormat | None
    supplied: Supplied
    source_id: str | None = None


def require_settable(supplied: Supplied) -> None:
    """Raise IngestError when a field cannot be given, or not with this value."""
    for name, value in supplied.items():
        if name not in SETTABLE:
            raise IngestError(
                f"--set {name}: there is no such field. Fields are {', '.join(SETTABLE)}."
            )
        if not value:
            raise IngestError(f"--set {name}: the value is empty. Write {name}=VALUE.")
    if supplied.get(ZONE, "UTC") != "UTC":
        raise IngestError("--set zone: only UTC can be taken for granted. Write zone=UTC.")


def supply(source: SourceFormat, supplied: Supplied) -> SourceFormat:
    """The format with the given fields filled in where a row lacks them.

    The key is that of every row, whatever a row says; `zone` is that of times without one.
    """
    if not supplied:
        return source
    fields = dict(source.fields)
    if ZONE in supplied:
        for name in ("started_at", "completed_at"):
            if name in fields:
                fields[name] = zoned(f"({fields[name]})")
    for name, value in supplied.items():
        given = text_literal(value)
        if name == KEY:
            fields["key"] = given
        elif name != ZONE:
            fields[name] = (
                f"coalesce(nullif({fields[name]}, ''), {given})" if name in fields else given
            )
    key_column = "api_key_id" if KEY in supplied else source.key_column
    return replace(source, fields=fields, key_column=key_column)
