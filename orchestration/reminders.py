"""Reminding customers of overdue invoices: the books first, then the letters.

Here: raising what is due, and writing every letter that has no folder yet, so that a crash
between the two loses none. Keep out: what is due (`billing.receivables.reminding`), how a letter
looks (`invoice_render`), and sending it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from billing.books import Books
from billing.books.address import books_of
from billing.books.alerts import Alert, recorded_alerts
from billing.clock import Clock
from billing.errors import MeterbookError
from billing.home import Home
from billing.receivables.letters import Letter, Row, letters
from billing.receivables.reminding import KINDS, due_reminders, raise_reminders, steps_of
from billing.subscriptions import read_in_force
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.reminder import BankAccount, OverdueInvoice, Reminder
from invoice_render.reminder_letter import files_of
from orchestration.rendering import folder_of
from orchestration.writing import write_folder

LONGEST_REFERENCE = 140
"""What a SEPA transfer has room for."""


@dataclass(frozen=True)
class Reminded:
    """What was raised, the letters that were written, and why others could not be."""

    raised: Sequence[Alert]
    letters: Sequence[Path] = ()
    refused: Sequence[str] = field(default_factory=tuple)


def due(home: Home, clock: Clock, organization_id: str | None = None) -> Reminded:
    """Say what would be raised now, without recording it or writing a letter."""
    with books_of(home) as books:
        steps = steps_of(read_in_force(home.catalog, books)["reminder_steps"])
        with books.reading() as connection:
            return Reminded(due_reminders(connection, steps, clock.now(), organization_id))


def remind(home: Home, clock: Clock, organization_id: str | None = None) -> Reminded:
    """Raise what is due and write every letter that is missing; call it with the home held.

    Raises CatalogError when the catalog cannot be read; nothing was changed then.
    """
    with books_of(home) as books:
        steps = steps_of(read_in_force(home.catalog, books)["reminder_steps"])
        raised = raise_reminders(books, steps, clock, organization_id)
        written, refused = write_letters(books, home.documents, organization_id)
    return Reminded(raised, written, refused)


def write_letters(
    books: Books, documents: Path, organization_id: str | None = None
) -> tuple[list[Path], list[str]]:
    """Write the recorded letters that have no folder; their folders, and why not for the others.

    A letter says what was open when it was raised, whenever it is written.
    """
    written: list[Path] = []
    refused: list[str] = []
    with books.reading() as connection:
        recorded = letters(recorded_alerts(connection, organization_id, KINDS))
    for letter in recorded:
        folder = folder_of(documents, letter.organization_id, letter.name)
        if folder.is_dir():
            continue
        try:
            write_folder(folder, files_of(reminder_of(books, letter)))
        except (RenderError, MeterbookError) as error:
            refused.append(f"{letter.organization_id}, {letter.name}: {error}")
        else:
            written.append(folder)
    return sorted(written), refused


def reminder_of(books: Books, letter: Letter) -> Reminder:
    """The letter with parties, language and bank account of its newest invoice.

    Raises BooksError when that is not in the books as it was filed.
    """
    newest = max(letter.rows, key=lambda row: (row["issue_date"], row["number"]))
    document = Document.model_validate_json(books.document(newest["number"]).frozen)
    invoices = tuple(OverdueInvoice.model_validate(row) for row in letter.rows)
    payment = document.payment
    return Reminder(
        step=letter.step,
        day=letter.day,
        raised_at=letter.raised_at,
        currency=letter.currency,
        minor_digits=document.minor_digits,
        locale=document.locale,
        seller=document.seller,
        buyer=document.buyer,
        account=BankAccount(
            account_name=payment.account_name,
            iban=payment.iban,
            bic=payment.bic,
            bank_name=payment.bank_name,
            reference=reference_of(letter.rows),
        ),
        invoices=invoices,
        total_open=sum((each.open for each in invoices), Decimal(0)),
    )


def reference_of(rows: Sequence[Row]) -> str:
    """Numbers of the invoices, the first due first, as many as a transfer has room for."""
    reference = ""
    for row in rows:
        longer = f"{reference}, {row['number']}" if reference else str(row["number"])
        if len(longer) > LONGEST_REFERENCE:
            break
        reference = longer
    return reference
