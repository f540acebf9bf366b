"""That each law of the dbt project can be broken: by its data test, or by its table's constraint."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt_project.warehouse import dbt, execute, read

Copy = Callable[[Path], Path]
Law = tuple[str, str]
"""A generic test and the model it is asked of."""

CHARGES = "intermediate.int_rating__charges"
PRICED = "intermediate.int_rating__priced"
LINES = "intermediate.int_invoicing__rounded_lines"
GROUP_NETS = "intermediate.int_invoicing__group_nets"
BROKEN = {
    ("whole_row", "cost_monthly"): "insert into finance.cost_monthly from finance.cost_monthly",
    ("whole_row", "fct_invoices"): "update finance.fct_invoices set period_last_date = null",
    ("whole_row", "dim_projects"): "update usage.dim_projects set project_id = null",
    ("in_minor_units", "fct_invoices"): "update finance.fct_invoices set amount_due = 0.001",
    ("in_minor_units", "fct_invoice_lines"): f"update {LINES} set currency = 'XX'",
    ("unique_row", "int_rating__charges"): f"insert into {CHARGES} from {CHARGES}",
    ("unique_row", "int_invoicing__group_nets"): f"update {GROUP_NETS} set tax_rate = null",
}
KEPT = {
    ("whole_row", "dim_models"): "update usage.dim_models set provider = null",
    ("in_minor_units", "fct_invoice_taxes"): "update finance.fct_invoice_taxes set tax_amount = 3",
}
CONSTRAINTS = """
    select table_name || '.' || constraint_column_names[1], constraint_text
    from duckdb_constraints() where schema_name not in ('raw', 'catalog', 'books') order by all
"""


def artifact(path: Path, name: str) -> Any:
    return json.loads((path.parent / "target" / name).read_text())


@pytest.fixture(scope="module")
def outcomes(october: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Law, str]:
    """What dbt says of each law after all statements above were run."""
    path = tmp_path_factory.mktemp("broken") / "copy" / october.name
    shutil.copytree(october.parent, path.parent)
    execute(path, *BROKEN.values(), *KEPT.values())
    dbt(path, "test", "--select", *(f"{model},test_name:{test}" for test, model in BROKEN | KEPT))
    nodes = artifact(path, "manifest.json")["nodes"]
    found = {}
    for result in artifact(path, "run_results.json")["results"]:
        test = nodes[result["unique_id"]]
        if test["resource_type"] != "test":
            continue
        model = nodes[test["attached_node"]]["name"]
        found[test["test_metadata"]["name"], model] = result["status"]
    return found


@pytest.mark.parametrize("law", BROKEN)
def test_a_broken_law_fails_its_test(outcomes: dict[Law, str], law: Law) -> None:
    assert outcomes[law] == "fail"


@pytest.mark.parametrize("law", KEPT)
def test_what_a_law_allows_passes_its_test(outcomes: dict[Law, str], law: Law) -> None:
    assert outcomes[law] == "pass"


def test_every_constraint_of_a_contract_stands_on_its_table(october: Path) -> None:
    columns = {
        f"{node['name']}.{column['name']}": column["constraints"]
        for node in artifact(october, "manifest.json")["nodes"].values()
        for column in node["columns"].values()
        if column["constraints"]
    }
    assert {name for name, _ in read(october, CONSTRAINTS)} == columns.keys()
    assert {"fct_invoices.payment_mode", "int_usage__quarter_hours.usage_key_id"} <= columns.keys()


@pytest.mark.parametrize(
    ("column", "statement"),
    [
        ("payment_mode", "update finance.fct_invoices set payment_mode = 'barter'"),
        ("payer", "update intermediate.dim_usage_key set payer = ''"),
        ("requests", "update intermediate.int_usage__source_hours set requests = null"),
    ],
)
def test_a_table_refuses_what_its_contract_does_not_allow(
    october: Path, copy_of: Copy, column: str, statement: str
) -> None:
    with pytest.raises(duckdb.ConstraintException, match=column):
        execute(copy_of(october), statement)


def test_a_value_no_contract_allows_fails_the_run_and_leaves_the_month_as_it_was(
    october: Path, copy_of: Copy
) -> None:
    path = copy_of(october)
    execute(path, f"update {PRICED} set payer = 'barter'")
    done = dbt(path, "run", "--select", "int_rating__charges")
    assert done.code == 1
    assert 'CHECK constraint failed on table "int_rating__charges"' in done.out
    rows = f"from {CHARGES} order by all"
    assert read(path, rows) == read(october, rows)


def test_tables_of_another_contract_are_named_and_nothing_is_built(
    october: Path, copy_of: Copy
) -> None:
    path = copy_of(october)
    execute(
        path,
        "drop table finance.fct_prepaid_entries",
        "create table finance.fct_prepaid_entries as select 1 as amount",
        f"comment on table {CHARGES} is 'of another edition'",
    )
    done = dbt(path, "run", "--select", "dim_models", "fct_prepaid_entries")
    assert done.code != 0
    told = " ".join(done.out.split())
    assert (
        "Made by another version of Meterbook: finance.fct_prepaid_entries, "
        "intermediate.int_rating__charges. Move the warehouse away and ingest the logs again"
    ) in told
    assert "PASS" not in told
