"""Formats written for one test, and what one value of them gives on each of some rows.

Here: the smallest mapping file there can be and `Bench`es that read it. Keep out: expectations.
"""

from typing import Any

import yaml

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row, json_lines

START = "2026-10-10T12:00:00Z"


def mapping(**parts: Any) -> dict[str, Any]:
    """A mapping file; `fields` are added to those it needs, other parts replace its own."""
    fields = {
        "native_id": "rid",
        "key": "k",
        "completed_at": "at",
        "answered_model": {"const": "m"},
        "outcome": {"const": "success"},
    }
    about = {"name": "own", "title": "Own", "about": "Rows of a test.", "recognised_by": ["rid"]}
    given = {name: part for name, part in parts.items() if part is not None}
    return about | given | {"fields": fields | parts.get("fields", {})}


def row(rid: object, **columns: object) -> Row:
    """A row of that format with further columns."""
    return {"rid": rid, "k": "key_a", "at": START} | columns


def results(
    bench: Bench, value: str, rows: list[Row], field: str = "input_uncached", **parts: Any
) -> list[object]:
    """What a field becomes on each row, where `value` is its YAML; a reason where it is refused."""
    bench.wipe()
    bench.describe(mapping(fields={field: yaml.safe_load(value)}, **parts))
    whole = [row(f"r{n}") | columns for n, columns in enumerate(rows)]
    report = bench.ingest(bench.file(json_lines(whole)))
    assert (report.received, report.refused) == (len(rows), ())
    column = {"input_uncached": "input_uncached_tokens"}.get(field, field)
    as_text = f"cast({column} as varchar)" if column.endswith("_at") else column
    found = dict(bench.rows(f"select native_id, {as_text} from raw.usage_event"))
    found |= dict(bench.rows("select native_id, reason from raw.quarantined_event"))
    return [found[f"r{n}"] for n in range(len(rows))]
