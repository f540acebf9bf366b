"""A command takes a payment exactly where the check of the catalog lets its balance stand.

The sample's org_fjord has three payments in top_ups.csv; what the books kept of them varies.
"""

from pathlib import Path

import pytest

from billing.books import Books
from billing.books.balance_tax import keep, kept_taxes, remember_payments
from billing.books.closing import close_month
from billing.catalog.balance_taxes import changed_taxes
from billing.errors import BooksError, Problem
from billing.periods import BillingMonth
from billing.prepaid.topping_up import top_up
from billing.subscriptions import catalog_in_force, read_customer_files
from tests.billing.subscriptions.conftest import NOON, act

OWNER, FIRST, SECOND = "org_fjord", "topup_fjord_001", "topup_fjord_002"
OCTOBER = BillingMonth(2026, 10)


def profile(folder: Path, tax_at: str) -> None:
    """Let the one customer be taxed so, and nobody else say anything."""
    file = folder / "billing_profiles.csv"
    head, *rows = file.read_text().splitlines()
    head, rows = head.removesuffix(",tax_at"), [row.removesuffix(",consumption") for row in rows]
    changed = [f"{row},{tax_at if row.startswith(OWNER) else ''}" for row in rows]
    file.write_text("\n".join([f"{head},tax_at", *changed]) + "\n")


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "top_ups.csv"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def named(folder: Path, books: Books) -> list[Problem]:
    with catalog_in_force(folder, books) as merged, books.reading() as connection:
        return changed_taxes(merged, kept_taxes(connection))


def put(folder: Path, books: Books, reference: str = "order-1") -> None:
    files = read_customer_files(folder)
    top_up(
        books,
        files,
        files.customer(OWNER),
        act(),
        amount="5",
        currency="USD",
        client_reference=reference,
    )


def see(books: Books, **rules: str) -> None:
    with books.writing() as connection:
        remember_payments(connection, {(OWNER, each): rule for each, rule in rules.items()})


def test_a_payment_that_turned_out_to_be_a_gift_binds_nobody(catalog: Path, books: Books) -> None:
    see(books, topup_fjord_001="top_up")
    profile(catalog, "consumption")
    assert [(each.file, each.field) for each in named(catalog, books)] == [
        ("billing_profiles.csv", "tax_at")
    ]
    with pytest.raises(
        BooksError, match=f"payment {FIRST}, which was recorded under tax_at top_up"
    ):
        put(catalog, books)
    edit(catalog, "150.00,purchased", "150.00,promotional")
    assert named(catalog, books) == []
    put(catalog, books)


def test_a_row_put_back_after_its_balance_was_posted_under_the_other_rule_is_named_by_both(
    catalog: Path, books: Books
) -> None:
    see(books, topup_fjord_001="top_up")
    with books.writing() as connection:
        close_month(connection, OWNER, OCTOBER, 1, NOON)
        keep(connection, OWNER, OCTOBER, "consumption")
    profile(catalog, "consumption")
    (problem,) = named(catalog, books)
    assert (problem.file, problem.row, problem.field) == ("top_ups.csv", 2, "top_up_id")
    remedy = r"Take the row out of top_ups\.csv, or give it another id\."
    with pytest.raises(BooksError, match=f"the row {FIRST} of top_ups.csv .* top_up .* {remedy}"):
        put(catalog, books)
    edit(catalog, FIRST, "paid_anew")
    assert named(catalog, books) == []
    put(catalog, books)


@pytest.mark.parametrize(("now", "row"), [("", 3), ("consumption", 2)])
def test_payments_under_different_rules_have_a_way_out_by_the_row(
    catalog: Path, books: Books, now: str, row: int
) -> None:
    see(books, topup_fjord_001="top_up", topup_fjord_002="consumption")
    profile(catalog, now)
    (problem,) = named(catalog, books)
    assert (problem.file, problem.row) == ("top_ups.csv", row)
    with pytest.raises(BooksError, match=r"or give it another id\."):
        put(catalog, books)
    edit(catalog, SECOND if row == 3 else FIRST, "paid_anew")
    assert named(catalog, books) == []
    put(catalog, books)


def test_what_a_command_recorded_comes_before_rows(catalog: Path, books: Books) -> None:
    """Nobody can take it out: the profile goes by it, and the row has to go."""
    edit(catalog, f"{FIRST},{OWNER}", f"other,{OWNER}")
    see(books, topup_fjord_001="consumption")
    put(catalog, books)
    edit(catalog, f"other,{OWNER}", f"{FIRST},{OWNER}")
    (problem,) = named(catalog, books)
    assert (problem.file, problem.row) == ("top_ups.csv", 2)
    profile(catalog, "consumption")
    profiled, rowed = named(catalog, books)
    assert (profiled.file, rowed.file) == ("billing_profiles.csv", "top_ups.csv")
    assert profiled.remedy.endswith("go on with a new organization.")
    with pytest.raises(BooksError, match="payment topup_fjord_004, which was recorded under"):
        put(catalog, books, "order-2")
