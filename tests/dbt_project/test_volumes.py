"""Allowances and tiers from the rollup to documents: worked out by hand, and both engines."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from billing.audit.explain import explain
from billing.audit.explain_text import explanation_text
from billing.invoicing.drafts import draft_documents
from invoice_render import html, lines_table
from invoice_render.document import Document
from tests.dbt_project.random_volumes import random_customers, random_events
from tests.dbt_project.volume_closing import close, start
from tests.dbt_project.volume_month import MONTHS
from tests.dbt_project.warehouse import read
from tests.dbt_project.worked_volumes import IDS, worked_customers, worked_events
from tests.invoice_render.reading import Page, spaces

D = Decimal
OCTOBER, NOVEMBER = MONTHS[:2]
SEED, CUSTOMERS = 20261001, 70
LINES = """
select quantity, charged_quantity, unit_price, line_amount,
    coalesce(nullif(allowance_id, ''), nullif(tier_schedule_id, ''), ''), tier_step
from finance.fct_invoice_lines
where organization_id = '{}' and billing_month = '{}' order by line_number
"""


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """October and November of the customers worked out by hand."""
    path = start(tmp_path_factory.mktemp("worked"), worked_customers(), worked_events())
    assert close(path, IDS, 1) == []
    assert close(path, IDS, 2) == []
    return path


def drafts(
    path: Path, organization: str, number: int, kind: str = "invoice"
) -> tuple[dict[str, Any], Document]:
    """The draft of an organization's month, as data and as a document."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        documents = draft_documents(connection, MONTHS[number - 1])
    (data,) = [
        row.data
        for row in documents
        if (row.organization_id, row.data["kind"]) == (organization, kind)
    ]
    document = Document.model_validate(data)
    return document.model_dump(mode="json"), document


def november(path: Path, organization: str) -> dict[str, list[tuple[object, ...]]]:
    """The lines of an organization's credit note and invoice of November."""
    lines = LINES.format(organization, NOVEMBER.first_day)
    sides = {"note": "corrects_month < billing_month", "invoice": "corrects_month = billing_month"}
    return {
        name: read(path, lines.replace("order by", f"and {side} order by"))
        for name, side in sides.items()
    }


def explained(path: Path, data: Mapping[str, Any], line: int) -> list[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return explanation_text(explain(connection, data, line=line))


def test_a_price_change_restarts_no_tier_and_two_models_share_an_allowance(worked: Path) -> None:
    assert read(worked, LINES.format("org_free", OCTOBER.first_day)) == [
        (600, 600, D("0.1"), D(60), "team", 1),
        (400, 400, D("0.1"), D(40), "team", 1),
        (200, 200, D("0.05"), D(10), "team", 2),
        (700, 700, D(0), D(0), "welcome", 0),
        (300, 300, D(0), D(0), "welcome", 0),
        (200, 200, D("0.33"), D(66), "", 0),
    ]


def test_what_is_free_keeps_its_list_amount(worked: Path) -> None:
    # beta 700 x 0.23 = 161, gamma 500 x 0.33 = 165 at list; 66 of it is paid
    rows = read(
        worked,
        f"""select model_id, list_amount, net_amount from finance.cost_monthly
        where organization_id = 'org_free' and billing_month = '{OCTOBER.first_day}'
        and model_id <> 'alpha' order by model_id""",
    )
    assert rows == [("beta", D(161), D(0)), ("gamma", D(165), D(66))]


def test_late_usage_goes_on_where_the_month_stood(worked: Path) -> None:
    assert read(worked, LINES.format("org_free", NOVEMBER.first_day)) == [
        (100, 100, D("0.05"), D(5), "team", 2)
    ]


def test_a_package_is_charged_to_the_project_that_starts_it(worked: Path) -> None:
    assert read(worked, LINES.format("org_packages", OCTOBER.first_day)) == [
        (250, 300, D(25), D(75), "bundle", 1)
    ]
    rows = read(
        worked,
        """select project_id, quantity, charged_quantity, contracted_amount
        from intermediate.int_rating__charges where organization_id = 'org_packages'
        order by project_id""",
    )
    assert rows == [("proj_packages_1", 199, 100, D(25)), ("proj_packages_2", 51, 200, D(50))]


def test_late_usage_that_moves_the_total_charges_the_difference_of_both_totals(
    worked: Path,
) -> None:
    assert read(worked, LINES.format("org_volume", OCTOBER.first_day)) == [
        (1000, 1000, D("0.1"), D(100), "scale", 1)
    ]
    assert november(worked, "org_volume") == {
        "note": [
            (1000, 1000, D("0.1"), D(100), "scale", 1),
            (-1000, -1000, D("0.08"), D(-80), "scale", 2),
        ],
        "invoice": [(1, 1, D("0.08"), D("0.08"), "scale", 2)],
    }
    assert november(worked, "org_dearer") == {
        "note": [(1, 1, D("0.1"), D("0.10"), "scale_dearer", 1)],
        "invoice": [
            (1001, 1001, D("0.1"), D("100.10"), "scale_dearer", 1),
            (-1001, -1001, D("0.08"), D("-80.08"), "scale_dearer", 2),
        ],
    }


def test_late_usage_below_zero_walks_back_and_a_note_gives_back_what_was_charged(
    worked: Path,
) -> None:
    assert november(worked, "org_back")["note"] == [
        (100, 100, D("0.1"), D(10), "team_back", 1),
        (200, 200, D("0.05"), D(10), "team_back", 2),
        (60, 100, D(25), D(25), "bundle_back", 1),
        (100, 100, D(0), D(0), "first", 0),
        (200, 200, D("0.23"), D(46), "", 0),
    ]


def test_credits_and_bounds_touch_the_invoice_and_not_the_note(worked: Path) -> None:
    rows = read(
        worked,
        f"""select organization_id, corrects_month < billing_month, subtotal_amount,
        discount_amount, taxable_amount, total_amount - amount_due
        from finance.fct_invoices where billing_month = '{NOVEMBER.first_day}'
        and organization_id in ('org_back', 'org_least') order by all""",
    )
    assert rows == [
        ("org_back", False, D("18.30"), D("6.30"), D(12), D(3)),
        ("org_back", True, D(91), D(0), D(91), D(0)),
        ("org_least", False, D(10), D(0), D(10), D(0)),
        ("org_least", True, D("13.20"), D(0), D("13.20"), D(0)),
    ]


def test_a_document_names_what_is_free_and_which_step_prices_a_line(worked: Path) -> None:
    data, document = drafts(worked, "org_free", 1)
    assert [line["description"].split(", ", 1)[1] for line in data["lines"]] == [
        "input tokens, Team, step 1 (up to 1,000)",
        "input tokens, Team, step 1 (up to 1,000)",
        "input tokens, Team, step 2 (above 1,000)",
        "input tokens, free quantity (Welcome)",
        "input tokens, free quantity (Welcome)",
        "input tokens",
    ]
    text = spaces(Page(html.render(document)).text)
    assert "free quantity: Welcome" in text
    assert "Team, step 2 · above 1,000" in text
    assert ",free,Welcome,,700\r\n" in lines_table.render(document)


def test_a_package_line_multiplies_whole_packages(worked: Path) -> None:
    data, document = drafts(worked, "org_packages", 1)
    (line,) = data["lines"]
    assert line["description"].endswith("Bundle, step 1, packages of 100 started, 250 used")
    shown = (line["quantity"], line["unit_price"], line["base_quantity"], line["amount"])
    assert shown == (300, "25.00", 100, "75.00")
    assert "packages started; used: 250" in spaces(Page(html.render(document)).text)


def test_an_explanation_names_the_rows_and_the_quarter_hours_of_a_part(worked: Path) -> None:
    data, _ = drafts(worked, "org_free", 1)
    graduated = explained(worked, data, 3)
    assert any("Graduated price 'Team', step 2: 0.05 USD per unit" in row for row in graduated)
    assert any("for the part above 1,000 input_uncached of alpha" in row for row in graduated)
    assert any("List price, not applied" in row for row in graduated)
    assert any("600 input_uncached, of which 200 are on this line" in row for row in graduated)
    free = explained(worked, data, 5)
    assert any("allowance 'Welcome' leaves 1,000 input_uncached of group pair" in r for r in free)
    assert any("1 requests with 500 input_uncached, of which 300" in row for row in free)


def test_an_explanation_says_what_moved_and_counts_packages(worked: Path) -> None:
    data, _ = drafts(worked, "org_volume", 2, "credit_note")
    moved = explained(worked, data, 1)
    assert any("taken back at one step and charged at the other" in row for row in moved)
    assert any("1,000 input_uncached, of which 1,000 are on this line" in row for row in moved)
    data, _ = drafts(worked, "org_packages", 1)
    packages = explained(worked, data, 1)
    assert any("25 USD per package of 100" in row for row in packages)
    assert any("51 units in started packages of 100: 2 x 25 = 50" in row for row in packages)


def test_both_engines_agree_and_nothing_is_lost_for_random_terms_and_usage(tmp_path: Path) -> None:
    files, ids = random_customers(SEED, CUSTOMERS)
    path = start(tmp_path, files, random_events(SEED, ids))
    for closed in (1, 2, 3):
        assert close(path, ids, closed) == []
    counted = read(
        path,
        """select count(*) filter (allowance_id <> ''), count(*) filter (package_size > 1),
        count(*) filter (tier_schedule_id <> '' and price_id = ''),
        count(*) filter (charged_quantity < 0), count(*) filter (corrects_month < billing_month)
        from intermediate.int_rating__charges""",
    )
    assert all(number > 0 for number in counted[0])
