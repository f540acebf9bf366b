"""What plans include: rows that no usage meets, and rows that would charge one usage twice."""

from collections.abc import Callable

import pytest

from billing.catalog.accepted import dated_rows, edit_problems
from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]
STUDIO = {
    "plan_overage_id": "studio_tokens",
    "plan_id": "plan_studio",
    "counted": "tokens",
    "model_id": "",
    "included_quantity": "1000000",
    "unit_price": "0.000002",
}


def written(catalog: CatalogFolder, *rows: dict[str, str]) -> None:
    """Write rows like that of the tokens of plan_studio, which has text and one picture model."""
    catalog.write("plan_overages", [STUDIO | row for row in rows])


def test_each_count_of_a_plan_may_be_of_all_models_or_of_some(catalog: CatalogFolder) -> None:
    written(
        catalog,
        {},
        {"plan_overage_id": "a", "counted": "requests", "model_id": "gpt-5"},
        {"plan_overage_id": "b", "counted": "requests", "model_id": "gpt-5-mini"},
        {"plan_overage_id": "c", "counted": "generations"},
        {"plan_overage_id": "d", "plan_id": "plan_solo", "included_quantity": "0"},
    )
    assert catalog.problems() == []


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("plan_id", "plan_ghost", "is not in plans.csv"),
        ("counted", "seconds", "is not a known value"),
        ("included_quantity", "-1", "is not a whole number"),
        ("unit_price", "-0.01", "is not a plain number"),
        ("unit_price", "0.0000000000001", "is not a plain number"),
        ("model_id", "deepseek-chat", "deepseek-chat is no model of plan_studio"),
    ],
)
def test_a_row_that_cannot_be_is_named(
    catalog: CatalogFolder, refused: Refused, field: str, value: str, word: str
) -> None:
    written(catalog, {field: value})
    assert word in refused("plan_overages", 2, field).message


def test_a_model_that_is_not_sold_is_named_by_its_file_and_by_the_plan(
    catalog: CatalogFolder,
) -> None:
    written(catalog, {"model_id": "ghost"})
    told = [problem.message for problem in catalog.problems()]
    assert told == ["ghost is not in models.csv", "ghost is no model of plan_studio"]


def test_a_count_that_stands_twice_is_named(catalog: CatalogFolder, refused: Refused) -> None:
    written(catalog, {}, {"plan_overage_id": "again"})
    problem = refused("plan_overages", 3, "counted")
    assert problem.message == "tokens of plan_studio are in row 2 already"


def test_a_row_of_a_model_beside_one_for_all_models_is_named(
    catalog: CatalogFolder, refused: Refused
) -> None:
    written(catalog, {"plan_overage_id": "one", "model_id": "gpt-5"}, {})
    problem = refused("plan_overages", 2, "model_id")
    assert "counted by row 3 too, which is for all models" in problem.message


def test_generations_of_a_plan_without_pictures_are_named(
    catalog: CatalogFolder, refused: Refused
) -> None:
    written(catalog, {"plan_id": "plan_solo", "counted": "generations"})
    problem = refused("plan_overages", 2, "counted")
    assert problem.message == "plan_solo has no model of images or videos"


def test_generations_of_a_text_model_are_named(catalog: CatalogFolder, refused: Refused) -> None:
    written(catalog, {"counted": "generations", "model_id": "gpt-5"})
    problem = refused("plan_overages", 2, "counted")
    assert problem.message == "gpt-5 makes no images or videos"


def test_an_edit_in_place_of_an_accepted_row_is_named_and_so_is_a_new_row_of_a_sold_plan(
    catalog: CatalogFolder,
) -> None:
    written(catalog, {})
    accepted = dated_rows(catalog.path).contents
    written(catalog, {}, {"plan_overage_id": "more", "counted": "requests"})
    (problem,) = edit_problems(accepted, dated_rows(catalog.path), None)
    assert (problem.file, problem.row) == ("plan_overages.csv", 3)
    assert problem.message.startswith("more is new, and its plan was sold")
    written(catalog, {"unit_price": "0.000003"})
    (problem,) = edit_problems(accepted, dated_rows(catalog.path), None)
    assert (problem.file, problem.row, problem.field) == ("plan_overages.csv", 2, "unit_price")
    assert "studio_tokens was accepted with '0.000002'" in problem.message
