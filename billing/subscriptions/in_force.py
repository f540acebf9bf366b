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
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from sqlalchemy import Connection

from billing.books import Books
from billing.books.accounts import Item, Key, Subscription, items, keys, subscriptions
from billing.catalog import known, read_catalog
from billing.catalog.files import FILES
from billing.catalog.reading import read_text
from billing.errors import CatalogError
from billing.subscriptions.adopting import edited
from billing.subscriptions.files import ITEMS, KEYS, SUBSCRIPTIONS, written_rows
from billing.subscriptions.terms import local_day

Row = dict[str, str]
INSTANT = "%Y-%m-%dT%H:%M:%SZ"
SCRATCH = "catalog"
"""Its name for a look: that of a folder somebody typed may be `..`, and what is there is removed."""


@dataclass(frozen=True)
class Accounts:
    """What the books hold of subscriptions and keys."""

    subscriptions: Sequence[Subscription]
    items: Sequence[Item]
    keys: Sequence[Key]


def accounts_of(books: Books) -> Accounts:
    """Read all of it at one instant."""
    with books.reading() as connection:
        return _accounts(connection)


def _accounts(connection: Connection) -> Accounts:
    return Accounts(subscriptions(connection), items(connection), keys(connection))


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
    if not accounts.keys and not accounts.subscriptions:
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
        _with_end(row, bought.get(row["subscription_id"]), zones) for row in texts[SUBSCRIPTIONS]
    ]
    sold += [_sold(each, zones) for each in bought.values() if each.subscription_id not in in_file]
    contents = texts[ITEMS] + [
        _content(each) for each in accounts.items if each.subscription_id not in in_file
    ]
    known_keys = {row["api_key_id"] for row in texts[KEYS]}
    issued = [_with_key_end(row, held.get(row["api_key_id"])) for row in texts[KEYS]]
    issued += [_issued(key) for key in held.values() if key.api_key_id not in known_keys]
    return {SUBSCRIPTIONS: sold, ITEMS: contents, KEYS: issued}


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


def _with_end(row: Row, kept: Subscription | None, zones: Mapping[str, str]) -> Row:
    """Move the end of a row of the file to where the books put it."""
    if kept is None:
        return row
    ends = _ends(kept, zones)
    is_same_day = row["ends_date"] == ends["ends_date"]
    return row if is_same_day and row["ends_at"] in {"", ends["ends_at"]} else {**row, **ends}


def _ends(kept: Subscription, zones: Mapping[str, str]) -> Row:
    if kept.ends_at is None:
        return {"ends_date": "", "ends_at": ""}
    zone = zones.get(kept.organization_id, "UTC")
    return {
        "ends_date": local_day(kept.ends_at, zone).isoformat(),
        "ends_at": _text(kept.ends_at),
    }


def _sold(kept: Subscription, zones: Mapping[str, str]) -> Row:
    zone = zones.get(kept.organization_id, "UTC")
    return {
        "subscription_id": kept.subscription_id,
        "organization_id": kept.organization_id,
        "kind": kept.kind,
        "plan_id": kept.plan_id,
        "currency": kept.currency,
        "starts_date": local_day(kept.starts_at, zone).isoformat(),
        "starts_at": _text(kept.starts_at),
        **_ends(kept, zones),
    }


def _content(item: Item) -> Row:
    return {
        "subscription_id": item.subscription_id,
        "model_id": item.model_id,
        "service_tier": item.service_tier,
        "daily_call_limit": str(item.daily_call_limit),
        "monthly_token_cap": str(item.monthly_token_cap),
        "monthly_fee": format(item.monthly_fee, "f"),
    }


def _with_key_end(row: Row, kept: Key | None) -> Row:
    if kept is None or kept.valid_to is None:
        return row
    return {**row, "valid_to_at": _text(kept.valid_to)}


def _issued(key: Key) -> Row:
    return {
        "api_key_id": key.api_key_id,
        "organization_id": key.organization_id,
        "project_id": key.project_id,
        "name": key.name,
        "masked_prefix": key.masked_prefix,
        "key_sha256": key.key_sha256,
        "payer": key.payer,
        "subscription_id": key.subscription_id or "",
        "valid_from_at": _text(key.valid_from),
        "valid_to_at": "" if key.valid_to is None else _text(key.valid_to),
    }


def _text(instant: datetime) -> str:
    return instant.strftime(INSTANT)


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
