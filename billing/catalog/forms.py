"""What a form of a document asks of the catalog, as whoever knows the forms tells it.

Here: the shape of it, and the rules over document_forms.csv and the rows its forms are filled
from. Keep out: the forms themselves: documents are not made here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from billing.catalog import known
from billing.catalog.checking import Tables
from billing.catalog.files import FILES
from billing.errors import Problem

FORMS = "document_forms"
PROFILES = "billing_profiles"
Row = Mapping[str, object]


@dataclass(frozen=True)
class FormDemand:
    """A term that one of `columns` (file.column) has to fill, matching `pattern`.

    `parties` are the countries of seller and buyer it is for; empty is everyone. `holds` looks
    at check digits, which no pattern can.
    """

    term: str
    name: str
    rule: str
    columns: Sequence[str]
    pattern: str = ""
    remedy: str = ""
    parties: Sequence[str] = ()
    holds: Callable[[str], bool] | None = None

    def is_met_by(self, value: str) -> bool:
        """Whether a value is there and is written as it must be."""
        is_written = bool(value) and re.search(self.pattern, value) is not None
        return is_written and (self.holds is None or self.holds(value))


@dataclass(frozen=True)
class KnownForm:
    """One form by its name; `most_digits` are the decimals its amounts may have."""

    name: str
    demands: Sequence[FormDemand] = ()
    most_digits: int | None = None


Forms = Mapping[str, KnownForm]


def form_problems(tables: Tables, forms: Forms) -> list[Problem]:
    """Check that every chosen form exists, fits its currencies and has what it demands.

    A field is named where it is to be filled in, once for each form.
    """
    if not tables.keys() >= {FORMS, PROFILES, "seller"}:
        return []
    profiles = {row["organization_id"]: row for row in tables[PROFILES].iter_rows(named=True)}
    sellers = tables["seller"].to_dicts()
    problems: list[Problem] = []
    for row in tables[FORMS].iter_rows(named=True):
        form, profile = forms.get(row["form"]), profiles.get(row["organization_id"])
        if form is None:
            problems.append(_unknown(row, forms))
        elif profile is not None and len(sellers) == 1:
            problems += _of_currencies(row, form, profile, sellers[0])
            problems += _of_demands(form, profile, sellers[0])
    return list(dict.fromkeys(problems))


def _unknown(row: Row, forms: Forms) -> Problem:
    remedy = f"Use one of {', '.join(sorted(forms))}."
    return Problem(FILES[FORMS].file_name, f"{row['form']!r} is no form", remedy, _row(row), "form")


def _of_currencies(row: Row, form: KnownForm, profile: Row, seller: Row) -> Iterator[Problem]:
    digits = known.minor_units()
    for whose, currency in (
        (f"{profile['organization_id']} is billed", profile["currency"]),
        ("the seller keeps accounts", seller["accounting_currency"]),
    ):
        count = digits.get(str(currency), 0)
        if form.most_digits is not None and count > form.most_digits:
            yield Problem(
                FILES[FORMS].file_name,
                f"{form.name} carries {form.most_digits} decimals, and {whose} in {currency}, "
                f"which has {count}",
                "Remove the row: page and paper know them all. Or use another currency.",
                _row(row),
                "form",
            )


def _of_demands(form: KnownForm, profile: Row, seller: Row) -> Iterator[Problem]:
    parties = [seller["country"], profile["country"]]
    rows = {PROFILES: profile, "seller": seller}
    for demand in form.demands:
        if demand.parties and list(demand.parties) != parties:
            continue
        places = [column.split(".", 1) for column in demand.columns]
        values = [str(rows[file][field] or "") for file, field in places]
        if not any(map(demand.is_met_by, values)):
            file, field = places[0]
            yield Problem(
                FILES[file].file_name,
                f"{_said(values)}, but form {form.name} needs {demand.name} "
                f"({demand.term}, {demand.rule})",
                f"{demand.remedy or _fill_in(places)} Or remove the form from document_forms.csv.",
                _row(rows[file]),
                field,
            )


def _said(values: Sequence[str]) -> str:
    filled = [value for value in values if value]
    return f"{filled[0]!r} does not do" if filled else "is empty"


def _fill_in(places: Sequence[Sequence[str]]) -> str:
    return f"Fill in {' or '.join(field for _, field in places)}."


def _row(row: Row) -> int:
    return int(str(row["row"]))
