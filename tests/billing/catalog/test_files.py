"""What can be wrong with a catalog file as a whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from billing.catalog import check_catalog, read_catalog
from billing.errors import CatalogError, MeterbookError, Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


def test_the_sample_catalog_holds_together(catalog: CatalogFolder) -> None:
    assert catalog.problems() == []


def test_a_missing_file_is_named_with_the_header_it_needs(
    catalog: CatalogFolder, refused: Refused
) -> None:
    catalog.file("top_ups").unlink()
    problem = refused("top_ups", None, None)
    assert "is missing" in problem.message
    assert "top_up_id,organization_id,occurred_at" in problem.remedy


def test_an_unknown_column_is_named(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.write("plans", [row | {"colour": "blue"} for row in catalog.rows("plans")])
    assert "unknown column" in refused("plans", 1, "colour").message


def test_a_missing_column_is_named(catalog: CatalogFolder, refused: Refused) -> None:
    rows = catalog.rows("top_ups")
    catalog.write("top_ups", [{k: v for k, v in row.items() if k != "amount"} for row in rows])
    assert "missing column" in refused("top_ups", 1, "amount").message


def test_a_column_given_twice_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    text = catalog.file("context_ladder").read_text()
    doubled = "".join(f"{line},{line}\n" for line in text.splitlines())
    catalog.file("context_ladder").write_text(doubled)
    refused("context_ladder", 1, "threshold_tokens")


def test_an_empty_file_misses_all_its_columns(catalog: CatalogFolder) -> None:
    catalog.file("plan_models").write_text("")
    fields = {problem.field for problem in catalog.problems()}
    assert fields == {"plan_id", "model_id"}


def test_a_row_with_a_cell_too_many_is_named_by_its_row(
    catalog: CatalogFolder, refused: Refused
) -> None:
    lines = catalog.file("plan_models").read_text().splitlines()
    lines[2] += ",surplus"
    catalog.file("plan_models").write_text("\n".join(lines) + "\n")
    assert "3 cells" in refused("plan_models", 3, None).message


def test_a_file_in_another_encoding_is_refused(catalog: CatalogFolder) -> None:
    text = catalog.file("seller").read_text("utf-8")
    catalog.file("seller").write_bytes(text.encode("latin-1"))
    assert any("is not UTF-8" in problem.message for problem in catalog.problems())


def test_a_broken_quote_is_refused(catalog: CatalogFolder) -> None:
    catalog.file("plans").write_text('plan_id,name,currency,monthly_fee\nx,"Studio,USD,1\n')
    assert any("is not CSV" in problem.message for problem in catalog.problems())


def test_a_byte_order_mark_and_another_column_order_are_welcome(catalog: CatalogFolder) -> None:
    rows = [dict(reversed(row.items())) for row in catalog.rows("models")]
    catalog.write("models", rows)
    text = catalog.file("models").read_bytes()
    catalog.file("models").write_bytes(b"\xef\xbb\xbf" + text)
    assert catalog.problems() == []


def test_all_problems_are_told_at_once(catalog: CatalogFolder) -> None:
    catalog.file("seller").unlink()
    catalog.change("discounts", 2, discount_pct="12.5")
    catalog.change("projects", 3, organization_id="org_nobody")
    with pytest.raises(CatalogError) as refusal:
        read_catalog(catalog.path)
    files = {problem.file for problem in refusal.value.problems}
    assert files >= {"seller.csv", "discounts.csv", "projects.csv"}
    assert "discounts.csv, row 2, field discount_pct" in str(refusal.value)


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeterbookError, match="is not a folder"):
        check_catalog(tmp_path / "nowhere")


def test_tolerances_of_bills_may_be_absent_and_are_checked_where_they_are_not(
    catalog: CatalogFolder, refused: Refused
) -> None:
    assert not catalog.file("provider_tolerances").exists()
    assert read_catalog(catalog.path)["provider_tolerances"].is_empty()
    header = "provider,model_id,tokens_pct,cost_pct\n"
    catalog.file("provider_tolerances").write_text(f"{header}openai,,0.01,0.02\n")
    assert read_catalog(catalog.path)["provider_tolerances"].height == 1
    catalog.file("provider_tolerances").write_text(f"{header}openai,,1.5,0.02\n")
    assert "between 0 and 1" in refused("provider_tolerances", 2, "tokens_pct").message
