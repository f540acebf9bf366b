"""Facts about rounding a document: the examples of the law, and sums for any lines."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from billing.audit.documents import round_document
from billing.audit.lines import Line
from billing.audit.rounding import half_away
from billing.audit.tax import Tax
from tests.billing.audit.engine import REDUCED, STANDARD, discount, line, terms

AMOUNTS = st.decimals(min_value=0, max_value=10_000, places=12)
MODELS = st.sampled_from(["gpt-5", "sonnet", "gemini"])
TAXES = st.sampled_from([STANDARD, REDUCED, Tax("O", Decimal(0))])
LINES = st.lists(st.tuples(AMOUNTS, MODELS, TAXES), min_size=1, max_size=25)
PCTS = st.lists(st.decimals(min_value=0, max_value=1, places=4), max_size=4)


def test_three_lines_of_four_thousandths_make_one_cent_shown_on_the_first() -> None:
    document = round_document([line("0.004")] * 3, 2, terms())
    assert document.amounts == [1, 0, 0]


def test_two_rates_and_two_discounts_as_in_the_law() -> None:
    lines = [line("10.005"), *[line("0.004")] * 3, line("5.0049", tax=REDUCED)]
    own = terms(discounts=[discount("second", "0.2", 2), discount("first", "0.1", 1)])
    document = round_document(lines, 2, own)
    by_rate = {group.tax.rate: group for group in document.groups}
    standard, reduced = by_rate[STANDARD.rate], by_rate[REDUCED.rate]
    assert (standard.gross, reduced.gross) == (1002, 500)
    allowances = {(row.discount.discount_id, row.tax.rate): row for row in document.allowances}
    assert [allowances["first", rate].amount for rate in by_rate] == [50, 100]
    assert [allowances["second", rate].amount for rate in by_rate] == [90, 180]
    assert (standard.taxable, reduced.taxable) == (722, 360)
    assert (standard.tax_amount, reduced.tax_amount) == (137, 25)


def test_gross_is_spread_over_models_before_their_lines() -> None:
    lines = [line("0.004", "a"), line("0.004", "a"), line("0.006", "b")]
    # models 0.008 and 0.006 share 0.01: the first model gets it, then its first line,
    # although the single largest remainder is the other model's line
    assert round_document(lines, 2, terms()).amounts == [1, 0, 0]


def test_yen_have_no_decimals() -> None:
    document = round_document([line("0.5"), line("0.4")], 0, terms(currency="JPY"))
    assert document.amounts == [1, 0]
    assert document.groups[0].gross == 1


def test_a_discount_covers_only_its_model_and_what_earlier_ones_left() -> None:
    lines = [line("1.00", "gpt-5"), line("3.00", "sonnet")]
    own = terms(discounts=[discount("all", "0.1", 1), discount("sonnet", "0.5", 2, "sonnet")])
    everything, sonnet = round_document(lines, 2, own).allowances
    assert (everything.base, everything.amount) == (400, 40)
    assert (sonnet.base, sonnet.amount) == (270, 135)


def test_a_discount_covers_only_stretches_in_its_validity() -> None:
    lines = [line("1.00", begins="2026-10-01"), line("3.00", begins="2026-10-11")]
    own = terms(discounts=[discount("later", "0.1", valid_from=date(2026, 10, 11))])
    (allowance,) = round_document(lines, 2, own).allowances
    assert (allowance.base, allowance.amount) == (300, 30)


def test_a_discount_that_rounds_to_nothing_is_left_out() -> None:
    own = terms(discounts=[discount("tiny", "0.01")])
    assert round_document([line("0.10")], 2, own).allowances == []


@given(LINES, PCTS)
def test_every_sum_on_a_document_is_exact(
    rows: list[tuple[Decimal, str, Tax]], pcts: list[Decimal]
) -> None:
    lines = [line(str(amount), model, tax) for amount, model, tax in rows]
    discounts = [discount(f"d{i}", str(pct), i) for i, pct in enumerate(pcts)]
    document = round_document(lines, 2, terms(discounts=discounts))
    for group in document.groups:
        own = [i for i, row in enumerate(lines) if row.tax == group.tax]
        exact = sum((Fraction(lines[i].exact) * 100 for i in own), Fraction(0))
        off = [row for row in document.allowances if row.tax == group.tax]
        assert group.gross == sum(document.amounts[i] for i in own) == half_away(exact)
        assert group.discount == sum(row.amount for row in off)
        assert group.taxable == group.gross - group.discount >= 0
        assert group.tax_amount == half_away(group.taxable * Fraction(group.tax.rate))


@given(LINES)
def test_a_line_is_within_one_unit_of_its_exact_amount(
    rows: list[tuple[Decimal, str, Tax]],
) -> None:
    lines: list[Line] = [line(str(amount), model, tax) for amount, model, tax in rows]
    amounts = round_document(lines, 2, terms()).amounts
    for row, amount in zip(lines, amounts, strict=True):
        assert abs(amount - Fraction(row.exact) * 100) <= 1


@given(LINES, st.decimals(min_value=0, max_value=1, places=4))
def test_each_discount_is_its_percent_of_what_earlier_ones_left(
    rows: list[tuple[Decimal, str, Tax]], pct: Decimal
) -> None:
    lines = [line(str(amount), model, tax) for amount, model, tax in rows]
    own = terms(discounts=[discount("first", str(pct), 1), discount("second", str(pct), 2)])
    left: dict[Tax, int] = {}
    for allowance in round_document(lines, 2, own).allowances:
        assert allowance.amount == half_away(allowance.base * Fraction(pct))
        assert allowance.base == left.get(allowance.tax, allowance.base)
        left[allowance.tax] = allowance.base - allowance.amount
