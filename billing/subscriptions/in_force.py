"""The catalog in force: the operator's files, and what the books decided since, as files.

Here: one folder from which every stage reads, so that ingestion, rating, the second engine and
what-if see the same customers. Files that the books do not touch are links to the operator's.
Keep out: checking it (`billing.catalog`), and acts.
"""

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from sqlalchemy import Connection

from billing.books import Books
from billing.books.accounts import Item, Key, Subscription, items, keys, subscriptions
from billing.books.ledger import PUTS_IN, Transfer, transfers
from billing.catalog import known, read_catalog
from billing.catalog.files import FILES
from billing.catalog.reading import read_text
from billing.errors import CatalogError
from billing.subscriptions.adopting import edited
from billing.subscriptions.file_rows import (
    Row,
    item_row,
    key_row,
    movement_row,
    sold_row,
    top_up_row,
    with_end,
    with_key_end,
)
from billing.subscriptions.files import ITEMS, KEYS, SUBSCRIPTIONS, written_rows

TOP_UPS = "top_ups"
MOVEMENTS = "balance_movements"
CHANGED = (SUBSCRIPTIONS, ITEMS, KEYS, TOP_UPS, MOVEMENTS)
"""The files that the books add to."""
SCRATCH = "catalog"
"""Its name for a look: that of a folder somebody typed may be `..`, and what is there is removed."""


@dataclass(frozen=True)
class Accounts:
    """What the books hold of subscriptions, keys and balances."""

    subscriptions: Sequence[Subscription]
    items: Sequence[Item]
    keys: Sequence[Key]
    transfers: Sequence[Transfer]

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the kind was ever decided."""
        return not (self.subscriptions or self.keys or self.transfers)


def accounts_of(books: Books) -> Accounts:
    """Read all of it at one instant."""
    with books.reading() as connection:
        return _accounts(connection)


def _accounts(connection: Connection) -> Accounts:
    return Accounts(
        subscriptions(connection), items(connection), keys(connection), transfers(connection)
    )


def write_in_force(source: Path, books: Books, target: Path) -> Path:
    """Write the catalog of `source` with what the books decided into `target`; returns its folder.

    That is `source` itself, and `target` is removed, while the books hold nothing of the kind.
    Raises CatalogError when a file is missing, one that the books change cannot be read, or a row
    that they keep was edited; `target` is then as it was.
    """
    return _write_in_force(source, accounts_of(books), target)


@contextmanager
def catalog_in_force(source: Path, books: Books) -> Iterator[Path]:
    """Yield the catalog in force for a look at it, without keeping it."""
    with TemporaryDirectory() as scratch:
        yield write_in_force(source, books, Path(scratch) / SCRATCH)


def read_in_force(source: Path, books: Books) -> Mapping[str, pl.DataFrame]:
    """Read the catalog in force. Raises CatalogError with all its problems."""
    with catalog_in_force(source, books) as folder:
        return read_catalog(folder)


@contextmanager
def in_force_after(connection: Connection, source: Path) -> Iterator[Path]:
    """Yield what the catalog in force will be once this transaction is committed."""
    with TemporaryDirectory() as scratch:
        yield _write_in_force(source, _accounts(connection), Path(scratch) / SCRATCH)


def _write_in_force(source: Path, accounts: Accounts, target: Path) -> Path:
    if accounts.is_empty:
        _remove(target)
        return source
    _require_files(source)
    changed = _changed_files(source, accounts)
    fresh = target.with_name(f".{target.name}.new")
    _remove(fresh)
    fresh.mkdir(parents=True)
    for entry in sorted(source.iterdir()):
        if entry.name not in {FILES[name].file_name for name in changed}:
            (fresh / entry.name).symlink_to(entry.absolute())
    for name, rows in changed.items():
        _write(fresh / FILES[name].file_name, list(FILES[name].columns), rows)
    _remove(target)
    fresh.rename(target)
    return target


def _require_files(source: Path) -> None:
    """Name what is missing in the operator's folder, not in the one that is made of it."""
    problems = [
        problem
        for file in FILES.values()
        if not file.may_be_absent and not (source / file.file_name).exists()
        for problem in read_text(source, file)[1]
    ]
    if problems:
        raise CatalogError(problems)


def _changed_files(source: Path, accounts: Accounts) -> dict[str, list[Row]]:
    texts = {name: _rows(source, name) for name in (SUBSCRIPTIONS, ITEMS, KEYS)}
    written = written_rows(source)
    bought = {each.subscription_id: each for each in accounts.subscriptions}
    held = {each.api_key_id: each for each in accounts.keys}
    problems = [*edited(SUBSCRIPTIONS, written, bought), *edited(KEYS, written, held)]
    if problems:
        raise CatalogError(problems)
    zones = _zones(source)
    in_file = {row["subscription_id"] for row in texts[SUBSCRIPTIONS]}
    sold = [
        with_end(row, bought.get(row["subscription_id"]), zones) for row in texts[SUBSCRIPTIONS]
    ]
    sold += [
        sold_row(each, zones) for each in bought.values() if each.subscription_id not in in_file
    ]
    contents = texts[ITEMS] + [
        item_row(each) for each in accounts.items if each.subscription_id not in in_file
    ]
    known_keys = {row["api_key_id"] for row in texts[KEYS]}
    issued = [with_key_end(row, held.get(row["api_key_id"])) for row in texts[KEYS]]
    issued += [key_row(key) for key in held.values() if key.api_key_id not in known_keys]
    put_in = [each for each in accounts.transfers if each.kind in PUTS_IN]
    moved = [each for each in accounts.transfers if each.kind not in PUTS_IN]
    changed = {SUBSCRIPTIONS: sold, ITEMS: contents, KEYS: issued}
    changed[TOP_UPS] = _rows(source, TOP_UPS) + [top_up_row(each) for each in put_in]
    if moved:
        changed[MOVEMENTS] = _rows(source, MOVEMENTS) + [movement_row(each) for each in moved]
    return changed


def _rows(source: Path, name: str) -> list[Row]:
    text, problems = read_text(source, FILES[name])
    if text is None or problems:
        raise CatalogError(problems)
    return [dict(row) for row in text.drop("row").to_dicts()]


def _zones(source: Path) -> Mapping[str, str]:
    """Each organization's zone; a zone that does not exist is named by the catalog's check."""
    rows = _rows(source, "billing_profiles")
    return {
        row["organization_id"]: row["zone"] if row["zone"] in known.zones() else "UTC"
        for row in rows
    }


def _write(path: Path, columns: list[str], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _remove(folder: Path) -> None:
    """Remove a catalog of ours; what its links lead to stays."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.is_dir():
        shutil.rmtree(folder)
