"""A dated row that finalized months rest on is appended to, never edited in place."""

import json
from datetime import UTC, date, datetime

import pytest

from billing.catalog.accepted import (
    DATED,
    DatedRows,
    Frozen,
    dated_rows,
    edit_problems,
    frozen_until,
)
from billing.errors import CatalogError
from billing.periods import BillingMonth

from .conftest import SAMPLE, CatalogFolder

OCTOBER = BillingMonth(2026, 10)
FROZEN = Frozen(date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def accepted() -> DatedRows:
    """The sample, as accepted with October."""
    return dated_rows(SAMPLE)


def texts(catalog: CatalogFolder, accepted: DatedRows, frozen: Frozen = FROZEN) -> list[str]:
    problems = edit_problems(accepted.contents, dated_rows(catalog.path), frozen)
    return [str(problem) for problem in problems]


def correct(catalog: CatalogFolder, *rows: tuple[str, str], day: str = "2026-11-20") -> None:
    old = catalog.rows("corrections") if catalog.file("corrections").exists() else []
    new = [
        {"file": file, "key": key, "reason": "Typing error.", "recorded_date": day}
        for file, key in rows
    ]
    catalog.write("corrections", [*old, *new])


def test_every_file_with_a_validity_is_remembered_and_what_belongs_to_it() -> None:
    assert set(DATED) >= {
        "prices",
        "contract_prices",
        "contracts",
        "discounts",
        "tax_rates",
        "exchange_rates",
        "subscriptions",
        "subscription_items",
        "top_ups",
        "api_keys",
        "corrections",
    }
    assert not {"organizations", "billing_profiles", "models", "plans", "seller"} & set(DATED)


def test_what_a_contract_bills_is_not_edited_under_a_closed_month(catalog: CatalogFolder) -> None:
    contract = catalog.rows("contracts")[0]["contract_id"]
    rule = {"contract_id": contract, "outcome": "byok", "is_billed": "true"}
    catalog.write("contract_outcome_rules", [rule | {"not_billed_reason": ""}])
    before = dated_rows(catalog.path)
    catalog.change("contract_outcome_rules", 2, is_billed="false", not_billed_reason="byok")
    assert [text.split(":")[0] for text in texts(catalog, before)] == [
        "contract_outcome_rules.csv, row 2, field is_billed",
        "contract_outcome_rules.csv, row 2, field not_billed_reason",
    ]
    correct(catalog, ("contract_outcome_rules.csv", f"{contract} / byok"))
    assert texts(catalog, before) == []


def test_an_untouched_catalog_has_no_problem(catalog: CatalogFolder, accepted: DatedRows) -> None:
    assert texts(catalog, accepted) == []
    assert dated_rows(catalog.path).sha256 == accepted.sha256


def test_an_edit_is_named_with_file_row_field_and_both_values(
    catalog: CatalogFolder, accepted: DatedRows
) -> None:
    row = catalog.row_of("discounts", discount_id="disc_aurora_all")
    catalog.change("discounts", row, discount_pct="0.2", name="Other")
    place = f"discounts.csv, row {row}, field"
    remedy = "Put it back and append a new row, or record the edit in corrections.csv."
    says = "disc_aurora_all was accepted with"
    assert texts(catalog, accepted) == [
        f"{place} discount_pct: {says} '0.1' and says '0.2'. {remedy}",
        f"{place} name: {says} 'Rahmenrabatt' and says 'Other'. {remedy}",
    ]


@pytest.mark.parametrize("name", [name for name in DATED if (SAMPLE / f"{name}.csv").exists()])
def test_an_edit_of_any_dated_file_is_named(
    catalog: CatalogFolder, accepted: DatedRows, name: str
) -> None:
    """Every column that is no part of the key, one at a time."""
    first = catalog.rows(name)[0]
    keys = {"source", "base_currency", "quote_currency", "rate_date", "model_id", next(iter(first))}
    fields = [field for field in first if field not in keys] or [list(first)[-1]]
    for field in fields:
        catalog.change(name, 2, **{field: "edited"})
        (text,) = texts(catalog, accepted)
        assert text.startswith(f"{name}.csv, row 2, field {field}: ")
        catalog.change(name, 2, **{field: first[field]})


def test_a_row_that_is_gone_is_named(catalog: CatalogFolder, accepted: DatedRows) -> None:
    rows = catalog.rows("exchange_rates")
    catalog.write("exchange_rates", rows[1:])
    (text,) = texts(catalog, accepted)
    key = " / ".join(list(rows[0].values())[:4])
    assert text.startswith(f"exchange_rates.csv: {key}, on which finalized months rest, is gone.")


def test_a_key_renamed_is_a_row_gone(catalog: CatalogFolder, accepted: DatedRows) -> None:
    catalog.change("prices", 2, price_id="renamed")
    (text,) = texts(catalog, accepted)
    assert "is gone" in text


def test_spelling_order_and_added_rows_are_no_edit(
    catalog: CatalogFolder, accepted: DatedRows
) -> None:
    catalog.change("discounts", 2, discount_pct="0.100")
    rows = catalog.rows("prices")
    catalog.write("prices", rows[::-1])
    catalog.copy_row("prices", 2, price_id="new", valid_from_at="2026-12-01T00:00:00Z")
    assert texts(catalog, accepted) == []


@pytest.mark.parametrize(
    ("name", "field", "end", "allowed"),
    [
        ("prices", "valid_to_at", "2026-11-01T00:00:00Z", True),
        ("prices", "valid_to_at", "2026-10-31T23:45:00Z", False),
        ("contracts", "valid_to_date", "2026-11-01", True),
        ("contracts", "valid_to_date", "2026-10-31", False),
        ("api_keys", "valid_to_at", "2026-11-20T12:34:56Z", True),
        ("prices", "valid_to_at", "soon", False),
    ],
)
def test_an_open_row_may_end_after_the_last_finalized_month(
    catalog: CatalogFolder, accepted: DatedRows, name: str, field: str, end: str, *, allowed: bool
) -> None:
    row = catalog.row_of(name, **{field: ""})
    catalog.change(name, row, **{field: end})
    assert (texts(catalog, accepted) == []) is allowed


def test_a_row_that_has_an_end_keeps_it(catalog: CatalogFolder) -> None:
    catalog.change("prices", 2, valid_to_at="2027-01-01T00:00:00Z")
    accepted = dated_rows(catalog.path)
    for end in ("", "2027-02-01T00:00:00Z"):
        catalog.change("prices", 2, valid_to_at=end)
        assert len(texts(catalog, accepted)) == 1


def test_an_end_with_another_edit_is_refused_for_the_other(
    catalog: CatalogFolder, accepted: DatedRows
) -> None:
    catalog.change("prices", 2, valid_to_at="2027-01-01T00:00:00Z", unit_price="0.1")
    (text,) = texts(catalog, accepted)
    assert "field unit_price" in text


def test_months_end_in_the_zone_of_their_organization(catalog: CatalogFolder) -> None:
    """October ends at 18:30 UTC of the 31st in Kolkata (org_bharat), 23:00 in Berlin."""
    kolkata, berlin = ("org_bharat", OCTOBER), ("org_aurora", OCTOBER)
    first = frozen_until(catalog.path, [kolkata])
    assert first == Frozen(date(2026, 11, 1), datetime(2026, 10, 31, 18, 30, tzinfo=UTC))
    both = frozen_until(catalog.path, [kolkata, berlin, ("org_aurora", OCTOBER.shift(-1))])
    assert both is not None
    assert both.ends_at == datetime(2026, 10, 31, 23, tzinfo=UTC)
    gone = frozen_until(catalog.path, [("unknown", OCTOBER)])
    assert gone == FROZEN
    assert frozen_until(catalog.path, []) is None


def test_a_recorded_correction_lets_its_row_through_and_no_other(
    catalog: CatalogFolder, accepted: DatedRows
) -> None:
    first, second = (row["price_id"] for row in catalog.rows("prices")[:2])
    catalog.change("prices", 2, unit_price="0.1")
    catalog.change("prices", 3, unit_price="0.1")
    correct(catalog, ("prices.csv", first))
    (text,) = texts(catalog, accepted)
    assert second in text
    correct(catalog, ("prices.csv", second))
    assert texts(catalog, accepted) == []
    assert catalog.problems() == []


def test_a_row_taken_out_needs_a_correction_too(
    catalog: CatalogFolder, accepted: DatedRows
) -> None:
    rows = catalog.rows("discounts")
    catalog.write("discounts", rows[1:])
    correct(catalog, ("discounts.csv", rows[0]["discount_id"]))
    assert texts(catalog, accepted) == []


def test_a_correction_is_good_for_one_edit(catalog: CatalogFolder) -> None:
    """Once accepted with a month, it lets no later edit of the same row through."""
    price = catalog.rows("prices")[0]["price_id"]
    correct(catalog, ("prices.csv", price))
    accepted = dated_rows(catalog.path)
    catalog.change("prices", 2, unit_price="0.1")
    assert len(texts(catalog, accepted)) == 1
    correct(catalog, ("prices.csv", price), day="2026-12-20")
    assert texts(catalog, accepted) == []


def test_corrections_are_remembered_themselves(catalog: CatalogFolder) -> None:
    correct(catalog, ("prices.csv", "some price"))
    accepted = dated_rows(catalog.path)
    catalog.file("corrections").unlink()
    (text,) = texts(catalog, accepted)
    assert text.startswith("corrections.csv: prices.csv / some price / 2026-11-20,")


def test_a_correction_names_a_file_of_dated_rows(catalog: CatalogFolder) -> None:
    correct(catalog, ("models.csv", "gpt-5"), ("prices", "x"), ("prices.csv", "y"))
    assert [(problem.row, problem.field) for problem in catalog.problems()] == [
        (3, "file"),
        (2, "file"),
        (3, "file"),
    ]


def test_a_correction_needs_a_reason_and_a_day(catalog: CatalogFolder) -> None:
    correct(catalog, ("prices.csv", "x"), day="yesterday")
    catalog.change("corrections", 2, reason="")
    assert {problem.field for problem in catalog.problems()} == {"reason", "recorded_date"}


def test_a_column_that_a_later_version_adds_is_no_edit_while_it_is_empty(
    catalog: CatalogFolder, accepted: DatedRows
) -> None:
    """What is empty is not remembered, so that a new column has nothing to differ from."""
    key = ("prices", catalog.rows("prices")[0]["price_id"])
    assert catalog.rows("prices")[0]["region"] == ""
    assert "region" not in json.loads(accepted.contents[key])
    catalog.change("prices", 2, region="eu")
    (text,) = texts(catalog, accepted)
    assert "was accepted with '' and says 'eu'" in text


def test_a_file_that_a_later_version_dropped_is_named(
    catalog: CatalogFolder, accepted: DatedRows
) -> None:
    older = dict(accepted.contents) | {("old_terms", "term_1"): '{"term_id": "term_1"}'}
    (problem,) = edit_problems(older, dated_rows(catalog.path), FROZEN)
    assert str(problem).startswith("old_terms.csv: term_1")


def test_files_that_are_no_tables_are_refused(catalog: CatalogFolder) -> None:
    catalog.file("prices").write_bytes(b"\xff")
    with pytest.raises(CatalogError, match="is not UTF-8"):
        dated_rows(catalog.path)
