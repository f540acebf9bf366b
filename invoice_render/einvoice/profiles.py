"""Profiles of electronic invoices as data: one TOML file each in the folder `profiles`.

Here: reading them. A profile names its form and file, its syntax, BT-24 and BT-23, and the terms
it demands beyond the norm with the catalog columns that fill them. Adding a country is adding a
file. Keep out: checking a document (`demands`) and writing it.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache
from importlib.resources import files
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from invoice_render.einvoice.terms import EInvoice
from invoice_render.errors import RenderError

Syntax = Literal["ubl", "cii", "hybrid"]
Table = dict[str, Any]
"""What a TOML file or a table in it says."""
NORM = "en16931-ubl"
"""The form of documents that say nothing of their forms."""


@dataclass(frozen=True)
class Demand:
    """A term that must be there, in one of `paths` of an `EInvoice`, and match `pattern`.

    `columns` are the catalog columns (file.column) that fill the paths. `parties` are the
    countries of seller and buyer it is for; empty is everyone. `holds` looks at check digits,
    which no pattern can.
    """

    term: str
    name: str
    rule: str
    paths: tuple[str, ...]
    columns: tuple[str, ...]
    pattern: str = ""
    remedy: str = ""
    parties: tuple[str, str] | tuple[()] = ()
    holds: Callable[[str], bool] | None = None

    def is_met_by(self, value: str) -> bool:
        """Whether a value is there and is written as it must be."""
        is_written = bool(value) and re.search(self.pattern, value) is not None
        return is_written and (self.holds is None or self.holds(value))


@dataclass(frozen=True)
class Profile:
    """One form of electronic invoice; `form` is its name in document_forms.csv.

    `payment_always` asks for BG-16 also where nothing is to be paid, `one_note` for one BT-22,
    `rate_always` for a rate of 0 in the breakdown (BT-119) outside the scope of VAT.
    """

    form: str
    title: str
    file_name: str
    syntax: Syntax
    customization: str
    process: str = ""
    payment_always: bool = False
    one_note: bool = False
    rate_always: bool = False
    demands: tuple[Demand, ...] = ()

    @property
    def demands_endpoints(self) -> bool:
        """Whether it cannot be delivered without electronic addresses."""
        return any("endpoint" in path for each in self.demands for path in each.paths)


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by the name of its form. Raises RenderError naming the file that is amiss."""
    folder = files(__package__) / "profiles"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    read = {name: tomllib.loads((folder / name).read_text("utf-8")) for name in names}
    by_form = _by_form(read)
    return {
        profile.form: profile
        for name, data in read.items()
        for profile in [_profile(data, by_form, name)]
    }


def _by_form(read: Mapping[str, Table]) -> dict[str, Table]:
    """What each form's file says. Raises RenderError for a file of no form, or of another's."""
    file_of: dict[str, str] = {}
    for name, data in read.items():
        form = data.get("form")
        if not form or not isinstance(form, str):
            raise RenderError(f"{name}: form is missing. Write the name of document_forms.csv.")
        if form in file_of:
            raise RenderError(f"{name}: form {form!r} is that of {file_of[form]}. Rename one.")
        file_of[form] = name
    return {form: read[name] for form, name in file_of.items()}


def _profile(data: Table, by_form: Mapping[str, Table], file_name: str) -> Profile:
    """One file as a profile; with `demands_of` it demands what another form does."""
    if data.get("syntax") not in get_args(Syntax):
        raise RenderError(f"{file_name}: syntax is none of {', '.join(get_args(Syntax))}.")
    fields = dict(data)
    source = by_form.get(fields.pop("demands_of", data["form"]))
    if source is None:
        raise RenderError(f"{file_name}: demands_of is no form.")
    try:
        fields["demands"] = tuple(Demand(**_frozen(each)) for each in source.get("demands", ()))
        profile = Profile(**fields)
    except TypeError as error:
        raise RenderError(f"{file_name}: {error}.") from error
    for path in (path for demand in profile.demands for path in demand.paths):
        if not leads_to_a_value(path):
            raise RenderError(f"{file_name}: path {path!r} is no term. See terms.EInvoice.")
    return profile


def leads_to_a_value(path: str) -> bool:
    """Whether a path goes by fields of the terms to one value: no group, and no list of them."""
    kind: Any = EInvoice
    for name in path.split("."):
        if not is_dataclass(kind):
            return False
        declared = get_type_hints(kind).get(name)
        kind = next((x for x in get_args(declared) if x is not NoneType), declared)
        if declared is None or get_origin(declared) is tuple:
            return False
    return not is_dataclass(kind)


def _frozen(demand: Table) -> Table:
    return {name: tuple(x) if isinstance(x, list) else x for name, x in demand.items()}
