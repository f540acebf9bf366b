"""What a plan that was sold includes stays as it was; who wants other terms adds a plan."""

import pytest

from billing.catalog.accepted import DatedRows, dated_rows

from .conftest import SAMPLE, CatalogFolder
from .test_accepted import correct, texts

STUDIO = {
    "plan_overage_id": "studio_tokens",
    "plan_id": "plan_studio",
    "counted": "tokens",
    "model_id": "",
    "included_quantity": "1000",
    "unit_price": "0.000002",
}


@pytest.fixture
def accepted() -> DatedRows:
    """The sample, whose plan_studio is sold, as accepted with October."""
    return dated_rows(SAMPLE)


def test_a_row_of_a_plan_that_was_sold_is_not_added(
    catalog: CatalogFolder, accepted: DatedRows
) -> None:
    catalog.write("plan_overages", [STUDIO])
    (problem,) = texts(catalog, accepted)
    assert problem == (
        "plan_overages.csv, row 2: studio_tokens is new, and its plan was sold in months that are "
        "finalized. Add a plan with these terms and change subscriptions to it."
    )


def test_a_row_of_a_plan_that_nobody_bought_is(catalog: CatalogFolder, accepted: DatedRows) -> None:
    catalog.write("plan_overages", [STUDIO | {"plan_id": "plan_new"}])
    assert texts(catalog, accepted) == []


def test_no_correction_lets_an_edit_of_a_sold_one_through(catalog: CatalogFolder) -> None:
    catalog.write("plan_overages", [STUDIO])
    accepted = dated_rows(catalog.path)
    assert texts(catalog, accepted) == []
    catalog.write("plan_overages", [STUDIO | {"unit_price": "0.000001"}])
    correct(catalog, ("plan_overages.csv", "studio_tokens"))
    (problem,) = texts(catalog, accepted)
    assert problem.startswith("plan_overages.csv, row 2, field unit_price: studio_tokens was")
