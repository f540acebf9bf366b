"""From a mapping file to a `SourceFormat`.

Here: every part of the file compiled in turn, all mistakes gathered. Keep out: reading files
(`loading.py`) and the forms of values (`values.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from billing.errors import Problem
from billing.ingestion.canonical import BILL_FIELDS, FIELDS, RowPlan, SourceFormat
from billing.ingestion.mapping.conditions import compile_condition
from billing.ingestion.mapping.contract import Ignored, MappingFile, Value
from billing.ingestion.mapping.instants import timestamp_of
from billing.ingestion.mapping.paths import parse_path
from billing.ingestion.mapping.scope import Scope
from billing.ingestion.mapping.values import compile_value

_FIELDS_OF = {
    "usage": (FIELDS, ("native_id", "outcome")),
    "provider_bill": (BILL_FIELDS, ("bill_date", "provider")),
}


class Mistakes:
    """Problems of one mapping file, each with the place it is in."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(self, place: str, message: str, remedy: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(self.file, message, remedy, field=place))

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Note a ValueError raised inside."""
        try:
            yield
        except ValueError as error:
            self.add(place, str(error), "See docs/formats.md for the forms of values")
        except RecursionError:
            self.add(place, "a value holds itself, or too many others", "Write it out, and flatter")


def compile_mapping(file: MappingFile, mistakes: Mistakes) -> SourceFormat:
    """Compile a mapping file; what is wrong is in `mistakes`, and left out."""
    compiler = _Compiler(Scope(), mistakes)
    _require_fields(file, mistakes)
    source = SourceFormat(
        name=file.name,
        title=file.title,
        holds=file.kind,
        fields=compiler.values("fields", file.fields),
        other_meters=compiler.values("other_meters", dict(sorted(file.other_meters.items()))),
        other_meters_object=compiler.optional("other_meters_object", file.other_meters_object),
        ignored=compiler.rules(file.ignore),
        version=compiler.order(file.version),
        rows=_row_plan(file, mistakes),
        key_column=file.key_column,
        repeats=file.repeats,
        columns=tuple(compiler.scope.columns),
        nested=compiler.scope.nested,
    )
    _require_distinct(source.columns, mistakes)
    return source


@dataclass(frozen=True)
class _Compiler:
    """Compiles parts over one scope; a part that cannot be is noted and comes out empty."""

    scope: Scope
    mistakes: Mistakes

    def value(self, place: str, value: Value) -> str:
        with self.mistakes.at(place):
            return compile_value(value, self.scope)
        return ""

    def values(self, part: str, values: Mapping[str, Value]) -> dict[str, str]:
        return {name: self.value(f"{part}.{name}", value) for name, value in values.items()}

    def optional(self, place: str, value: Value | None) -> str:
        return "" if value is None or value == "" else self.value(place, value)

    def rules(self, rules: Sequence[Ignored]) -> tuple[tuple[str, str], ...]:
        found = []
        for rule in rules:
            with self.mistakes.at(f"ignore.{rule.name}"):
                condition = compile_condition(rule.when, self.scope, compile_value)
                found.append((rule.name, condition))
        return tuple(found)

    def order(self, version: Value | None) -> str:
        """A version is an instant or a whole number; 0 is before all others."""
        text = self.optional("version", version)
        if not text:
            return ""
        instant = f"epoch_us({timestamp_of(text)})"
        return f"coalesce({instant}, try_cast({text} as bigint), 0)"


def _require_fields(file: MappingFile, mistakes: Mistakes) -> None:
    known, required = _FIELDS_OF[file.kind]
    for name in sorted(set(file.fields) - set(known)):
        remedy = f"The fields are {', '.join(known)}"
        mistakes.add(f"fields.{name}", "there is no such field", remedy)
    for name in required:
        if name not in file.fields:
            mistakes.add(f"fields.{name}", "the field is missing", "Say where it comes from")
    if file.version is not None and file.repeats == "conflict":
        remedy = "Say repeats: latest or cumulative, or leave version out"
        mistakes.add("version", "repeated rows are conflicts, which have no versions", remedy)


def _require_distinct(columns: Sequence[str], mistakes: Mistakes) -> None:
    """No reader of ours tells columns apart by capital letters."""
    known: dict[str, str] = {}
    for name in columns:
        other = known.setdefault(name.lower(), name)
        if other != name:
            remedy = "Read one of the two"
            mistakes.add("fields", f"columns {other} and {name} differ in capitals only", remedy)


def _row_plan(file: MappingFile, mistakes: Mistakes) -> RowPlan:
    plan = RowPlan(file.rows.each, file.rows.also, tuple(file.rows.pairs))
    with mistakes.at("rows"):
        for path in filter(None, (plan.each, plan.also)):
            if not parse_path(path).is_plural:
                raise ValueError(f"{path!r} must lead to elements, with [*]")
        for path in plan.pairs:
            if parse_path(path).json_path:
                raise ValueError(f"pairs: {path!r} must be a column")
    return plan
