"""A newer version of a row, through to the invoice: as if the older one had never been."""

from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import deliver, observation

pytestmark = pytest.mark.long

DECEMBER = "2026-12-05T06:00:00Z"
CLOSE = ("--finalize", "--org", "org_aurora")


def invoice_of(home: Installation, month: str) -> dict[str, Any]:
    found = home.must("invoices", "--month", month, "--org", "org_aurora", "--json").json
    (invoice,) = found["invoices"]
    return dict(invoice)


def test_the_newest_version_of_a_row_is_what_is_billed(tmp_path: Path) -> None:
    updated = Installation.new(tmp_path / "updated")
    deliver(updated, "1.jsonl", observation("a", 1_000_000, 1), observation("b", 500_000, 1))
    counts = deliver(updated, "2.jsonl", observation("a", 2_000_000, 2))
    assert (counts["received"], counts["accepted"], counts["duplicates"]) == (1, 0, 1)
    direct = Installation.new(tmp_path / "direct")
    deliver(direct, "1.jsonl", observation("a", 2_000_000, 2), observation("b", 500_000, 1))
    for home in (updated, direct):
        home.must("close", "2026-10", *CLOSE)
        assert home.must("reconcile", "2026-10", "--json").json["balanced"] is True
    assert invoice_of(updated, "2026-10") == invoice_of(direct, "2026-10")

    # The books remember how the files were read: a rebuild needs no --set.
    updated.warehouse.unlink()
    rebuilt = updated.must("ingest", *(updated.root / f"{n}.jsonl" for n in (1, 2)), "--json").json
    assert (rebuilt["accepted"], rebuilt["quarantined"]) == (2, 0)

    late = deliver(updated, "3.jsonl", observation("a", 3_000_000, 3), now=DECEMBER)
    assert late["late"] == 1
    updated.must("close", "2026-11", *CLOSE, now=DECEMBER)
    balance = updated.must("reconcile", "2026-11", "--json", now=DECEMBER).json
    assert balance["balanced"] is True
    number = invoice_of(updated, "2026-11")["number"]
    lines = updated.must("show", number).json["document"]["lines"]
    shown = [(line["service_month"], line["meter"], line["quantity"]) for line in lines]
    assert shown == [("2026-10", "input_uncached", 1_000_000)]
