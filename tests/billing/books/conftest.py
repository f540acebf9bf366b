"""Books with one filed document, one payment, one balance entry and one use of a credit."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.books import Books, open_books
from billing.books.accounts import Item, Subscription, begin
from billing.books.alerts import Alert, record_alert
from billing.books.balance_tax import keep, remember_payments
from billing.books.balances import BalancePosting, post
from billing.books.catalog import CatalogRows, accept_catalog
from billing.books.closing import (
    Evidence,
    IngestedFile,
    QuarantineDecision,
    close_month,
    record_evidence,
)
from billing.books.credit_uses import CreditUse, post_uses
from billing.books.documents import Parts, Registration, file_document
from billing.books.ledger import Transfer, record_transfer
from billing.books.lots import Lot, LotMonth, post_lots
from billing.books.numbering import take_number
from billing.books.quarantine import Discard
from billing.books.receivables import acts, settlements
from billing.periods import BillingMonth
from billing.receivables.paying import pay
from tests.databases import SQLITE, Database
from tests.postgresql import Server

NOW = datetime(2026, 11, 5, 6, tzinfo=UTC)
OCTOBER = BillingMonth(2026, 10)
HUGE = 10**15
FROZEN = json.dumps(
    {
        "minor_digits": 2,
        "taxes": [
            {
                "category": "S",
                "rate": "0.19",
                "taxable_amount": "9999999999999.99",
                "tax_amount": "0.07",
            }
        ],
        "allowances": [
            {"kind": "percent", "amount": "0.00"},
            {"kind": "coupon", "amount": "0.02"},
            {"kind": "promotional", "amount": "0.03"},
            {"kind": "maximum", "amount": "0.04"},
            {"kind": "maximum", "amount": "0.01"},
        ],
    }
).encode()
BOUGHT = Subscription("sub_1", "org_aurora", "custom", "", "EUR", NOW, None)
SMALL = Subscription("sub_2", "org_borealis", "plan", "solo", "EUR", NOW, NOW + timedelta(days=1))
LARGE = Subscription(
    "sub_3", "org_borealis", "plan", "team", "EUR", NOW + timedelta(days=1), None, "", "sub_2"
)
PAID_IN = Transfer("topup_1", "org_aurora", "top_up", HUGE, 2, "EUR", NOW, "client-1", "Wire 1")
LOT = Lot("org_aurora", "top_1", "purchased", NOW, None, "Wire 1", "EUR", HUGE - 3)
CROSSED = Alert(
    "balance_amount",
    "org_aurora",
    "organization",
    "org_aurora",
    "low",
    "10.00",
    "put_on:1",
    NOW,
    NOW,
)
PARTS = Parts({}, {("S", "0.19"): (HUGE - 1, 7)}, {"credit": 5, "maximum": 5})
"""What the books keep of it; its lines are left out, as in books of before credit notes."""
OLD_PAYMENT = (
    "insert into payment (number, amount_minor, currency, paid_at, reference) "
    "values ('INV-2026-000001', 999, 'EUR', '2026-11-04 10:00:00', 'bank-1')"
)
"""A payment as books of before receivables had it: 9.99 of the filled invoice."""


def settled_of(books: Books) -> list[tuple[str | None, str, int]]:
    """Each settlement with the reference of what it was settled with."""
    with books.reading() as connection:
        references = {each.act_id: each.client_reference for each in acts(connection)}
        found = settlements(connection)
    return [(references[each.act_id], each.number, each.amount_minor) for each in found]


def registration(number: str, serial: int, *, month: BillingMonth = OCTOBER) -> Registration:
    return Registration(
        number=number,
        seller_id="anyint_eu",
        kind="invoice",
        year=2026,
        serial=serial,
        organization_id="org_aurora",
        billing_month=month,
        payment_mode="enterprise",
        zone="Europe/Berlin",
        currency="EUR",
        minor_digits=2,
        subtotal_minor=HUGE,
        discount_minor=1,
        taxable_minor=HUGE - 1,
        tax_minor=7,
        total_minor=HUGE + 6,
        prepaid_minor=0,
        amount_due_minor=HUGE + 6,
        issue_date=date(2026, 11, 5),
        due_date=date(2026, 12, 5),
    )


def credit_use(number: str, **changed: Any) -> CreditUse:
    """A coupon of 100.00 EUR, granted in October."""
    values: dict[str, Any] = {
        "credit_id": "welcome",
        "kind": "coupon",
        "grant_month": OCTOBER,
        "currency": "EUR",
        "granted_minor": 10_000,
        "amount_minor": 1,
        **changed,
    }
    return CreditUse(number=number, **values)


def _fill(url: str) -> None:
    with open_books(url) as opened:
        with opened.writing() as connection:
            evidence = Evidence(
                [IngestedFile(1, "a" * 64, "day.jsonl.gz", HUGE, 10)],
                [QuarantineDecision("a" * 64, 3, "bad_count")],
            )
            record_evidence(connection, evidence, NOW)
            close_month(connection, "org_aurora", OCTOBER, 1, NOW)
            rows = CatalogRows({("prices", "p_1"): '{"unit_price": "1"}'}, "c" * 64)
            accept_catalog(connection, rows, OCTOBER, NOW, "meterbook")
            serial, number = take_number(connection, "anyint_eu", "invoice", 2026)
            reports = {"usage": b"{}", "cost": b"{}"}
            file_document(connection, registration(number, serial), FROZEN, reports, PARTS)
            entry = BalancePosting("top_up", "top_1", HUGE, "EUR")
            remember_payments(connection, {("org_aurora", "top_1"): "top_up"})
            keep(connection, "org_aurora", OCTOBER, "top_up")
            post(connection, "org_aurora", OCTOBER, [entry])
            drawn = LotMonth(LOT, HUGE, {"consumption": 3}, "0.004")
            post_lots(connection, "org_aurora", OCTOBER, [drawn])
            post_uses(connection, "org_aurora", OCTOBER, [credit_use(number, amount_minor=3000)])
            begin(connection, BOUGHT, [Item("sub_1", "gpt", "basic", 1, 2, Decimal("9.99"))], NOW)
            begin(connection, SMALL, [], NOW)
            begin(connection, LARGE, [], NOW)
            record_transfer(connection, PAID_IN)
            record_alert(connection, CROSSED)
        discard = Discard("a" * 64, 4, "unknown_key", "A test key of ours.", "Ada", NOW)
        opened.discard([discard], "reason unknown_key")
        pay(opened, NOW, "Ada", "org_aurora", "9.99", "bank-1")


@pytest.fixture(scope="session")
def filled_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of books, migrated and filled once; each test works on its own copy."""
    file = tmp_path_factory.mktemp("books") / "books.sqlite"
    _fill(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def filled_database(postgresql: Server) -> str:
    """The same books in a database that is copied for each test."""
    name = postgresql.create()
    _fill(postgresql.url(name))
    return name


@pytest.fixture
def filled_url(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A copy of the filled books."""
    if database is SQLITE:
        shutil.copy(request.getfixturevalue("filled_books"), tmp_path / "books.sqlite")
        yield f"sqlite:///{tmp_path}/books.sqlite"
        return
    server = request.getfixturevalue("postgresql")
    copy = server.create(request.getfixturevalue("filled_database"))
    yield server.url(copy)
    server.drop(copy)


@pytest.fixture
def books(filled_url: str) -> Iterator[Books]:
    with open_books(filled_url) as opened:
        yield opened
