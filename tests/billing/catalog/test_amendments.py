"""An amendment names a customer and a month that was over."""

import pytest

from tests.billing.catalog.conftest import CatalogFolder

HEAD = "amendment_id,organization_id,service_month,reason,recorded_date\n"


def test_the_file_may_be_absent(catalog: CatalogFolder) -> None:
    assert not catalog.file("amendments").exists()
    assert catalog.problems() == []


def test_an_amendment_of_a_past_month_is_accepted(catalog: CatalogFolder) -> None:
    row = "amend_1,org_aurora,2026-10,Agreed later,2026-12-20\n"
    catalog.file("amendments").write_text(HEAD + row)
    assert catalog.problems() == []


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        ("a,org_nobody,2026-10,Why,2026-12-20", "organization_id", "is not in organizations.csv"),
        ("a,org_aurora,2026-12,Why,2026-12-20", "service_month", "was not over on 2026-12-20"),
        ("a,org_aurora,2026-13,Why,2026-12-20", "service_month", "2026-13"),
        ("a,org_aurora,2026-10,,2026-12-20", "reason", "''"),
        ("a,org_aurora,2026-10,Why,someday", "recorded_date", "someday"),
    ],
)
def test_what_is_wrong_is_named(catalog: CatalogFolder, row: str, field: str, message: str) -> None:
    catalog.file("amendments").write_text(f"{HEAD}{row}\n")
    (problem,) = catalog.problems()
    assert (problem.file, problem.row, problem.field) == ("amendments.csv", 2, field)
    assert message in problem.message


def test_an_id_stands_once(catalog: CatalogFolder) -> None:
    row = "a,org_aurora,2026-10,Why,2026-12-20\n"
    catalog.file("amendments").write_text(HEAD + row + row)
    (problem,) = catalog.problems()
    assert "already stands in row 2" in problem.message
