"""Facts about what is taken off and added to the invoices of one organization, step by step."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.audit.books_snapshot import Snapshot, Used
from billing.audit.catalog_rows import Credit, SpendTerm
from billing.audit.credits import changed_credits, draw, grants_of
from billing.audit.documents import round_document
from billing.audit.lines import Line
from billing.audit.rounding import half_away
from billing.audit.settling import Account, Settlement, settle
from billing.audit.spend import bounds_of
from tests.billing.audit.engine import (
    OCTOBER,
    REDUCED,
    STANDARD,
    credit,
    discount,
    line,
    spend_term,
    terms,
)

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


def settled(
    lines: Sequence[Line],
    credits_: Sequence[Credit] = (),
    bounds: Sequence[SpendTerm] = (),
    *,
    fees: Sequence[Line] = (),
    percent: str = "",
) -> Settlement:
    """Settle October of one organization, with an invoice of usage and one of fees."""
    discounts = [discount("d", percent)] if percent else []
    own = terms(discounts=discounts, spend_terms=bounds)
    documents = {"enterprise": lines, "subscription": fees}
    allowances, balances = grants_of(credits_, Snapshot(), OCTOBER)
    account = Account(
        own, OCTOBER, 2, allowances, balances, bounds_of(bounds, OCTOBER, {}, 2), lambda: STANDARD
    )
    rounded = {mode: round_document(rows, 2, own) for mode, rows in documents.items() if rows}
    return settle(rounded, account)


def taken(settlement: Settlement, mode: str = "enterprise") -> list[tuple[str, Decimal, int, int]]:
    document = settlement.documents[mode]
    return [(row.kind, row.tax.rate, row.base, row.amount) for row in document.fixed]


def used(settlement: Settlement) -> list[tuple[str, str, int, int, int]]:
    return [
        (use.payment_mode, use.credit.credit_id, use.available, use.used, use.left)
        for use in settlement.uses
    ]


def test_a_coupon_is_split_over_tax_groups_by_largest_remainder() -> None:
    # 10.00 over 72.20 and 36.00: 6.6728... and 3.3271...; floors 6.67 and 3.32, the missing cent
    # goes to the larger remainder, 0.0028 < 0.0071: 6.67 and 3.33.
    settlement = settled([line("72.20"), line("36.00", tax=REDUCED)], [credit("c", "coupon", "10")])
    assert taken(settlement) == [
        ("coupon", STANDARD.rate, 72_20, 6_67),
        ("coupon", REDUCED.rate, 36_00, 3_33),
    ]
    groups = settlement.documents["enterprise"].groups
    # 19 % of 65.53 = 12.4507, 7 % of 32.67 = 2.2869
    assert sorted((group.taxable, group.tax_amount) for group in groups) == [
        (32_67, 2_29),
        (65_53, 12_45),
    ]


def test_equal_remainders_go_to_the_first_group() -> None:
    # 0.01 over 5.00 and 5.00: both remainders are equal, both amounts too
    settlement = settled([line("5"), line("5", tax=REDUCED)], [credit("c", "coupon", "0.01")])
    assert taken(settlement) == [("coupon", STANDARD.rate, 5_00, 1)]


def test_percent_comes_before_fixed_and_coupons_before_credits() -> None:
    # 100 - 10 % = 90; coupon 30, promotional 40, of service 50 only the 20 that are left
    credits_ = [
        credit("s", "service", "50"),
        credit("p", "promotional", "40"),
        credit("c", "coupon", "30"),
    ]
    settlement = settled([line("100")], credits_, percent="0.1")
    assert used(settlement) == [
        ("enterprise", "c", 30_00, 30_00, 0),
        ("enterprise", "p", 40_00, 40_00, 0),
        ("enterprise", "s", 50_00, 20_00, 30_00),
    ]
    assert settlement.documents["enterprise"].groups[0].taxable == 0


def test_within_a_kind_the_credit_that_expires_first_is_used_first() -> None:
    credits_ = [
        credit("endless", "promotional", "10"),
        credit("soon", "promotional", "10", valid_to=DECEMBER),
    ]
    assert [use[1] for use in used(settled([line("15")], credits_))] == ["soon", "endless"]


def test_a_credit_serves_usage_before_fees_and_neither_twice() -> None:
    # 25 over an invoice of usage of 15 and one of fees of 19
    credits_ = [credit("c", "coupon", "25"), credit("b", "purchased", "7")]
    settlement = settled([line("15")], credits_, fees=[line("19")])
    assert used(settlement) == [
        ("enterprise", "c", 25_00, 15_00, 10_00),
        ("subscription", "c", 10_00, 10_00, 0),
        # 9.00 x 1.19 = 10.71 are to be paid, 7.00 are there
        ("subscription", "b", 7_00, 7_00, 0),
    ]


def test_a_maximum_is_taken_after_credits_and_names_its_term() -> None:
    # 100 - 20 = 80, at most 50
    settlement = settled(
        [line("100")], [credit("c", "coupon", "20")], [spend_term("maximum", "50")]
    )
    assert taken(settlement) == [
        ("coupon", STANDARD.rate, 100_00, 20_00),
        ("maximum", STANDARD.rate, 80_00, 30_00),
    ]
    assert settlement.documents["enterprise"].fixed[-1].source_id == "st_maximum"


def test_what_an_amendment_bills_comes_on_top_of_a_monthly_maximum() -> None:
    adjustment = line("7")
    key = adjustment.key._replace(line_kind="adjustment", terms_from_at=None)
    adjustment = replace(adjustment, key=key, contract_id="")
    settlement = settled([line("70"), adjustment], bounds=[spend_term("maximum", "50")])
    # 77 - (50 + 7) = 20
    assert taken(settlement) == [("maximum", STANDARD.rate, 77_00, 20_00)]


def test_usage_of_another_contract_comes_on_top_of_a_monthly_maximum() -> None:
    # the maximum of 15 of 31 days is 50.00; what was used before the 17th is not its business
    most = spend_term("maximum", "103.33", valid_from=date(2026, 10, 17))
    settlement = settled([line("70"), line("60", begins="2026-10-17")], bounds=[most])
    # 103.33 x 15 / 31 = 49.9983... = 50.00; 130 - (50 + 70) = 10
    assert taken(settlement) == [("maximum", STANDARD.rate, 130_00, 10_00)]


def test_a_minimum_asks_for_what_is_missing_after_credits() -> None:
    # 100 - 30 = 70 of 90: 20.00 more, in a line of its own
    settlement = settled(
        [line("100")], [credit("c", "coupon", "30")], [spend_term("minimum", "90")]
    )
    document = settlement.documents["enterprise"]
    last = document.lines[-1]
    assert (last.key.line_kind, last.exact, last.tax) == ("true_up", Decimal("20.00"), STANDARD)
    assert document.groups[0].taxable == 90_00


def test_a_minimum_is_due_where_nothing_was_used() -> None:
    settlement = settled([], bounds=[spend_term("minimum", "90")])
    (group,) = settlement.documents["enterprise"].groups
    assert (group.gross, group.taxable, group.tax_amount) == (90_00, 90_00, 17_10)


def test_a_minimum_that_is_reached_adds_nothing() -> None:
    settlement = settled([line("90")], bounds=[spend_term("minimum", "90")])
    assert len(settlement.documents["enterprise"].lines) == 1


def test_balances_pay_totals_and_never_more() -> None:
    # 100 + 19 = 119
    credits_ = [
        credit("late", "purchased", "500"),
        credit("soon", "committed", "100", valid_to=DECEMBER),
    ]
    settlement = settled([line("100")], credits_)
    assert used(settlement) == [
        ("enterprise", "soon", 100_00, 100_00, 0),
        ("enterprise", "late", 500_00, 19_00, 481_00),
    ]
    assert settlement.paid("enterprise") == 119_00


def test_a_true_up_can_be_paid_from_a_balance() -> None:
    settlement = settled([], [credit("b", "committed", "100")], [spend_term("minimum", "50")])
    assert used(settlement) == [("enterprise", "b", 100_00, 59_50, 40_50)]


def test_what_earlier_months_used_is_gone() -> None:
    snapshot = Snapshot(credits={("c", date(2026, 1, 1)): Used(Decimal(100), Decimal("99.50"))})
    (grant,), _ = grants_of([credit("c", "coupon", "100")], snapshot, NOVEMBER)
    assert grant.left == 50
    spent = Snapshot(credits={("c", date(2026, 1, 1)): Used(Decimal(100), Decimal(100))})
    assert grants_of([credit("c", "coupon", "100")], spent, NOVEMBER) == ([], [])


def test_a_monthly_credit_is_granted_anew_for_the_months_it_counts() -> None:
    twice = credit("c", "coupon", "10", repeats="monthly", months=2, valid_from=date(2026, 10, 31))
    used_up = Snapshot(credits={("c", OCTOBER): Used(Decimal(10), Decimal(10))})
    months = (date(2026, 9, 1), OCTOBER, NOVEMBER, DECEMBER)
    there = [[grant.left for grant in grants_of([twice], Snapshot(), each)[0]] for each in months]
    assert there == [[], [1000], [1000], []]
    assert [grant.left for grant in grants_of([twice], used_up, NOVEMBER)[0]] == [1000]


def test_a_credit_is_there_in_months_on_whose_last_day_it_is_valid() -> None:
    ends_before = credit("a", "coupon", "1", valid_to=date(2026, 10, 31))
    ends_with = credit("b", "coupon", "1", valid_to=date(2026, 11, 1))
    begins_then = credit("c", "coupon", "1", valid_from=date(2026, 10, 31))
    begins_after = credit("d", "coupon", "1", valid_from=date(2026, 11, 1))
    allowances, _ = grants_of(
        [ends_before, ends_with, begins_then, begins_after], Snapshot(), OCTOBER
    )
    assert [grant.credit.credit_id for grant in allowances] == ["b", "c"]


def test_a_credit_that_was_used_may_not_be_granted_otherwise() -> None:
    snapshot = Snapshot(credits={("c", date(2026, 1, 1)): Used(Decimal(100), Decimal(5))})
    raised = credit("c", "coupon", "200")
    (finding,) = changed_credits([raised], snapshot, OCTOBER)
    assert (finding.expected, finding.actual) == ("100", "200")
    assert list(changed_credits([credit("c", "coupon", "100")], snapshot, OCTOBER)) == []


AMOUNTS = st.decimals(min_value=0, max_value=1000, places=4)
LINES = st.lists(st.tuples(AMOUNTS, st.sampled_from([STANDARD, REDUCED])), max_size=8)
KINDS = st.sampled_from(["coupon", "promotional", "service", "purchased", "committed"])
CREDITS = st.lists(
    st.tuples(KINDS, st.decimals(min_value="0.01", max_value=900, places=2)), max_size=5
)
BOUND = st.none() | st.decimals(min_value="0.01", max_value=900, places=2)


@given(LINES, CREDITS, BOUND, BOUND)
def test_an_invoice_stays_between_its_bounds_and_every_unit_is_accounted_for(
    rows: list[tuple[Decimal, object]],
    given_credits: list[tuple[str, Decimal]],
    least: Decimal | None,
    most: Decimal | None,
) -> None:
    if least is not None and most is not None:
        least, most = sorted((least, most))
    lines = [line(str(amount), tax=tax) for amount, tax in rows]  # type: ignore[arg-type]
    credits_ = [credit(f"c{i}", kind, str(a)) for i, (kind, a) in enumerate(given_credits)]
    bounds = [
        spend_term(kind, str(amount))
        for kind, amount in (("minimum", least), ("maximum", most))
        if amount is not None
    ]
    settlement = settled(lines, credits_, bounds)
    for use in settlement.uses:
        assert 0 < use.used <= use.available <= half_away(use.credit.amount * 100)
    if "enterprise" not in settlement.documents:
        assert least is None
        return
    groups = settlement.documents["enterprise"].groups
    net = sum(group.taxable for group in groups)
    total = net + sum(group.tax_amount for group in groups)
    assert all(group.taxable >= 0 for group in groups)
    assert least is None or net >= half_away(least * 100)
    assert most is None or net <= half_away(most * 100)
    assert 0 <= settlement.paid("enterprise") <= total


def test_nothing_is_drawn_for_nothing() -> None:
    (grant,), _ = grants_of([credit("c", "coupon", "1")], Snapshot(), OCTOBER)
    assert draw([grant], "enterprise", 0) == draw([grant], "enterprise", -5) == []
    assert grant.left == 100
