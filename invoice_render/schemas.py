"""The published JSON Schemas of what is frozen: `invoice.json` and both reports.

Here: the schema of each, as other programs read it. They are written to `docs/schemas/` by
`python -m invoice_render.schemas docs/schemas`, and a test holds them equal. Keep out: the fields.
"""

import json
import sys
from pathlib import Path

from invoice_render import document, report
from invoice_render.frozen import Frozen

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED: dict[str, tuple[type[Frozen], int]] = {
    "invoice": (document.Document, document.SCHEMA_VERSION),
    "usage_report": (report.UsageReport, report.SCHEMA_VERSION),
    "cost_report": (report.CostReport, report.SCHEMA_VERSION),
}


def file_name(name: str) -> str:
    """The file of a schema, with the version that its documents say they have."""
    return f"{name}-{PUBLISHED[name][1]}.schema.json"


def schema_text(name: str) -> str:
    """The JSON Schema of one of `PUBLISHED`, as the text of its file."""
    model, version = PUBLISHED[name]
    schema = {"$schema": DIALECT, **model.model_json_schema()}
    schema["properties"]["schema_version"] = {"const": version}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    """Write every schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PUBLISHED:
        (folder / file_name(name)).write_text(schema_text(name), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
