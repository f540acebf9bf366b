"""When price windows are open, quarter hour by quarter hour.

Here: from the wall clock of a window's zone to UTC. A quarter hour lies in a window when the
clock on the wall says so: an hour that a clock change skips is in no window, one that it
repeats is in it twice. What starts in the evening of a weekday and ends the next morning
belongs to the weekday it starts on. Keep out: prices; the warehouse joins them.
"""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from billing.catalog.columns import INSTANT
from billing.catalog.known import WEEKDAYS

Window = Mapping[str, str]


def price_clock(
    windows: pl.DataFrame, first_at: datetime, last_at: datetime
) -> dict[str, pl.DataFrame]:
    """The tables that say which windows are open together, from `first_at` to `last_at`.

    `price_clock` has the state of each quarter hour, 0 when no window is open, and no row when
    there are no windows at all; `open_price_window` has the windows of each state.
    """
    open_hours = open_quarter_hours(windows, first_at, last_at)
    by_hour = open_hours.group_by("quarter_hour").agg(pl.col("price_window_id").sort())
    states = (
        by_hour.select("price_window_id")
        .unique()
        .sort("price_window_id")
        .with_row_index("price_state", 1)
        .with_columns(pl.col("price_state").cast(pl.Int32))
    )
    hours = _quarter_hours(first_at, last_at if windows.height else first_at)
    state = pl.col("price_state").fill_null(0)
    return {
        "price_clock": hours.select(pl.col("quarter_hour").dt.replace_time_zone(None))
        .join(by_hour.join(states, on="price_window_id"), on="quarter_hour", how="left")
        .select("quarter_hour", state)
        .sort("quarter_hour"),
        "open_price_window": states.explode("price_window_id").select(
            "price_state", "price_window_id"
        ),
    }


def open_quarter_hours(
    windows: pl.DataFrame, first_at: datetime, last_at: datetime
) -> pl.DataFrame:
    """Every quarter hour from `first_at` to before `last_at` in which a window is open.

    Columns: price_window_id, quarter_hour.
    """
    hours = _quarter_hours(first_at, last_at)
    found = [
        hours.filter(_is_open(window)).select(
            pl.lit(window["price_window_id"]).alias("price_window_id"),
            pl.col("quarter_hour").dt.replace_time_zone(None),
        )
        for window in windows.iter_rows(named=True)
    ]
    nothing = pl.DataFrame(schema={"price_window_id": pl.String, "quarter_hour": INSTANT})
    return pl.concat([nothing, *found])


def _quarter_hours(first_at: datetime, last_at: datetime) -> pl.DataFrame:
    return pl.datetime_range(
        first_at, last_at, "15m", closed="left", time_unit="us", time_zone="UTC", eager=True
    ).to_frame("quarter_hour")


def _is_open(window: Window) -> pl.Expr:
    local = pl.col("quarter_hour").dt.convert_time_zone(window["zone"])
    minute = local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute().cast(pl.Int32)
    day = local.dt.weekday().cast(pl.Int32)
    starts, ends = _minute(window["starts_time"]), _minute(window["ends_time"])
    chosen = window["weekdays"].split() or WEEKDAYS
    days = [number for number, name in enumerate(WEEKDAYS, start=1) if name in chosen]
    if starts < ends:
        return day.is_in(days) & (minute >= starts) & (minute < ends)
    before = pl.when(day == 1).then(len(WEEKDAYS)).otherwise(day - 1)
    return (day.is_in(days) & (minute >= starts)) | (before.is_in(days) & (minute < ends))


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
