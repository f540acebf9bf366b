"""Finalized documents: filed once, read back as the bytes that were filed.

Here: filing a frozen document with its reports, and reading the register. Keep out: making
documents (`billing.invoicing`) and what was paid (`receivables`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, Table, insert, select

from billing.books.columns import ByBytes
from billing.books.register_tables import (
    billed_month,
    document,
    document_allowance,
    document_report,
    document_tax,
)
from billing.errors import BooksError
from billing.periods import BillingMonth


@dataclass(frozen=True)
class Registration:
    """What the register knows of a document beside its bytes; amounts in minor units."""

    number: str
    seller_id: str
    kind: str
    year: int
    serial: int
    organization_id: str
    billing_month: BillingMonth
    payment_mode: str
    zone: str
    currency: str
    minor_digits: int
    subtotal_minor: int
    discount_minor: int
    taxable_minor: int
    tax_minor: int
    total_minor: int
    prepaid_minor: int
    amount_due_minor: int
    issue_date: date
    due_date: date | None
    corrects_number: str = ""
    top_up_id: str = ""

    def amount(self, name: str) -> Decimal:
        """One amount in major units: `total`, `tax`, ... with the currency's decimals."""
        return major(getattr(self, f"{name}_minor"), self.minor_digits)


@dataclass(frozen=True)
class Parts:
    """What a later credit note has to know of a document; amounts in minor units.

    `billed` is what lines come to by the month of their usage or fee, `taxes` is taxable amount
    and tax by (category, rate), `allowances` what lay above a `maximum` or a `credit` covered.
    """

    billed: Mapping[BillingMonth, int] = field(default_factory=dict)
    taxes: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    allowances: Mapping[str, int] = field(default_factory=dict)


NO_PARTS = Parts()


@dataclass(frozen=True)
class StoredDocument:
    """A finalized document: `frozen` are the bytes that were hashed when it was filed."""

    registration: Registration
    sha256: str
    frozen: bytes
    reports: Mapping[str, bytes]


def major(minor: int, digits: int) -> Decimal:
    """Minor units as an amount with exactly `digits` decimals, however large."""
    sign, whole = (1, abs(minor)) if minor < 0 else (0, minor)
    return Decimal((sign, tuple(int(digit) for digit in str(whole)), -digits))


def file_document(
    connection: Connection,
    registration: Registration,
    frozen: bytes,
    reports: Mapping[str, bytes],
    parts: Parts = NO_PARTS,
) -> str:
    """File one document and its reports for good; returns the document's SHA-256."""
    sha256 = hashlib.sha256(frozen).hexdigest()
    row = {**_shallow(registration), "sha256": sha256, "frozen": frozen.decode()}
    connection.execute(insert(document).values(row))
    for name, content in sorted(reports.items()):
        connection.execute(
            insert(document_report).values(
                number=registration.number,
                name=name,
                sha256=hashlib.sha256(content).hexdigest(),
                frozen=content.decode(),
            )
        )
    _file_parts(connection, registration.number, parts)
    return sha256


def _file_parts(connection: Connection, number: str, parts: Parts) -> None:
    rows: dict[Table, list[dict[str, object]]] = {
        billed_month: [
            {"service_month": month, "amount_minor": amount}
            for month, amount in sorted(parts.billed.items())
        ],
        document_tax: [
            {"category": category, "rate": rate, "taxable_minor": taxable, "tax_minor": tax}
            for (category, rate), (taxable, tax) in sorted(parts.taxes.items())
        ],
        document_allowance: [
            {"kind": kind, "amount_minor": amount}
            for kind, amount in sorted(parts.allowances.items())
            if amount
        ],
    }
    for table, own in rows.items():
        if own:
            connection.execute(insert(table), [{"number": number, **row} for row in own])


def registrations(
    connection: Connection, month: BillingMonth | None, organization_id: str | None
) -> list[tuple[Registration, str]]:
    """Every matching document with its SHA-256, in order of kind, year and serial."""
    names = [each.name for each in fields(Registration)]
    query = select(*(document.c[name] for name in names), document.c.sha256)
    if month is not None:
        query = query.where(document.c.billing_month == month)
    if organization_id is not None:
        query = query.where(document.c.organization_id == organization_id)
    series = (ByBytes(document.c.seller_id), ByBytes(document.c.kind), document.c.year)
    rows = connection.execute(query.order_by(*series, document.c.serial)).mappings()
    return [(Registration(**{name: row[name] for name in names}), row["sha256"]) for row in rows]


def stored_document(connection: Connection, number: str) -> StoredDocument:
    """One document as it was filed.

    Raises BooksError when there is none, or when its bytes no longer have their hash.
    """
    row = (
        connection.execute(select(document).where(document.c.number == number))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise BooksError(f"There is no document {number!r}. `meterbook invoices` lists them.")
    reports = (
        connection.execute(
            select(document_report)
            .where(document_report.c.number == number)
            .order_by(document_report.c.name)
        )
        .mappings()
        .all()
    )
    names = [each.name for each in fields(Registration)]
    return StoredDocument(
        registration=Registration(**{name: row[name] for name in names}),
        sha256=row["sha256"],
        frozen=_verified(number, row["frozen"], row["sha256"]),
        reports={
            report["name"]: _verified(number, report["frozen"], report["sha256"])
            for report in reports
        },
    )


def _shallow(registration: Registration) -> dict[str, object]:
    """Return the columns of a registration; its month stays a BillingMonth."""
    return {**asdict(registration), "billing_month": registration.billing_month}


def _verified(number: str, text: str, sha256: str) -> bytes:
    content = text.encode()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BooksError(
            f"What is filed under {number} does not have the hash {sha256} it was filed with. "
            "Restore the books from a backup."
        )
    return content
