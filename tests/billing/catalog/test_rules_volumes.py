"""Allowances and tier schedules that leave a gap, overlap or cannot be converted."""

from collections.abc import Callable

import pytest

from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]
CONTRACT = "contract_aurora_2026"
ALLOWANCES = (
    "allowance_id,contract_id,name,meter,model_id,model_group_id,quantity,"
    "valid_from_date,valid_to_date"
)
SCHEDULES = (
    "tier_schedule_id,contract_id,name,kind,meter,model_id,model_group_id,currency,"
    "package_size,valid_from_date,valid_to_date"
)
STEPS = "tier_schedule_id,above_quantity,unit_price"
GROUPS = "model_group_id,model_id"
FREE = f"free,{CONTRACT},Free,input_uncached,gpt-5,,1000,2026-10-01,2026-11-01"
TEAM = f"team,{CONTRACT},Team,graduated,input_uncached,,,EUR,,2026-10-01,"
PACK = f"pack,{CONTRACT},Pack,package,image,,,EUR,100,2026-10-01,"
FILES = {
    "model_groups": (GROUPS, "pair,gpt-5", "pair,claude-haiku-4-5"),
    "allowances": (ALLOWANCES, FREE),
    "tier_schedules": (SCHEDULES, TEAM, PACK),
    "tier_steps": (STEPS, "team,0,0.000002", "team,1000,0.000001", "pack,0,5", "pack,300,4"),
}


def write(catalog: CatalogFolder, **more: tuple[str, ...]) -> None:
    """Write the four files; `more` adds rows to them by name."""
    for name, rows in FILES.items():
        text = "\n".join((*rows, *more.get(name, ())))
        catalog.file(name).write_text(text + "\n", encoding="utf-8")


def replaced(catalog: CatalogFolder, name: str, old: str, new: str) -> None:
    """Write the four files with one text in one of them replaced."""
    write(catalog)
    text = catalog.file(name).read_text(encoding="utf-8")
    assert old in text
    catalog.file(name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_all_of_them_may_be_absent_and_hold_together_when_they_are_there(
    catalog: CatalogFolder,
) -> None:
    assert catalog.problems() == []
    write(catalog)
    assert catalog.problems() == []


def test_a_meter_that_does_not_exist_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    replaced(catalog, "allowances", "input_uncached", "input_tokens")
    assert "is not a known value" in refused("allowances", 2, "meter").message


def test_a_first_step_above_zero_leaves_a_gap(catalog: CatalogFolder, refused: Refused) -> None:
    replaced(catalog, "tier_steps", "team,0,", "team,10,")
    assert "leaves a gap" in refused("tier_steps", 2, "above_quantity").message


def test_a_schedule_without_steps_is_named(catalog: CatalogFolder, refused: Refused) -> None:
    row = f"bare,{CONTRACT},Bare,volume,page,,,EUR,,2026-10-01,"
    write(catalog, tier_schedules=(row,))
    assert "has no steps" in refused("tier_schedules", 4, "tier_schedule_id").message


def test_a_threshold_stands_once(catalog: CatalogFolder, refused: Refused) -> None:
    write(catalog, tier_steps=("team,1000,0.000003",))
    assert "already stands in row 3" in refused("tier_steps", 6, "tier_schedule_id").message


@pytest.mark.parametrize(
    "row",
    [
        f"other,{CONTRACT},Other,input_uncached,gpt-5,,5,2026-10-31,",
        f"other,{CONTRACT},Other,input_uncached,,pair,5,2026-10-31,",
        f"other,{CONTRACT},Other,input_uncached,,,5,2026-09-01,2026-10-02",
    ],
)
def test_two_allowances_over_the_same_usage_are_refused_by_name(
    catalog: CatalogFolder, refused: Refused, row: str
) -> None:
    write(catalog, allowances=(row,))
    message = refused("allowances", 3, "valid_from_date").message
    assert "other covers usage of input_uncached that free in row 2 covers" in message


@pytest.mark.parametrize(
    "row",
    [
        f"other,{CONTRACT},Other,input_uncached,gpt-5,,5,2026-11-01,",
        f"other,{CONTRACT},Other,input_uncached,claude-haiku-4-5,,5,2026-10-01,",
        f"other,{CONTRACT},Other,output_visible,gpt-5,,5,2026-10-01,",
    ],
)
def test_allowances_of_other_usage_or_other_days_stand_beside_each_other(
    catalog: CatalogFolder, row: str
) -> None:
    write(catalog, allowances=(row,))
    assert catalog.problems() == []


def test_two_schedules_over_the_same_usage_are_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = f"other,{CONTRACT},Other,volume,image,gpt-5,,EUR,,2027-01-01,"
    write(catalog, tier_schedules=(row,), tier_steps=("other,0,1",))
    assert "other covers usage of image" in refused("tier_schedules", 4, "valid_from_date").message


def test_a_term_names_a_model_or_a_group(catalog: CatalogFolder, refused: Refused) -> None:
    replaced(catalog, "allowances", "gpt-5,,", "gpt-5,pair,")
    refused("allowances", 2, "model_group_id")


def test_a_group_that_does_not_exist_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    replaced(catalog, "allowances", "gpt-5,,", ",trio,")
    assert "trio is not in model_groups.csv" in refused("allowances", 2, "model_group_id").message


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [("EUR,100,", "EUR,,", 3), ("EUR,,", "EUR,100,", 2), ("EUR,100,", "EUR,0,", 3)],
)
def test_packages_and_only_they_have_a_size(
    catalog: CatalogFolder, refused: Refused, old: str, new: str, row: int
) -> None:
    replaced(catalog, "tier_schedules", old, new)
    refused("tier_schedules", row, "package_size")


def test_a_step_does_not_begin_inside_a_package(catalog: CatalogFolder, refused: Refused) -> None:
    replaced(catalog, "tier_steps", "pack,300,", "pack,250,")
    assert "inside a package of 100" in refused("tier_steps", 5, "above_quantity").message


def test_a_schedule_in_another_currency_needs_a_rate(
    catalog: CatalogFolder, refused: Refused
) -> None:
    replaced(catalog, "tier_schedules", "EUR,,", "USD,,")
    assert catalog.problems() == []
    replaced(catalog, "tier_schedules", "EUR,,", "CHF,,")
    message = refused("tier_schedules", 2, "currency").message
    assert message == "is CHF, but it is billed in EUR and no rate of ecb is known"
