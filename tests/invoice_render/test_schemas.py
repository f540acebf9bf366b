"""What is frozen is what the published schemas say, and they refuse what is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, ValidationError

from invoice_render.document import Document
from invoice_render.schemas import PUBLISHED, file_name, schema_text
from tests.invoice_render import report_factories as reports
from tests.invoice_render.factories import FACTORIES, enterprise_euro
from tests.invoice_render.strategies import documents

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
Factory = Callable[[], Document]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / file_name(name)).read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_schema_is_that_of_the_model(name: str) -> None:
    assert (FOLDER / file_name(name)).read_text("utf-8") == schema_text(name)


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_every_kind_of_document_is_valid(factory: Factory) -> None:
    validator("invoice").validate(json.loads(factory().frozen_bytes()))


def test_both_reports_are_valid() -> None:
    validator("usage_report").validate(json.loads(reports.usage_report().frozen_bytes()))
    validator("cost_report").validate(json.loads(reports.cost_report().frozen_bytes()))


@settings(max_examples=15, deadline=None)
@given(document=documents())
def test_random_documents_are_valid(document: Document) -> None:
    validator("invoice").validate(json.loads(document.frozen_bytes()))


@pytest.mark.parametrize(
    "changes",
    [
        {"provider_cost": "1.00"},
        {"kind": "letter"},
        {"schema_version": 2},
        {"totals": None},
        {"currency": 7},
    ],
)
def test_what_is_none_of_ours_is_refused(changes: dict[str, Any]) -> None:
    data = json.loads(enterprise_euro().frozen_bytes()) | changes
    with pytest.raises(ValidationError):
        validator("invoice").validate(data)


@pytest.mark.parametrize("amount", [1.5, "1e3", "", "+1", "1."])
def test_an_amount_is_a_plain_decimal_text(amount: object) -> None:
    data = json.loads(enterprise_euro().frozen_bytes())
    data["totals"]["total"] = amount
    with pytest.raises(ValidationError):
        validator("invoice").validate(data)
