"""One delivered file, read into staged rows whatever is wrong with some of them.

Here: choosing the reader, and falling back to a more careful one when the file has lines that
the parallel reader cannot take. Keep out: what becomes of the rows (`fates.py`).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from billing.errors import IngestError
from billing.ingestion import csv_repair, detect, layout, readers
from billing.ingestion.bill_rows import stage_bill
from billing.ingestion.canonical import RowPlan, SourceFormat
from billing.ingestion.container import Kind, kind_of
from billing.ingestion.delivery import Delivery
from billing.ingestion.lines import Judge, TidyFile, count_lines, texts_of, tidy, whole_objects
from billing.ingestion.literals import text_literal
from billing.ingestion.staged import Staged
from billing.ingestion.staging import set_aside, stage
from billing.ingestion.supplied import Asked, supply

EMPTY_FILES_ARE = "native"
# What is wrong inside a Parquet file has no class of its own; what is wrong in SQL has.
_FAULTS_OF_OURS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)


@dataclass(frozen=True)
class Reading:
    """The format a file was read in, and where the texts of its rows can be fetched.

    `aside` has the texts of rows that are not in `lines` as they were written.
    """

    source: SourceFormat
    lines: Path | None = None
    relation: str = ""
    aside: Path | None = None
    staged: Staged | None = None


class Reader:
    """Reads one file into staged rows, which live in `folder` with all scratch files."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        delivery: Delivery,
        folder: Path,
        now: datetime,
        asked: Asked,
    ) -> None:
        self._connection = connection
        self._delivery = delivery
        self._name = delivery.name
        self._folder = folder
        self._now = now
        self._asked = asked
        self._attempts = count()
        self._staged: Staged | None = None

    def read(self, plain: Path) -> Reading:
        """Stage every row of the file. Raises IngestError when it is no log at all."""
        return replace(self._read(plain), staged=self._staged)

    def _read(self, plain: Path) -> Reading:
        kind = kind_of(self._name, plain)
        if kind is Kind.EMPTY:
            return self._read_nothing()
        if kind is Kind.PARQUET:
            return self._read_parquet(plain)
        if kind is Kind.CSV:
            return self._read_csv(plain)
        if kind is Kind.JSON_DOCUMENT:
            plain = layout.document_to_lines(self._connection, self._name, plain, self._folder)
            if not plain.stat().st_size:
                return self._read_nothing()
        source = self._source_of(detect.json_rows(plain))
        if source.is_bill:
            plain = whole_objects(self._name, plain, self._folder / "bill_lines")
        if source.rows:
            plain = layout.expand_rows(self._connection, plain, source.rows, self._folder)
        return self._read_json_lines(plain, source)

    def _read_nothing(self) -> Reading:
        source = self._asked.chosen or self._empty()
        nothing = "select cast(null as varchar) as nothing where false"
        self._stage(source, readers.chosen(nothing, source, ()))
        return Reading(source, relation=nothing)

    def read_again(self, texts: Path) -> Reading:
        """Stage the texts of rows as they were set aside, which are no longer to be taken apart."""
        source = supply(self._asked.chosen or self._empty(), self._asked.supplied)
        reading = self._read_json_lines(texts, replace(source, rows=RowPlan()))
        return replace(reading, staged=self._staged)

    def _empty(self) -> SourceFormat:
        return self._asked.formats.named(EMPTY_FILES_ARE)

    def _source_of(self, rows: Iterable[dict[str, Any]]) -> SourceFormat:
        source = self._asked.chosen or detect.recognise(self._name, rows, self._asked.formats)
        return source if source.is_bill else supply(source, self._asked.supplied)

    def fetch_texts(self, reading: Reading) -> None:
        """Fill the temporary table `ingest_text` with the text of each row in `ingest_rejected`."""
        self._fetch(reading, "select line_number from ingest_rejected order by line_number")

    def fetch_first_texts(self, reading: Reading, rows: int) -> None:
        """Fill `ingest_text` with the texts of the first rows."""
        self._fetch(reading, f"select unnest(range(1, {rows + 1})) as line_number")

    def _fetch(self, reading: Reading, wanted: str) -> None:
        target = "create or replace temp table ingest_text as select line_number, raw_line from"
        if reading.lines is None:
            self._connection.execute(
                f"{target} (select row_number() over () as line_number, "
                f"cast(to_json(source_row) as varchar) as raw_line "
                f"from ({reading.relation}) as source_row) where line_number in ({wanted})"
            )
            return
        told = self._folder / "texts"
        numbers = self._connection.execute(wanted).fetchall()
        texts_of(reading.lines, (number for (number,) in numbers), told)
        self._connection.execute(f"{target} {_told_rows(told)}")
        if reading.aside:
            self._connection.execute(
                "update ingest_text set raw_line = aside.raw_line "
                f"from {_told_rows(reading.aside)} as aside "
                "where ingest_text.line_number = aside.line_number"
            )

    def _stage(self, source: SourceFormat, relation: str) -> int:
        if source.is_bill:
            return stage_bill(self._connection, source, relation)
        staged = self._folder / f"staged{next(self._attempts)}"
        self._staged = stage(self._connection, source, relation, self._now, staged)
        return self._staged.rows

    def _read_parquet(self, plain: Path) -> Reading:
        columns = readers.parquet_columns(self._connection, self._name, plain)
        relation = readers.parquet_rows(plain, columns)
        try:
            source = self._source_of(readers.first_rows(self._connection, relation))
            self._stage(source, readers.chosen(relation, source, columns))
        except duckdb.Error as error:
            if isinstance(error, _FAULTS_OF_OURS):
                raise
            raise IngestError(
                f"{self._name} is damaged Parquet: {error}. Deliver it again, whole."
            ) from error
        return Reading(source, relation=relation)

    def _read_csv(self, plain: Path) -> Reading:
        header = readers.csv_header(self._name, plain)
        if not header.is_first_line:
            return self._read_records(plain, header)
        relation = readers.csv_rows(plain, header)
        try:
            source = self._source_of(self._first_records(relation, header))
            self._stage(source, readers.chosen(relation, source, header.columns))
        except (duckdb.InvalidInputException, duckdb.NotImplementedException) as error:
            return self._read_records(plain, header, error)
        return Reading(source, relation=relation)

    def _read_records(
        self, plain: Path, header: readers.Header, error: duckdb.Error | None = None
    ) -> Reading:
        """Read a CSV one record after the other: slower, but whatever stands between them."""
        source = self._source_of([dict.fromkeys(header.columns, "")])
        if source.is_bill:
            raise IngestError(
                f"{self._name} has a row with too few or too many values, or none before its "
                f"header. Nothing of it was taken; fetch it again, whole. ({error})"
            ) from error
        records = csv_repair.as_json_lines(plain, self._folder, header)
        if not self._is_staged(source, records):
            raise self._unreadable()
        return Reading(source, lines=records.path, aside=records.aside)

    def _first_records(self, relation: str, header: readers.Header) -> list[dict[str, Any]]:
        """The first rows, with every column even where a row leaves it empty."""
        names = dict.fromkeys(header.columns, "")
        return [names, *readers.first_rows(self._connection, relation)]

    def _read_json_lines(self, plain: Path, source: SourceFormat) -> Reading:
        is_packed = plain != self._delivery.path
        try:
            rows = self._stage(source, readers.json_lines(plain, source))
            if rows == (count_lines(plain) if is_packed else self._delivery.lines):
                return Reading(source, lines=plain)
        except duckdb.InvalidInputException:
            pass
        if source.is_bill:
            raise self._unreadable()
        for judge in (None, self._judge(source)):
            lines = tidy(plain, self._folder / f"tidy{next(self._attempts)}", judge)
            if self._is_staged(source, lines):
                return Reading(source, lines=plain)
        raise self._unreadable()

    def _is_staged(self, source: SourceFormat, lines: TidyFile) -> bool:
        try:
            rows = self._stage(source, readers.json_lines(lines.path, source))
        except duckdb.InvalidInputException:
            return False
        told = f"select line_number, raw_line from {_told_rows(lines.aside)}"
        self._staged = self._staged and set_aside(self._connection, self._staged, told)
        return rows == lines.lines

    def _judge(self, source: SourceFormat) -> Judge:
        """Whether DuckDB's parser takes a line; Python's is asked first, being close at hand."""
        known = set(source.columns)

        def names_of(line: bytes) -> list[str]:
            if rb"\ud" not in line.lower():
                try:
                    return [name for name, _ in json.loads(line, object_pairs_hook=list)]
                except (ValueError, RecursionError):
                    pass
            names = self._connection.execute("select json_keys(?)", [line.decode()]).fetchall()
            return list(names[0][0])

        def is_row(line: bytes) -> bool:
            try:
                names = [name for name in names_of(line) if name in known]
            except (duckdb.Error, UnicodeDecodeError):
                return False
            return len(names) == len(set(names))

        return is_row

    def _unreadable(self) -> IngestError:
        return IngestError(
            f"{self._name} cannot be read row by row; nothing of it was taken. "
            "Deliver it again as UTF-8 JSON lines, one object per line."
        )


def _told_rows(path: Path) -> str:
    return (
        f"read_json({text_literal(str(path))}, format = 'newline_delimited', "
        "maximum_object_size = 134217728, "
        "columns = {'line_number': 'BIGINT', 'raw_line': 'VARCHAR'})"
    )
