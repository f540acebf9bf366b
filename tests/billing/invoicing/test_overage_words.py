"""What a line of an overage says in plain English, and what its term is."""

from typing import Any

import pytest

from billing.invoicing.line_terms import term_of
from billing.invoicing.wording import describe

LINE: dict[str, Any] = {
    "line_kind": "plan_overage",
    "plan_name": "Studio",
    "model_id": "",
    "model_name": "",
    "meter": "token",
    "included_quantity": 516_129,
    "over_used_quantity": 616_129,
    "allowance_id": "",
    "tier_schedule_id": "",
    "subscription_id": "sub",
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Studio plan, tokens beyond what is included, 616,129 used, 516,129 included"),
        (
            {"model_id": "beta", "model_name": "Beta", "meter": "request"},
            "Studio plan, Beta, requests beyond what is included, 616,129 used, 516,129 included",
        ),
        (
            {"meter": "generation", "over_used_quantity": 3, "included_quantity": 0},
            "Studio plan, generations beyond what is included, 3 used, 0 included",
        ),
    ],
)
def test_it_names_plan_model_meter_and_both_quantities(changed: dict[str, Any], words: str) -> None:
    assert describe(LINE | changed) == words


def test_its_term_is_what_is_included_and_used_and_not_days_of_a_fee() -> None:
    assert term_of(LINE) == {
        "kind": "included",
        "name": "",
        "up_to_quantity": 516_129,
        "used_quantity": 616_129,
    }
