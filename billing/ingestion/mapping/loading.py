"""Every log format there is: those that come with Meterbook, and the operator's own.

Here: reading mapping files and choosing among formats by name. Keep out: looking into logs
(`detect.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from billing.errors import CatalogError, IngestError, Problem
from billing.ingestion.canonical import SourceFormat
from billing.ingestion.mapping.compiling import Mistakes, compile_mapping
from billing.ingestion.mapping.contract import MappingFile
from billing.ingestion.mapping.signs import Signs, read_signs

BUILT_IN = Path(__file__).parent.parent / "formats"
OWN_FOLDER = "formats"
_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SAFE):  # type: ignore[misc, valid-type]  # in C where there is a C compiler
    """Safe YAML in which a key that stands twice is a mistake, not the end of the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if isinstance(key, str) and keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key} stands there twice", node.start_mark
                )
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


@dataclass(frozen=True)
class Known:
    """A format, where it is described and what it is recognised by."""

    source: SourceFormat
    signs: Signs
    mapping: MappingFile
    path: Path


@dataclass(frozen=True)
class Formats:
    """The formats of one catalog, by name; an operator's own stands before a built-in one."""

    by_name: Mapping[str, Known]

    def named(self, name: str) -> SourceFormat:
        """The format called `name`. Raises IngestError when there is none."""
        if name not in self.by_name:
            raise IngestError(
                f"There is no log format {name!r}. Known are: {', '.join(self.by_name)}."
            )
        return self.by_name[name].source

    def __iter__(self) -> Iterator[Known]:
        """Each format, in order of name."""
        return iter(self.by_name.values())


def load_formats(catalog: Path | None = None) -> Formats:
    """All built-in formats and those in the folder `formats` of a catalog.

    Raises CatalogError with every problem of the operator's mapping files.
    """
    own = _read_all(sorted((catalog / OWN_FOLDER).glob("*.y*ml"))) if catalog else []
    _require_own_names(own)
    found = {known.source.name: known for known in (*_built_in(), *own)}
    return Formats(dict(sorted(found.items())))


def _require_own_names(own: Sequence[Known]) -> None:
    files: dict[str, str] = {}
    for known in own:
        other = files.setdefault(known.source.name, known.path.name)
        if other != known.path.name:
            message = f"{other} describes a format of the same name"
            remedy = "Give each format a name of its own"
            raise CatalogError([Problem(known.path.name, message, remedy, field="name")])


def format_problems(catalog: Path) -> tuple[Problem, ...]:
    """Everything wrong with the mapping files of a catalog."""
    try:
        load_formats(catalog)
    except CatalogError as error:
        return error.problems
    return ()


@cache
def _built_in() -> list[Known]:
    return _read_all(sorted(BUILT_IN.glob("*.yaml")))


def _read_all(paths: list[Path]) -> list[Known]:
    known: list[Known] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            known.append(read_format(path))
        except CatalogError as error:
            problems += error.problems
    if problems:
        raise CatalogError(problems)
    return known


def read_format(path: Path) -> Known:
    """Read and compile one mapping file. Raises CatalogError with all its problems."""
    mapping = _parse(path)
    mistakes = Mistakes(path.name)
    source = compile_mapping(mapping, mistakes)
    signs = Signs((), ())
    with mistakes.at("recognised_by"):
        signs = read_signs(mapping.recognised_by, mapping.not_recognised_by)
    if mistakes.problems:
        raise CatalogError(mistakes.problems)
    return Known(source, signs, mapping, path)


def _parse(path: Path) -> MappingFile:
    try:
        return MappingFile.model_validate(yaml.load(path.read_text(encoding="utf-8"), _Loader))  # noqa: S506  # a safe loader, in C where it can be
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        remedy = "Write it as YAML in UTF-8, as docs/formats.md shows"
        raise CatalogError([Problem(path.name, f"it cannot be read: {error}", remedy)]) from error
    except ValidationError as error:
        raise CatalogError(
            [
                Problem(
                    path.name,
                    each["msg"],
                    "See docs/formats.md for the parts of a mapping file",
                    field=".".join(str(step) for step in each["loc"]) or None,
                )
                for each in error.errors()
            ]
        ) from error
