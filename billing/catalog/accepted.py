"""Dated rows that a closed month rests on are appended, never edited.

Here: what is remembered of a catalog when a month is finalized, and what a later edition of
the same files did to it. Add a file to `_WITHOUT_VALIDITY` or `_POINTED_TO` when its columns do
not tell. Keep out: the books, which keep what was accepted (`billing.books.catalog`).

An edit is let through when corrections.csv names its row in a line that was not accepted
before; ending an open row is no edit when it ends after every finalized month, nor is moving the
end of a key or subscription from one such day to another.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import polars as pl

from billing.catalog import known
from billing.catalog.columns import INSTANT
from billing.catalog.files import FILES, CatalogFile
from billing.catalog.reading import ROW, read_text
from billing.catalog.row_text import row_key, row_texts
from billing.errors import CatalogError, Problem
from billing.periods import BillingMonth

RowId = tuple[str, str]
"""Name of the file without its ending, and the key of the row."""
REMEDY = "Put it back and append a new row, or record the edit in corrections.csv."

_WITHOUT_VALIDITY = {"organizations", "balance_alerts", "auto_top_ups"}
"""Files with a day that limits nothing that was billed."""
_MOVABLE_ENDS = {"api_keys", "subscriptions"}
"""Files whose ends may move as long as they stay in months that are open: renewed, cancelled."""
_ENDS = {"valid_to_at", "ends_date", "ends_at"}
_OVERAGES = "plan_overages"
_OVERAGE_OF_SOLD = "{} is new, and its plan was sold in months that are finalized"
_NEW_PLAN = "Add a plan with these terms and change subscriptions to it."
_POINTED_TO = {"price_windows", _OVERAGES}
"""Files without a day whose rows are terms of a dated one, be it by the plan it names."""


@dataclass(frozen=True)
class DatedRows:
    """All dated rows of a catalog: what each says, as JSON, and where it stands."""

    contents: Mapping[RowId, str]
    rows: Mapping[RowId, int]
    sha256_of_file: Mapping[str, str]

    @cached_property
    def sha256(self) -> str:
        """One hash over everything that is remembered."""
        lines = (json.dumps([*key, text]) for key, text in sorted(self.contents.items()))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def of(self, files: Collection[str]) -> "DatedRows":
        """Return the rows of some files, named without their ending, alone."""
        contents = {key: text for key, text in self.contents.items() if key[0] in files}
        return replace(self, contents=contents)


@dataclass(frozen=True)
class Frozen:
    """Up to when months are finalized: the day after the last one, and when that day began."""

    ends_date: date
    ends_at: datetime


def dated_rows(folder: Path) -> DatedRows:
    """Read every file with dated rows. Raises CatalogError when one cannot be read."""
    contents: dict[RowId, str] = {}
    numbers: dict[RowId, int] = {}
    hashes: dict[str, str] = {}
    for name in DATED:
        file = FILES[name]
        text, problems = read_text(folder, file)
        if text is None or problems:
            raise CatalogError(problems)
        path = folder / file.file_name
        if path.exists():
            hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        for number, row in zip(text[ROW].to_list(), row_texts(file, text), strict=True):
            key = (name, row_key(file, row))
            said = {column: value for column, value in row.items() if value}
            contents[key] = json.dumps(said, sort_keys=True, ensure_ascii=False)
            numbers[key] = number
    return DatedRows(contents, numbers, hashes)


def frozen_until(folder: Path, finalized: Iterable[tuple[str, BillingMonth]]) -> Frozen | None:
    """Say up to when (organization, month)s are finalized, each in its zone; None without any."""
    text, _ = read_text(folder, FILES["billing_profiles"])
    zones = {} if text is None else dict(text.select("organization_id", "zone").rows())
    known_zones = known.zones()
    ends = [
        (month.next.first_day, month.bounds(zone if zone in known_zones else "UTC")[1])
        for organization, month in finalized
        for zone in [zones.get(organization, "UTC")]
    ]
    return Frozen(max(day for day, _ in ends), max(at for _, at in ends)) if ends else None


def edit_problems(
    accepted: Mapping[RowId, str], now: DatedRows, frozen: Frozen | None
) -> list[Problem]:
    """Name every accepted row that says something else now, or is gone, without a correction.

    `accepted` maps rows to what they said; `frozen` None means that no month is finalized.
    """
    corrected, sold = _corrected(accepted, now), _sold_overages(accepted, now)
    problems = [
        Problem(f"{key[0]}.csv", _OVERAGE_OF_SOLD.format(key[1]), _NEW_PLAN, now.rows[key])
        for key in sorted(sold - accepted.keys())
    ]
    for key, text in accepted.items():
        if now.contents.get(key) == text or key in corrected - sold:
            continue
        problems += _problems_of(key, json.loads(text), now, frozen)
    return problems


def _sold_overages(accepted: Mapping[RowId, str], now: DatedRows) -> set[RowId]:
    """Return rows of overages of plans that finalized months rest on: what was sold stays as it was.

    Else a month that charged nothing by them would give back what later files lower.
    """
    plans = {
        json.loads(text).get("plan_id", "")
        for (name, _), text in accepted.items()
        if name == "subscriptions"
    } - {""}
    rows = {key: text for key, text in {**accepted, **now.contents}.items() if key[0] == _OVERAGES}
    return {key for key, text in rows.items() if json.loads(text).get("plan_id", "") in plans}


def _corrected(accepted: Mapping[RowId, str], now: DatedRows) -> set[RowId]:
    """Return the rows that a correction names which was not accepted before."""
    fresh = (
        json.loads(text)
        for key, text in now.contents.items()
        if key[0] == "corrections" and key not in accepted
    )
    return {(each.get("file", "").removesuffix(".csv"), each.get("key", "")) for each in fresh}


def _problems_of(
    key: RowId, was: Mapping[str, str], now: DatedRows, frozen: Frozen | None
) -> Iterator[Problem]:
    name, row = key
    file = FILES.get(name)
    file_name = f"{name}.csv"
    if key not in now.contents:
        message = f"{row}, on which finalized months rest, is gone"
        yield Problem(file_name, message, REMEDY)
        return
    text = now.contents[key]
    said: Mapping[str, str] = json.loads(text)
    for field in sorted(was.keys() | said.keys()):
        old, new = was.get(field, ""), said.get(field, "")
        if old == new or (file is not None and _ends_later(file, field, old, new, frozen)):
            continue
        message = f"{row} was accepted with {old!r} and says {new!r}"
        yield Problem(file_name, message, REMEDY, now.rows[key], field)


def _ends_later(file: CatalogFile, field: str, old: str, new: str, frozen: Frozen | None) -> bool:
    """Whether an open row was ended, or an end that may move moved, past all finalized months."""
    if file.name in _MOVABLE_ENDS and field in _ENDS:
        return all(_is_open(file, field, text, frozen) for text in (old, new) if text)
    if old or not new or field not in file.columns or not file.is_open_end(field):
        return False
    return _is_open(file, field, new, frozen)


def _is_open(file: CatalogFile, field: str, end: str, frozen: Frozen | None) -> bool:
    """Whether an end lies no sooner than the end of the last finalized month."""
    if frozen is None:
        return True
    try:
        if file.dtype(field) == INSTANT:
            return datetime.fromisoformat(end).astimezone(UTC) >= frozen.ends_at
        return date.fromisoformat(end) >= frozen.ends_date
    except ValueError:
        return False


def _dated_files() -> tuple[str, ...]:
    """Return files with a day or instant that limits their rows, and those that refer to them."""
    dated = {
        name
        for name, file in FILES.items()
        if any(file.dtype(column) in (pl.Date, INSTANT) for column in file.columns)
    } - _WITHOUT_VALIDITY
    parts = {
        name
        for name, file in FILES.items()
        if any(other in dated for other, _ in file.references.values())
    }
    pointed_to = _POINTED_TO & FILES.keys()
    return tuple(name for name in FILES if name in dated | parts | pointed_to)


DATED = _dated_files()
