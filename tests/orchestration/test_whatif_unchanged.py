"""What another catalog leaves as it was is not built again, and comes to the same."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from billing.home import Home
from billing.periods import BillingMonth
from billing.whatif import Differences
from billing.whatif.beside import Relation
from orchestration.defs.rating import basis
from orchestration.whatif import run
from orchestration.whatif.graph import Model
from tests.orchestration.installation import Installation
from tests.orchestration.other_catalog import Rows, bill_otherwise, edit, find, raise_haiku

OCTOBER = BillingMonth(2026, 10)
USAGE = {"dim_usage_key", "int_rating__usage_by_slice"}
AMOUNTS = {"int_rating__charges", "fct_invoices"}


def dearer(rows: Rows) -> None:
    row = find(rows, model_id="gpt-5", meter="output_visible", service_tier="default")
    row["unit_price"] = "0.000011"


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the tables that a what-if takes as they are."""
    names: set[str] = set()
    take = run.take

    def noted(connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
        names.add(relation.name)
        take(connection, relation)

    monkeypatch.setattr(run, "take", noted)
    return names


@pytest.fixture
def ask(drafted_small: Installation, tmp_path: Path) -> Callable[..., Differences]:
    def asked(change: Callable[[Path], None], home: Installation = drafted_small) -> Differences:
        catalog = tmp_path / "catalog"
        shutil.rmtree(catalog, ignore_errors=True)
        shutil.copytree(home.root / "catalog", catalog)
        change(catalog)
        return run.rerate(Home(home.root), OCTOBER, catalog, with_lines=True).differences

    return asked


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """From here on everything is built."""

    def never(*_: object) -> bool:
        return False

    return lambda: monkeypatch.setattr(run, "is_as_built", never)


def test_a_price_moves_no_usage(
    ask: Callable[..., Differences], taken: set[str], anew: Callable[[], None]
) -> None:
    found = ask(lambda folder: edit(folder, "prices", dearer))
    assert taken >= USAGE
    assert not taken & AMOUNTS
    taken.clear()
    anew()
    assert ask(lambda folder: edit(folder, "prices", dearer)) == found
    assert taken == set()
    assert any(row.main.difference for row in found.documents)


def test_a_price_that_changes_within_the_month_places_usage_of_its_model_anew(
    ask: Callable[..., Differences],
    taken: set[str],
    anew: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placed: list[tuple[str, set[str]]] = []
    place = run.build_where_sliced_otherwise

    def noted(connection: duckdb.DuckDBPyConnection, model: Model, month: BillingMonth) -> None:
        place(connection, model, month)
        models = connection.execute(f"""
            select distinct billed_model_id from intermediate.dim_usage_key
            semi join intermediate.{model.relation.name}__of_month using (usage_key_id)
        """).fetchall()
        placed.append((model.relation.name, {name for (name,) in models}))

    monkeypatch.setattr(run, "build_where_sliced_otherwise", noted)
    found = ask(raise_haiku)
    assert taken & USAGE == {"dim_usage_key"}
    assert ("int_rating__usage_by_slice", {"claude-haiku-4-5"}) in placed
    anew()
    assert ask(raise_haiku) == found
    assert any(row.main.difference for row in found.documents)


def test_a_contracts_outcome_rule_decides_usage_anew_and_only_its_own(
    ask: Callable[..., Differences], taken: set[str], anew: Callable[[], None]
) -> None:
    def goodwill(folder: Path) -> None:
        bill_otherwise(folder, "contract_mosaic_2026,success,false,goodwill")

    found = ask(goodwill)
    assert not taken & USAGE
    (mosaic,) = [row for row in found.documents if row.main.difference]
    assert mosaic.key["organization_id"] == "org_mosaic"
    assert mosaic.main.new < mosaic.main.old
    anew()
    assert ask(goodwill) == found


def test_the_same_catalog_builds_nothing_and_differs_in_nothing(
    ask: Callable[..., Differences], taken: set[str], anew: Callable[[], None]
) -> None:
    found = ask(lambda _: None)
    assert taken >= USAGE | AMOUNTS
    assert not any(row.main.difference for row in found.documents)
    anew()
    assert ask(lambda _: None) == found


@pytest.mark.parametrize(
    "statement",
    [
        "update catalog.prices set unit_price = unit_price * 2",
        "update books.month_watermark set watermark = watermark + 1",
        "alter table catalog.models add column note varchar",
        "update catalog.month_basis set billing_month = '2026-09-01'",
        "drop table catalog.month_basis",
    ],
)
def test_a_warehouse_that_moved_on_since_the_month_was_built_is_not_taken_for_it(
    drafted_small: Installation,
    tmp_path: Path,
    ask: Callable[..., Differences],
    taken: set[str],
    statement: str,
) -> None:
    moved = drafted_small.copy(tmp_path / "moved")
    with duckdb.connect(str(moved.warehouse)) as connection:
        connection.execute(statement)
    ask(lambda folder: edit(folder, "prices", dearer), moved)
    assert taken == set()


def test_what_other_models_built_is_not_taken(
    ask: Callable[..., Differences], taken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(basis, "project_sha256", lambda: "of a newer version")
    ask(lambda folder: edit(folder, "prices", dearer))
    assert taken == set()
