"""Documents whose sums do not hold take no form."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from invoice_render.bundle import files_of
from invoice_render.consistency import violations
from invoice_render.document import Document, TaxGroup, Totals
from invoice_render.errors import RenderError
from tests.invoice_render.factories import FACTORIES, enterprise_euro, prepaid_statement
from tests.invoice_render.report_factories import cost_report, usage_report
from tests.invoice_render.strategies import documents

CENT = Decimal("0.01")


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_every_example_adds_up(factory: Any) -> None:
    assert violations(factory()) == ()


@settings(max_examples=100, deadline=None)
@given(document=documents())
def test_every_assembled_document_adds_up(document: Document) -> None:
    assert violations(document) == ()


@pytest.mark.parametrize("field", sorted(Totals.model_fields))
def test_one_cent_in_any_total_is_found(field: str) -> None:
    document = enterprise_euro()
    moved = getattr(document.totals, field) + CENT
    totals = document.totals.model_copy(update={field: moved})
    assert violations(document.model_copy(update={"totals": totals}))


@pytest.mark.parametrize(
    "field", sorted(name for name in TaxGroup.model_fields if "amount" in name)
)
def test_one_cent_in_any_tax_group_is_found(field: str) -> None:
    document = enterprise_euro()
    group = document.taxes[0]
    spoiled = group.model_copy(update={field: getattr(group, field) + CENT})
    assert violations(document.model_copy(update={"taxes": (spoiled,)}))


def test_one_cent_in_a_line_names_both_numbers() -> None:
    document = enterprise_euro()
    line = document.lines[0].model_copy(update={"amount": document.lines[0].amount + CENT})
    found = violations(document.model_copy(update={"lines": (line, *document.lines[1:])}))
    assert found[0] == "BR-CO-10 subtotal: 5851.14 is not 5851.15"


def test_a_balance_that_does_not_close_is_found() -> None:
    document = prepaid_statement()
    assert document.balance is not None
    balance = document.balance.model_copy(update={"closing": Decimal(1)})
    found = violations(document.model_copy(update={"balance": balance}))
    assert [text.split(":")[0] for text in found] == ["closing balance"]


def test_repeated_line_numbers_are_found() -> None:
    document = enterprise_euro()
    lines = (document.lines[0], *document.lines[:-1])
    assert "line numbers repeat" in violations(document.model_copy(update={"lines": lines}))


def test_a_document_that_does_not_add_up_takes_no_form() -> None:
    document = enterprise_euro()
    totals = document.totals.model_copy(update={"total": Decimal(1)})
    spoiled = document.model_copy(update={"totals": totals})
    with pytest.raises(RenderError, match="INV-2026-000001 does not add up: BR-CO-15 total: 1"):
        files_of(spoiled, usage_report(), cost_report())


def test_money_that_was_a_float_is_refused() -> None:
    data = enterprise_euro().model_dump()
    data["totals"]["total"] = 6098.60
    with pytest.raises(ValidationError, match="never a float"):
        Document.model_validate(data)


def test_a_frozen_document_reads_back_to_the_same_bytes() -> None:
    for factory in FACTORIES:
        frozen = factory().frozen_bytes()
        assert Document.model_validate_json(frozen).frozen_bytes() == frozen


def test_an_unknown_field_never_enters_a_document() -> None:
    data = enterprise_euro().model_dump()
    with pytest.raises(ValidationError, match="Extra inputs"):
        Document.model_validate({**data, "upstream_cost": "1.00"})
    data["lines"][0]["provider_cost"] = "1.00"
    with pytest.raises(ValidationError, match="Extra inputs"):
        Document.model_validate(data)
