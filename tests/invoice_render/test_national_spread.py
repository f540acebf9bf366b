"""Discounts and tax per line add up to those of the document, and go where they belong."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.national.china.spread import shares_of, spread
from tests.invoice_render.assembly import Discount, Fixed
from tests.invoice_render.documents import document_of
from tests.invoice_render.lines import fee_line
from tests.invoice_render.national_cases import CHINA, invoice_of, two_rates
from tests.invoice_render.strategies import documents

CENT = Decimal("0.01")
weights = st.lists(st.integers(0, 10**9).map(Fraction), min_size=1, max_size=30)


@given(total=st.integers(0, 10**12), parts=weights)
def test_parts_add_up_and_are_within_one_unit_of_their_weight(
    total: int, parts: list[Fraction]
) -> None:
    found = spread(total, parts)
    assert sum(found) == total
    if any(parts):
        for part, weight in zip(found, parts, strict=True):
            assert abs(part - total * weight / sum(parts)) < 1


@given(limits=st.lists(st.integers(0, 1000), min_size=1, max_size=20), data=st.data())
def test_no_part_is_above_its_limit(limits: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(limits)))
    found = spread(total, [Fraction(1)] * len(limits), limits)
    assert sum(found) == total
    assert all(0 <= part <= limit for part, limit in zip(found, limits, strict=True))


def test_what_is_left_goes_to_the_largest_remainders_the_first_of_equal_ones() -> None:
    """100 by 1 : 1 : 1 are 33 each and 1 left; 10 by 1 : 2 : 4 are 1.43, 2.86, 5.71."""
    assert spread(100, [Fraction(1)] * 3) == [34, 33, 33]
    assert spread(10, [Fraction(1), Fraction(2), Fraction(4)]) == [1, 3, 6]


def test_a_discount_that_fits_on_no_line_is_refused() -> None:
    with pytest.raises(RenderError, match="1 minor units of a discount fit on no line"):
        spread(3, [Fraction(1), Fraction(1)], [1, 1])


def assert_adds_up(document: Document) -> None:
    shares = shares_of(document)
    for group in document.taxes:
        key = (group.category, group.rate)
        lines = [x for x in document.lines if (x.tax_category, x.tax_rate) == key]
        own = [shares[line.number] for line in lines]
        assert sum(share.discount for share in own) == group.discount_amount
        assert sum(share.net for share in own) == group.taxable_amount
        assert sum(share.tax for share in own) == group.tax_amount
        for line, share in zip(lines, own, strict=True):
            assert share.net == line.amount - share.discount
            assert 0 <= share.discount <= line.amount
            assert abs(share.tax - share.net * group.rate) < 2 * Decimal(1).scaleb(
                -document.minor_digits
            )


@settings(max_examples=60, deadline=None)
@given(document=documents())
def test_lines_of_any_document_add_up_to_its_sums(document: Document) -> None:
    assert_adds_up(document)


def test_each_rate_is_spread_by_itself() -> None:
    assert_adds_up(two_rates(CHINA, "0.13", "500.00"))


def test_three_lines_share_a_discount_and_the_tax_by_hand() -> None:
    """10 % off 3 x 33.35 = 100.05 are 10.01 (10.005): 3.34, 3.34, 3.33; nets 30.01, 30.01, 30.02.

    6 % of 90.04 are 5.40 (5.4024): 1.7998, 1.7998 and 1.8004 round down to 1.79, 1.79 and 1.80;
    2 cents are left for the largest remainders, the first two.
    """
    lines = [fee_line(n, ("", "Team"), "33.35", ("S", "0.06")) for n in (1, 2, 3)]
    document = invoice_of(CHINA, lines, (Discount("Partner", Decimal("0.10")),))
    shares = shares_of(document).values()
    assert [share.discount for share in shares] == [Decimal(x) for x in ("3.34", "3.34", "3.33")]
    assert [share.tax for share in shares] == [Decimal(x) for x in ("1.80", "1.80", "1.80")]


def test_a_percentage_on_some_lines_is_a_discount_of_those() -> None:
    """5.00 off: the exact nets say it was on the second line alone."""
    lines = [fee_line(n, ("", "Team"), "50.00", ("S", "0.06")) for n in (1, 2)]
    document = invoice_of(CHINA, lines, (Discount("Partner", Decimal("0.05")),))
    nets = ("50.004", "45")
    told = tuple(
        line.model_copy(update={"net_amount": Decimal(net)})
        for line, net in zip(document.lines, nets, strict=True)
    )
    shares = shares_of(document.model_copy(update={"lines": told}))
    assert [share.discount for share in shares.values()] == [Decimal(0), Decimal("5.00")]


def test_a_fixed_amount_goes_to_what_percentages_left() -> None:
    """A coupon of 9.00 on 10.00 and 20.00: 3.00 and 6.00."""
    lines = [fee_line(1, ("", "A"), "10.00", ("S", "0.06"))]
    lines.append(fee_line(2, ("", "B"), "20.00", ("S", "0.06")))
    coupon = (Fixed("coupon", "Coupon", Decimal("9.00")),)
    document = document_of(lines, fixed=coupon, **CHINA.head)
    shares = shares_of(document)
    assert [share.discount for share in shares.values()] == [Decimal("3.00"), Decimal("6.00")]


def test_an_adjustment_below_zero_takes_no_discount_and_its_share_of_tax() -> None:
    """100.00 - 40.00 at 6 %: 3.60 are 6.00 and -2.40."""
    lines = [fee_line(1, ("", "A"), "100.00", ("S", "0.06"))]
    back = fee_line(2, ("", "B"), "-40.00", ("S", "0.06"))
    document = document_of([*lines, back.model_copy(update={"kind": "adjustment"})], **CHINA.head)
    shares = list(shares_of(document).values())
    assert [share.tax for share in shares] == [Decimal("6.00"), Decimal("-2.40")]
    assert [share.discount for share in shares] == [Decimal(0), Decimal(0)]
