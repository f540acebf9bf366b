"""A payment that was seen holds its balance to the rule of tax it was taken under, before any month.

The sample's org_fjord paid 150.00 in September and more in October. October is drafted, so it was
seen; then its profile says `consumption`. What other customers write is theirs to change.
"""

from pathlib import Path

import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import deliver, observation

pytestmark = pytest.mark.long

ONLY = ("--org", "org_fjord")


def tax(folder: Path, organization_id: str, tax_at: str) -> int:
    """Write `tax_at` of one profile and nothing for others; return the row it stands in."""
    file = folder / "billing_profiles.csv"
    head, *rows = file.read_text().splitlines()
    if "tax_at" not in head.split(","):
        head, rows = f"{head},tax_at", [f"{row}," for row in rows]
    rows = [row[: row.rindex(",") + 1] for row in rows]
    place = next(number for number, row in enumerate(rows) if row.startswith(organization_id))
    rows[place] += tax_at
    file.write_text("\n".join([head, *rows]) + "\n")
    return place + 2


def test_tax_at_cannot_change_once_a_close_saw_a_payment(tmp_path: Path) -> None:
    home = Installation.new(tmp_path / "home")
    catalog = home.root / "catalog"
    deliver(home, "1.jsonl", observation("a", 1, 1), key="key_fjord_01")
    tax(catalog, "org_fjord", "consumption")
    home.must("catalog", "check")
    tax(catalog, "org_fjord", "elsewhere")
    home.must("close", "2026-10", *ONLY)
    row = tax(catalog, "org_fjord", "consumption")
    for command in (("catalog", "check"), ("close", "2026-10", *ONLY), ("refresh",)):
        done = home.run(*command)
        assert done.code == 1
        said = " ".join(done.err.split())
        assert f"billing_profiles.csv, row {row}, field tax_at: is consumption" in said
        assert "the payment topup_fjord_001, which was recorded under top_up" in said
        assert "Put back what tax_at said." in said
        assert "If the 3 rows that were recorded so were mistakes: take them out of" in said
    refused = home.run("topup", "org_fjord", "5", "--currency", "USD", "--client-reference", "x")
    assert "was recorded under tax_at top_up" in " ".join(refused.err.split())
    tax(catalog, "org_indigo", "consumption")
    home.must("catalog", "check")
    home.must("close", "2026-10", *ONLY)
