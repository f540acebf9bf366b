"""Steps of reminders that are missing, stand twice, or come before the step below them."""

from collections.abc import Callable

import pytest

from billing.catalog.accepted import DATED
from billing.errors import Problem
from tests.billing.catalog.conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


def steps(*days: tuple[int, int]) -> list[dict[str, str]]:
    """Rows of (step, days after the due date)."""
    return [
        {
            "reminder_step_id": f"row_{place}",
            "seller_id": "anyint_eu",
            "step": f"{step}",
            "days_after_due": f"{after}",
        }
        for place, (step, after) in enumerate(days, start=1)
    ]


def test_the_file_may_be_absent(catalog: CatalogFolder) -> None:
    catalog.file("reminder_steps").unlink()
    assert catalog.problems() == []


@pytest.mark.parametrize("days", [[(1, 1)], [(3, 30), (1, 7), (2, 8)], [(1, 1), (2, 3650)]])
def test_rising_steps_hold_together_in_any_order(
    catalog: CatalogFolder, days: list[tuple[int, int]]
) -> None:
    catalog.write("reminder_steps", steps(*days))
    assert catalog.problems() == []


@pytest.mark.parametrize(
    ("days", "row", "field", "says"),
    [
        ([(2, 7)], 2, "step", "is 2, and anyint_eu has no step before it"),
        ([(1, 7), (3, 14)], 3, "step", "is 3, and anyint_eu has no step before it"),
        ([(1, 7), (2, 14), (2, 21)], 4, "step", "2 of anyint_eu stands twice"),
        ([(1, 7), (2, 7)], 3, "days_after_due", "is 7, and the step before it has 7"),
        ([(2, 6), (1, 7)], 2, "days_after_due", "is 6, and the step before it has 7"),
        ([(0, 7)], 2, "step", "is not above zero"),
        ([(1, 0)], 2, "days_after_due", "is not above zero"),
        ([(1, 3651)], 2, "days_after_due", "is not a whole number up to 3650"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(
    catalog: CatalogFolder,
    refused: Refused,
    days: list[tuple[int, int]],
    row: int,
    field: str,
    says: str,
) -> None:
    catalog.write("reminder_steps", steps(*days))
    assert says in refused("reminder_steps", row, field).message


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"seller_id": "nobody"}, "seller_id"), ({"step": "1.5"}, "step"), ({"step": ""}, "step")],
)
def test_a_step_that_cannot_be_read_or_of_nobody_is_refused_once(
    catalog: CatalogFolder, refused: Refused, changed: dict[str, str], field: str
) -> None:
    catalog.write("reminder_steps", [row | changed for row in steps((1, 7))])
    refused("reminder_steps", 2, field)


def test_steps_of_sellers_do_not_know_each_other(catalog: CatalogFolder) -> None:
    rows = steps((1, 7), (2, 14)) + [
        row | {"reminder_step_id": "other", "seller_id": "other"} for row in steps((1, 30))
    ]
    catalog.write("reminder_steps", rows)
    assert [(each.row, each.field) for each in catalog.problems()] == [(4, "seller_id")]


def test_no_document_rests_on_them_so_they_may_be_edited() -> None:
    assert "reminder_steps" not in DATED
