"""What a mapping file may hold.

Here: its parts and their types; `docs/formats.md` explains each to operators. Values and
conditions stay as written until they are compiled. Keep out: SQL.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from billing.ingestion.canonical import Holds, KeyColumn, Repeats

NAME = r"[a-z][a-z0-9_]{0,49}"
Name = Annotated[str, Field(pattern=f"^{NAME}$")]
Value = str | list[Any] | dict[str, Any]
Condition = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sign(_Part):
    """A path that must be seen, with one of some texts if any are given."""

    path: str
    equals: str | list[str] | None = None


class Rows(_Part):
    """How one logged row becomes several."""

    each: str = ""
    also: str = ""
    pairs: list[str] = Field(default_factory=list)


class Ignored(_Part):
    """Rows that are no requests, under a name."""

    name: Name
    when: Condition


class MappingFile(_Part):
    """One log format as it is written down."""

    name: Name
    title: str
    about: str
    kind: Holds = "usage"
    recognised_by: list[str | Sign] = Field(min_length=1)
    not_recognised_by: list[str | Sign] = Field(default_factory=list)
    rows: Rows = Rows()
    ignore: list[Ignored] = Field(default_factory=list)
    repeats: Repeats = "conflict"
    version: Value | None = None
    key_column: KeyColumn = "api_key_id"
    fields: dict[str, Value]
    other_meters: dict[Name, Value] = Field(default_factory=dict)
    other_meters_object: str = ""
