"""Ids and references no longer than the books can keep, refused by file, row and field."""

import polars as pl
import pytest
from sqlalchemy import String, Table

from billing.books import account_tables, alert_tables, ledger_tables, register_tables
from billing.catalog.checking import value_problems
from billing.catalog.files import FILES
from billing.catalog.reading import ROW

from .conftest import CatalogFolder

LONGEST = [
    ("discounts", "discount_id", 100),
    ("tax_rules", "tax_rule_id", 100),
    ("top_ups", "top_up_id", 150),
    ("prices", "price_id", 300),
    ("top_ups", "reference", 200),
]


@pytest.mark.parametrize(("name", "field", "longest"), LONGEST)
def test_one_character_more_is_refused_by_name(
    catalog: CatalogFolder, name: str, field: str, longest: int
) -> None:
    catalog.change(name, 2, **{field: "x" * longest})
    assert catalog.problems() == []
    catalog.change(name, 2, **{field: "x" * (longest + 1)})
    (problem,) = catalog.problems()
    assert (problem.file, problem.row, problem.field) == (f"{name}.csv", 2, field)
    assert problem.message.endswith(f"has more than {longest} characters")
    assert problem.remedy == f"Use at most {longest}."


ROOMS = (account_tables, alert_tables, ledger_tables, register_tables)
KEPT = [
    (file.name, column.name, column.type.length)
    for room in ROOMS
    for table in vars(room).values()
    if isinstance(table, Table)
    for column in table.columns
    if isinstance(column.type, String) and column.type.length
    for file in FILES.values()
    if column.name in file.columns and (column.name.endswith("_id") or column.name == "reference")
]


@pytest.mark.parametrize(("name", "field", "length"), sorted(set(KEPT)))
def test_whatever_the_catalog_lets_through_fits_into_the_books(
    name: str, field: str, length: int
) -> None:
    file = FILES[name]
    row = {ROW: [2]} | {each: [""] for each in file.columns} | {field: ["x" * (length + 1)]}
    told = {(each.field, each.message) for each in value_problems(file, pl.DataFrame(row))}
    assert [message for where, message in told if where == field and "has more than" in message]


def test_the_columns_looked_at_are_those_of_customers_and_balances() -> None:
    assert len(set(KEPT)) > 20
    assert {field for _, field, _ in KEPT} > {
        "organization_id", "subscription_id", "api_key_id", "model_id", "plan_id", "credit_id",
        "reference",
    }  # fmt: skip
