"""A credit note gives back what its invoice asked for, and nothing that it never did."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.audit.books_snapshot import InvoiceLeft, Snapshot
from billing.audit.catalog_rows import Credit, SpendTerm
from billing.audit.credits import grants_of
from billing.audit.documents import Document, round_document
from billing.audit.lines import Line
from billing.audit.rounding import half_away
from billing.audit.settling import Account, settle
from billing.audit.settling_notes import settle_note
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

CREDITS = {"coupon", "promotional", "service"}


class Corrected:
    """An invoice of October and the notes on it, as the books keep them."""

    def __init__(
        self,
        lines: Sequence[Line],
        credits_: Sequence[Credit] = (),
        bounds: Sequence[SpendTerm] = (),
        percent: str = "",
    ) -> None:
        discounts = [discount("d", percent)] if percent else []
        self.terms = terms(discounts=discounts, spend_terms=bounds)
        allowances, balances = grants_of(credits_, Snapshot(), OCTOBER)
        bound = bounds_of(bounds, OCTOBER, {}, 2)
        self.account = Account(
            self.terms, OCTOBER, 2, allowances, balances, bound, lambda: STANDARD
        )
        rounded = {"enterprise": round_document(lines, 2, self.terms)} if lines else {}
        self.invoice = settle(rounded, self.account).documents["enterprise"]
        self.left = InvoiceLeft(0)
        self._keep(self.invoice, 1)

    def note(self, *lines: Line) -> Document:
        """Issue the next note."""
        note = settle_note(round_document(lines, 2, self.terms), self.account, self.left)
        self.left = replace(self.left, notes=self.left.notes + 1)
        self._keep(note, -1)
        return note

    def _keep(self, document: Document, sign: int) -> None:
        for group in document.groups:
            before = self.left.taxes.get(tuple(group.tax), (Decimal(0), Decimal(0)))
            amounts = (group.taxable, group.tax_amount)
            self.left.taxes[group.tax.category, group.tax.rate] = tuple(  # type: ignore[assignment]
                old + sign * Decimal(new) / 100 for old, new in zip(before, amounts, strict=True)
            )
        for row in document.fixed:
            kind = "maximum" if row.kind == "maximum" else "credit"
            if row.kind in {"maximum", "credited", *CREDITS}:
                old = self.left.allowances.get(kind, Decimal(0))
                self.left.allowances[kind] = old + sign * Decimal(row.amount) / 100

    def stays(self) -> tuple[int, int]:
        """Taxable amount and tax that notes left, in cents."""
        amounts = list(self.left.taxes.values())
        return int(sum(row[0] for row in amounts) * 100), int(sum(row[1] for row in amounts) * 100)


def summary(note: Document) -> tuple[list[tuple[str, int]], int, int]:
    """What is taken off a note, its taxable amount and its tax, in cents."""
    taken = [(row.kind, row.amount) for row in note.fixed]
    groups = note.groups
    return taken, sum(row.taxable for row in groups), sum(row.tax_amount for row in groups)


def test_usage_above_a_maximum_was_never_billed_and_is_not_given_back() -> None:
    # 100 capped at 50; to 80: nothing; to 40: 10.00 of the further 40.00
    october = Corrected([line("100")], bounds=[spend_term("maximum", "50")])
    assert summary(october.note(line("20"))) == ([("maximum", 20_00)], 0, 0)
    assert summary(october.note(line("40"))) == ([("maximum", 30_00)], 10_00, 1_90)
    assert summary(october.note(line("40"))) == ([], 40_00, 7_60)
    assert october.stays() == (0, 0)


def test_usage_outside_a_monthly_maximum_is_given_back_whole() -> None:
    # before the 17th 70.00; from then on 60.00, capped at 103.33 x 15 / 31 = 50.00
    most = spend_term("maximum", "103.33", valid_from=date(2026, 10, 17))
    october = Corrected([line("70"), line("60", begins="2026-10-17")], bounds=[most])
    assert summary(october.note(line("20"))) == ([], 20_00, 3_80)
    assert summary(october.note(line("5", begins="2026-10-17"))) == ([("maximum", 5_00)], 0, 0)


def test_a_maximum_over_a_term_is_about_all_usage() -> None:
    most = spend_term("maximum", "50", period="term", valid_to=date(2026, 11, 1))
    october = Corrected([line("70")], bounds=[most])
    assert summary(october.note(line("20")))[1:] == (0, 0)
    assert summary(october.note(line("20")))[1:] == (20_00, 3_80)


def test_an_amended_month_is_under_a_maximum_that_holds_for_all_of_it() -> None:
    own = line("5")
    key = own.key._replace(line_kind="adjustment", terms_from_at=None)
    adjustment = replace(own, key=key, contract_id="")
    whole = Corrected([line("70")], bounds=[spend_term("maximum", "50")])
    assert summary(whole.note(adjustment)) == ([("maximum", 5_00)], 0, 0)
    part = spend_term("maximum", "50", valid_from=date(2026, 10, 17))
    half = Corrected([line("70", begins="2026-10-17")], bounds=[part])
    assert summary(half.note(adjustment)) == ([], 5_00, 95)


def test_what_a_minimum_asks_for_all_the_same_stays() -> None:
    # 120 of at least 100: to 90 gives back 20.00; 60 were raised to 100, to 50 gives back nothing
    above = Corrected([line("120")], bounds=[spend_term("minimum", "100")])
    assert summary(above.note(line("30"))) == ([("minimum", 10_00)], 20_00, 3_80)
    below = Corrected([line("60")], bounds=[spend_term("minimum", "100")])
    assert summary(below.note(line("10"))) == ([("minimum", 10_00)], 0, 0)


def test_money_is_given_back_before_what_credits_covered() -> None:
    # 100 less 95 of a coupon and a credit: of 10.00 back, 5.00 were paid
    covered = [credit("c", "coupon", "90"), credit("s", "service", "5")]
    october = Corrected([line("100")], covered)
    assert summary(october.note(line("10"))) == ([("credited", 5_00)], 5_00, 95)
    assert summary(october.note(line("90"))) == ([("credited", 90_00)], 0, 0)


def test_more_than_there_was_stays_more_and_is_refused_elsewhere() -> None:
    october = Corrected([line("100")], [credit("c", "coupon", "10")])
    assert summary(october.note(line("150"))) == ([("credited", 10_00)], 140_00, 26_60)


def test_cents_of_rounding_never_make_a_note_too_large() -> None:
    # 0.015 is billed at 0.02; three times 0.005 are 0.01 each: the third has nothing left
    october = Corrected([line("0.005", model) for model in "abc"])
    given_back = [summary(october.note(line("0.005", model))) for model in "abc"]
    assert given_back == [([], 1, 0), ([], 1, 0), ([("rounding", 1)], 0, 0)]


def test_notes_give_back_all_of_the_tax_and_not_a_cent_more() -> None:
    # 19 % of 0.06 is 0.01, of 0.03 it is 0.01 too: the second note has none left
    october = Corrected([line("0.06")])
    assert [summary(october.note(line("0.03")))[1:] for _ in range(2)] == [(3, 0), (3, 1)]
    assert october.stays() == (0, 0)


def test_a_note_on_no_invoice_is_left_alone() -> None:
    own = terms()
    rounded = round_document([line("5")], 2, own)
    account = Account(own, OCTOBER, 2, [], [], [], lambda: STANDARD)
    assert settle_note(rounded, account, None) is rounded


def test_what_lay_above_a_maximum_is_spread_over_the_groups_of_a_note() -> None:
    both = [line("60"), line("40", tax=REDUCED)]
    october = Corrected(both, bounds=[spend_term("maximum", "50")])
    note = october.note(line("15"), line("5", tax=REDUCED))
    assert sorted((row.tax.rate, row.amount) for row in note.fixed) == [
        (REDUCED.rate, 5_00),
        (STANDARD.rate, 15_00),
    ]


cents = st.integers(1, 200_00)
parts = st.lists(cents, min_size=1, max_size=6)


@given(
    used=parts,
    coupon=st.integers(0, 150_00),
    most=st.none() | cents,
    least=st.none() | cents,
)
def test_what_stays_is_what_would_have_been_billed(
    used: list[int], coupon: int, most: int | None, least: int | None
) -> None:
    """Taking the usage back bit by bit, each time the rest is billed as if it were the first.

    What a credit covered stays covered: it is taken off at most what is there.
    """
    if most is not None and least is not None:
        least, most = sorted((least, most))
    bounds = [
        spend_term(kind, str(Decimal(amount) / 100))
        for kind, amount in (("maximum", most), ("minimum", least))
        if amount is not None
    ]
    granted = [credit("c", "coupon", str(Decimal(coupon) / 100))] if coupon else []
    october = Corrected([line(str(Decimal(sum(used)) / 100))], granted, bounds)
    covered = sum(row.amount for row in october.invoice.fixed if row.kind in CREDITS)
    rest = sum(used)
    for amount in used:
        october.note(line(str(Decimal(amount) / 100)))
        rest -= amount
        net = max(rest - covered, 0)
        billed = max(net if most is None else min(net, most), least or 0)
        assert october.stays() == (billed, half_away(billed * Decimal("0.19")))


@given(used=st.lists(st.integers(1, 10**9), min_size=1, max_size=8), percent=st.integers(0, 99))
def test_all_usage_can_be_given_back_in_any_number_of_notes(used: list[int], percent: int) -> None:
    """Nothing is ever left below zero, whatever was rounded on the way."""
    amounts = [str(Decimal(amount).scaleb(-6)) for amount in used]
    lines = [line(amount, f"m{place}") for place, amount in enumerate(amounts)]
    october = Corrected(lines, percent=str(Decimal(percent) / 100) if percent else "")
    for own in lines:
        october.note(own)
        taxable, tax = october.stays()
        assert taxable >= 0
        assert tax == half_away(taxable * Decimal("0.19"))
