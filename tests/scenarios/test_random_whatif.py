"""A what-if rates anew only what another catalog reaches, and comes to what rating all of it does.

`METERBOOK_RANDOM_CUSTOMERS` and `METERBOOK_RANDOM_SEED` are those of the random customers.
"""

import os
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from shutil import copytree

import pytest

from billing.home import Home
from billing.periods import BillingMonth
from billing.whatif import Differences
from orchestration.whatif import run
from tests.orchestration.installation import Installation
from tests.orchestration.other_catalog import Rows, edit
from tests.scenarios.cases import write_csv, write_rows
from tests.scenarios.random_customers import random_gateway

pytestmark = pytest.mark.long

CUSTOMERS = min(30, int(os.environ.get("METERBOOK_RANDOM_CUSTOMERS", "30")))
SEED = int(os.environ.get("METERBOOK_RANDOM_SEED", "20261031"))
OCTOBER = BillingMonth(2026, 10)
MID_MONTH = "2026-10-16T12:15:00Z"
SCOPE = ("meter", "service_tier", "context_above_tokens", "region", "price_window_id")
Edit = tuple[str, Callable[[Rows], None]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("asked")
    gateway = random_gateway(SEED, CUSTOMERS)
    write_rows(root / "catalog", gateway.catalog)
    (root / "delivered").mkdir()
    write_csv(root / "delivered" / "all.csv", list(gateway.requests[0]), gateway.requests)
    installation = Installation(root, prints=False)
    installation.must("ingest", root / "delivered")
    installation.must("close", "2026-10")
    return Home(root)


def _any(rows: Rows) -> dict[str, str]:
    return Random(SEED).choice(rows)  # noqa: S311 - repeatable, not secret


def _times(factor: int) -> Callable[[Rows], None]:
    """Every third row, so that not everyone is reached."""

    def change(rows: Rows) -> None:
        for row in rows[::3]:
            row["unit_price"] = f"{Decimal(row['unit_price']) * factor:f}"

    return change


def _dearer_from_mid_month(rows: Rows) -> None:
    """Every price of a model that is no other one's beginning or end."""
    model = _any(rows)["model_id"]
    own = [row for row in rows if row["model_id"] == model]
    scopes = Counter(tuple(row[name] for name in SCOPE) for row in own)
    for number, row in enumerate(own):
        if scopes[tuple(row[name] for name in SCOPE)] == 1 and not row["valid_to_at"]:
            new = {"price_id": f"dearer_{number}", "valid_from_at": MID_MONTH}
            rows.append({**row, **new, "unit_price": "0.0007"})


def _price_the_other_model(rows: Rows) -> None:
    for row in rows:
        row["price_by"] = "answered" if row["price_by"] == "requested" else "requested"


def _end_all(rows: Rows) -> None:
    rows.clear()


def _tax_otherwise(rows: Rows) -> None:
    named = {row["tax_treatment_id"] for row in rows} - {""}
    for row in rows[::3]:
        row["tax_treatment_id"] = min(named - {row["tax_treatment_id"]})


EDITS: dict[str, Edit] = {
    "list prices": ("prices", _times(3)),
    "a model's prices from mid-month": ("prices", _dearer_from_mid_month),
    "steps of tiers": ("tier_steps", _times(3)),
    "no discounts": ("discounts", _end_all),
    "who is taxed how": ("billing_profiles", _tax_otherwise),
    "which model is priced": ("contracts", _price_the_other_model),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_is_not_reached_is_as_if_it_had_been_rated_anew(
    home: Home, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, change = EDITS[name]
    catalog = tmp_path / "catalog"
    copytree(home.root / "catalog", catalog)
    edit(catalog, file, change)
    reaching = _ask(home, catalog)
    whole = _whole(home, catalog, monkeypatch)
    assert reaching == whole
    amounts = [pair for row in whole.documents for pair in row.amounts.values()]
    assert any(pair.difference for pair in amounts)
    asked = [whole.documents[0].key["organization_id"]]
    only = _ask(home, catalog, asked)
    for found, all_of in zip(_rows(only), _rows(whole), strict=True):
        assert found == tuple(row for row in all_of if row.key["organization_id"] in asked)


def _ask(home: Home, catalog: Path, chosen: list[str] | None = None) -> Differences:
    return run.rerate(home, OCTOBER, catalog, chosen or [], with_lines=True).differences


def _whole(home: Home, catalog: Path, monkeypatch: pytest.MonkeyPatch) -> Differences:
    def never(*_: object) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(run, "is_as_built", never)
        return _ask(home, catalog)


def _rows(found: Differences) -> tuple[tuple[object, ...], ...]:
    return found.documents, found.models, found.lines
