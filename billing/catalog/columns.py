"""Kinds of catalog columns: what their text must look like and what it becomes.

Here: one factory per kind, each a Pandera column over text whose checks carry the words and
the remedy of a refusal; its metadata says the type the text is read as. Add a kind when two
files need it. Keep out: rules that look at another column or file.
"""

from collections.abc import Callable, Collection

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from billing.catalog import known

UNIT_PRICE = pl.Decimal(18, 12)
RATE = pl.Decimal(18, 8)
FRACTION = pl.Decimal(9, 6)
MONEY = pl.Decimal(28, 3)
INSTANT = pl.Datetime("us")
LONGEST_ID, LONGEST_NUMBERED_ID, LONGEST_JOINED_ID = 100, 150, 300
"""Ids; those that may be another's with a word and a number; those made of several ids."""
LONGEST_REFERENCE = 200

Dtype = pl.DataType | type[pl.DataType]
Test = Callable[[pl.Expr], pl.Expr]


def rule(what: str, remedy: str, test: Test) -> pa.Check:
    """Build a check of one column's text; the empty text passes, see `column`."""

    def passes(data: PolarsData) -> pl.LazyFrame:
        value = pl.col(data.key)
        return data.lazyframe.select((value == "") | test(value).fill_null(value=False))

    return pa.Check(passes, error=what, description=remedy)


def _present(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col(data.key) != "")


def column(
    *rules: pa.Check, dtype: Dtype = pl.String, required: bool = True, open_end: bool = False
) -> pa.Column:
    """Describe a text column that will be read as `dtype`; `open_end` reads empty as the last day."""
    checks = list(rules)
    if required:
        checks.append(pa.Check(_present, error="is empty", description="Fill it in."))
    return pa.Column(pl.String, checks=checks, metadata={"dtype": dtype, "open_end": open_end})


def text(
    *, required: bool = True, pattern: str = "", remedy: str = "", at_most: int | None = None
) -> pa.Column:
    """Describe free text without surrounding blanks, optionally of one pattern or a length."""
    rules = [
        rule("is not written as expected", remedy, lambda v: v.str.contains(pattern))
        if pattern
        else rule("starts or ends with a blank", "Remove it.", lambda v: v.str.strip_chars() == v)
    ]
    if at_most is not None:
        what, shorten = f"has more than {at_most} characters", f"Use at most {at_most}."
        rules.append(rule(what, shorten, lambda v: v.str.len_chars() <= at_most))
    return column(*rules, required=required)


def identifier(*, required: bool = True, at_most: int = LONGEST_ID) -> pa.Column:
    """Describe an id: no blanks, no separators, and short enough for the books."""
    return text(
        required=required,
        at_most=at_most,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$",
        remedy="Use letters, digits and . _ : / @ + - only.",
    )


def one_of(values: Collection[str], *, required: bool = True) -> pa.Column:
    """Describe one of a short list."""
    choices = sorted(values)
    known_value = rule(
        "is not a known value", f"Use one of {', '.join(choices)}.", lambda v: v.is_in(choices)
    )
    return column(known_value, required=required)


def code(what: str, remedy: str, codes: Collection[str], *, required: bool = True) -> pa.Column:
    """Describe one of a long official list."""
    return column(rule(what, remedy, lambda v: v.is_in(sorted(codes))), required=required)


def currency(*, required: bool = True) -> pa.Column:
    """Describe a currency of ISO 4217."""
    codes, remedy = known.minor_units().keys(), "Write it like EUR."
    return code("is not a currency of ISO 4217", remedy, codes, required=required)


def country(*, required: bool = True) -> pa.Column:
    """Describe a country of ISO 3166."""
    remedy = "Write two capital letters, like DE."
    return code("is not a country of ISO 3166", remedy, known.countries(), required=required)


def zone() -> pa.Column:
    """Describe an IANA time zone."""
    return code("is not an IANA time zone", "Write it like Europe/Berlin.", known.zones())


def time_of_day() -> pa.Column:
    """Describe a time on a wall clock; money may only change on a quarter hour."""
    return text(
        pattern=r"^([01]\d|2[0-3]):(00|15|30|45)$",
        remedy="Write a quarter hour like 22:00 or 06:30: usage is kept by quarter hour.",
    )


def weekdays() -> pa.Column:
    """Describe days of the week in order, parted by blanks; empty means every day."""
    return decided_by(
        "is no list of weekdays",
        "Write them in order, like mon tue wed thu fri; leave it empty for every day.",
        lambda value: value == " ".join(day for day in known.WEEKDAYS if day in value.split(" ")),
        required=False,
    )


def pattern() -> pa.Column:
    """Describe model names of one shape: `*` stands for any text."""
    return text(
        pattern=r"^[A-Za-z0-9._:/@+*-]*\*[A-Za-z0-9._:/@+*-]*$",
        remedy="Use * for any text beside letters, digits and . _ : / @ + -; a name without * "
        "belongs into model_aliases.csv.",
    )


def decided_by(
    what: str, remedy: str, test: Callable[[str], bool], *, required: bool = True
) -> pa.Column:
    """Describe text that a Python test of single values decides."""

    def accepted(value: pl.Expr) -> pl.Expr:
        return value.map_elements(test, return_dtype=pl.Boolean)

    return column(rule(what, remedy, accepted), required=required)


def day(*, open_end: bool = False) -> pa.Column:
    """Describe a calendar day; with `open_end` it may be empty and then never comes."""
    real = rule(
        "is not a day", "Write it like 2026-10-31.", lambda v: read(v, pl.Date).is_not_null()
    )
    return column(real, dtype=pl.Date, required=not open_end, open_end=open_end)


def instant(
    *, required: bool = True, open_end: bool = False, on_quarter_hour: bool = False
) -> pa.Column:
    """Describe a UTC instant; money may only change on a quarter hour, the grain of the rollup."""
    rules = [
        rule(
            "is not a UTC instant",
            "Write it like 2026-10-31T18:30:00Z.",
            lambda value: read(value, INSTANT).is_not_null(),
        )
    ]
    if on_quarter_hour:
        rules.append(
            rule(
                "does not lie on a quarter hour",
                "Use minute 00, 15, 30 or 45 and second 00: usage is kept by quarter hour.",
                lambda value: (
                    ~value.str.contains(r"T\d\d:\d\d:\d\dZ$")
                    | value.str.contains(r":(00|15|30|45):00Z$")
                ),
            )
        )
    return column(*rules, dtype=INSTANT, required=required and not open_end, open_end=open_end)


def decimal(dtype: pl.Decimal, *, required: bool = True, above_zero: bool = False) -> pa.Column:
    """Describe a plain decimal number, zero or more, that fits its type without rounding."""
    whole = (dtype.precision or 0) - dtype.scale
    fits = rule(
        f"is not a plain number with at most {whole} digits before and {dtype.scale} after the point",
        "Write it like 12.50: no sign, no exponent, no thousands separator.",
        lambda value: value.str.contains(rf"^\d{{1,{whole}}}(\.\d{{1,{dtype.scale}}})?$"),
    )
    checks = [fits, _above_zero()] if above_zero else [fits]
    return column(*checks, dtype=dtype, required=required)


def _above_zero() -> pa.Check:
    return rule(
        "is not above zero",
        "Write a number above zero, or remove the row.",
        lambda value: value.str.contains("[1-9]"),
    )


def fraction(*, required: bool = True) -> pa.Column:
    """Describe a share from 0 to 1."""
    within = rule(
        "does not lie between 0 and 1",
        "Write the fraction: 12.5 percent is 0.125.",
        lambda value: value.str.contains(r"^(0(\.\d{1,6})?|1(\.0{1,6})?)$"),
    )
    return column(within, dtype=FRACTION, required=required)


def count(
    *, required: bool = True, at_most: int | None = None, above_zero: bool = False
) -> pa.Column:
    """Describe a whole number, zero or more, up to a largest one if there is one."""
    is_whole = r"^\d{1,18}$"
    whole = rule(
        "is not a whole number",
        "Write digits only, like 200000.",
        lambda value: value.str.contains(is_whole),
    )
    within = rule(
        f"is not a whole number up to {at_most}",
        f"Write a number from 0 to {at_most}.",
        lambda value: value.str.contains(is_whole) & (read(value, pl.Int64) <= at_most),
    )
    checks = [whole if at_most is None else within, *([_above_zero()] if above_zero else [])]
    return column(*checks, dtype=pl.Int64, required=required)


def flag() -> pa.Column:
    """Describe a yes or no."""
    whether = rule(
        "is neither true nor false", "Write true or false.", lambda v: v.is_in(["true", "false"])
    )
    return column(whether, dtype=pl.Boolean)


def read(value: pl.Expr, dtype: Dtype) -> pl.Expr:
    """Read the text of a column as its type, exactly; null where it cannot be read."""
    if dtype == pl.Date:
        shaped = pl.when(value.str.contains(r"^\d{4}-\d\d-\d\d$")).then(value)
        return shaped.str.to_date("%Y-%m-%d", strict=False)
    if dtype == INSTANT:
        shaped = pl.when(value.str.contains(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")).then(value)
        return shaped.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False, time_unit="us")
    if dtype == pl.Boolean:
        return pl.when(value.is_in(["true", "false"])).then(value == "true")
    if dtype == pl.String:
        return value
    return value.cast(dtype, strict=False)
