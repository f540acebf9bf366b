"""One delivered file, read into staged rows whatever is wrong with some of them.

Here: choosing the reader, and falling back to a more careful one when the file has lines that
the parallel reader cannot take. Keep out: what becomes of the rows (`fates.py`).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

import duckdb

from billing.errors import IngestError
from billing.ingestion import csv_repair, detect, readers
from billing.ingestion.container import Kind, kind_of
from billing.ingestion.delivery import Delivery
from billing.ingestion.formats import NATIVE, SourceFormat
from billing.ingestion.lines import Judge, TidyFile, count_lines, texts_of, tidy
from billing.ingestion.literals import text_literal
from billing.ingestion.staging import set_aside, stage


@dataclass(frozen=True)
class Reading:
    """The format a file was read in, and where the texts of its rows can be fetched."""

    source: SourceFormat
    lines: Path | None = None
    relation: str = ""


class Reader:
    """Reads one file into `staged_row`, which lives in `folder` with all scratch files."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        delivery: Delivery,
        folder: Path,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._delivery = delivery
        self._name = delivery.name
        self._folder = folder
        self._now = now
        self._attempts = count()

    def read(self, plain: Path, chosen: SourceFormat | None) -> Reading:
        """Stage every row of the file. Raises IngestError when it is no log at all."""
        kind = kind_of(self._name, plain)
        if kind is Kind.EMPTY:
            source = chosen or NATIVE
            nothing = ", ".join(f'cast(null as varchar) as "{name}"' for name in source.columns)
            relation = f"select {nothing} where false"
            self._stage(source, relation)
            return Reading(source, relation=relation)
        if kind is Kind.PARQUET:
            return self._read_parquet(plain, chosen)
        if kind is Kind.CSV:
            return self._read_csv(plain, chosen)
        source = chosen or detect.recognise(self._name, detect.json_columns(plain))
        return self._read_json_lines(plain, source)

    def fetch_texts(self, reading: Reading) -> None:
        """Fill the temporary table `ingest_text` with the text of each row in `ingest_rejected`."""
        target = "create or replace temp table ingest_text as select line_number, raw_line from"
        wanted = "select line_number from ingest_rejected order by line_number"
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

    def _stage(self, source: SourceFormat, relation: str) -> int:
        staged = self._folder / f"staged{next(self._attempts)}"
        return stage(self._connection, source, relation, self._now, staged)

    def _read_parquet(self, plain: Path, chosen: SourceFormat | None) -> Reading:
        columns = readers.parquet_columns(self._connection, self._name, plain)
        source = chosen or detect.recognise(self._name, columns)
        relation = readers.parquet_rows(plain, source, columns)
        try:
            self._stage(source, relation)
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise IngestError(
                f"{self._name} is damaged Parquet: {error}. Deliver it again, whole."
            ) from error
        return Reading(source, relation=relation)

    def _read_csv(self, plain: Path, chosen: SourceFormat | None) -> Reading:
        header = readers.csv_header(self._name, plain)
        source = chosen or detect.recognise(self._name, header)
        relation = readers.csv_rows(plain, source, header)
        try:
            self._stage(source, relation)
        except duckdb.InvalidInputException:
            records = csv_repair.as_json_lines(plain, self._folder, header)
            if not self._is_staged(source, records):
                raise self._unreadable() from None
            return Reading(source, lines=records.path)
        return Reading(source, relation=relation)

    def _read_json_lines(self, plain: Path, source: SourceFormat) -> Reading:
        is_packed = plain != self._delivery.path
        try:
            rows = self._stage(source, readers.json_lines(plain, source))
            if rows == (count_lines(plain) if is_packed else self._delivery.lines):
                return Reading(source, lines=plain)
        except duckdb.InvalidInputException:
            pass
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
        set_aside(self._connection, told)
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
