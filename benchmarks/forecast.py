"""How far the forecast of a prepaid balance is off, beside two that anybody would make.

Here: the back-test. At many instants of a recorded history, a balance that in truth lasts a given
number of days is forecast from the hours before the instant. So every case has an outcome, and
"the pessimistic end was not after the true one" is the same as "the history used no more than it
allowed". Keep out: the forecast (`billing.prepaid.forecasting`).

    python benchmarks/forecast.py [--archive FILE] [--warehouse FILE]

Without arguments: the 60 largest clients whose requests the sample's inputs hold, 14 days each.
`--archive` is ServeGen's published archive of rate traces, with every client of its language
models; `--warehouse` a warehouse in which months of prepaid customers were closed.
"""

import argparse
import csv
import tarfile
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from statistics import median

import duckdb
from many_customers import read_table

from billing.prepaid.forecasting import DAY, FARTHEST_DAYS, WEEK, Burn

INPUTS = Path(__file__).parent.parent / "data" / "samples" / "inputs"
STEPS_PER_HOUR = 6
FEWEST_REQUESTS = 1_000
HORIZONS = (1, 3, 7, 14)
EVERY_HOURS = 6
LEAST_HISTORY_DAYS = 3
EVEN = 0.4
"""Histories less uneven than this are reported apart: half of the largest clients' are."""

History = Sequence[float]
Ends = Callable[[History, float], float]


@dataclass(frozen=True)
class Case:
    """One forecast beside what happened, in hours from the instant it was made at."""

    days: int
    unevenness: float
    actual: float
    forecasts: dict[str, float]
    pessimistic: float


def forecast(hours: History, balance: float) -> float:
    """Take the expected end of the product's own forecast."""
    return _at_most(Burn(hours).lasts(balance, pessimistic=False))


def mean_of(hours_back: int) -> Ends:
    """Make the method that goes on at the mean of the last hours."""

    def ends(hours: History, balance: float) -> float:
        recent = hours[-hours_back:]
        rate = sum(recent) / len(recent)
        return _at_most(balance / rate if rate else None)

    return ends


def the_week_again(hours: History, balance: float) -> float:
    """Let the last seven days happen again and again; the whole days there are, if fewer."""
    week = hours[-(min(len(hours), WEEK) // DAY * DAY) :]
    whole, rest = divmod(balance, sum(week)) if sum(week) else (0.0, 0.0)
    within = bisect_left(list(accumulate(week)), rest) + 1 if sum(week) else None
    return _at_most(None if within is None else whole * len(week) + within)


METHODS: dict[str, Ends] = {
    "forecast": forecast,
    "mean of the last 24 hours": mean_of(DAY),
    "mean of the last 7 days": mean_of(WEEK),
    "the last 7 days again": the_week_again,
}


def _at_most(hours: float | None) -> float:
    return min(FARTHEST_DAYS * DAY, FARTHEST_DAYS * DAY if hours is None else hours)


def cases_of(series: History) -> Iterator[Case]:
    """Every instant and horizon of one history that has something used before and after."""
    for days in HORIZONS:
        for at in range(LEAST_HISTORY_DAYS * DAY, len(series) - days * DAY + 1, EVERY_HOURS):
            hours = series[at % DAY : at]
            ahead = list(accumulate(series[at : at + days * DAY]))
            if ahead[-1] <= 0 or sum(hours) <= 0:
                continue
            actual = bisect_left(ahead, ahead[-1] * (1 - 1e-9)) + 1
            burn = Burn(hours)
            yield Case(
                days,
                burn.unevenness,
                actual,
                {name: ends(hours, ahead[-1]) for name, ends in METHODS.items()},
                _at_most(burn.lasts(ahead[-1], pessimistic=True)),
            )


def largest_clients() -> Iterator[list[float]]:
    """Requests by hour of the clients that the sample's inputs hold."""
    for row in read_table(INPUTS / "servegen_m_large_rates.csv.zst"):
        yield _hourly([float(row[step]) for step in row if step != "client"])


def clients_of(archive: Path) -> Iterator[list[float]]:
    """Requests by hour of every client of a language model that has enough of them."""
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            content = tar.extractfile(member)
            if "/language/" in member.name and member.name.endswith("-trace.csv") and content:
                rows = csv.reader(content.read().decode().splitlines())
                hours = _hourly([float(row[1]) * 600 for row in rows])
                if sum(hours) >= FEWEST_REQUESTS:
                    yield hours


def customers_of(warehouse: Path) -> Iterator[list[float]]:
    """Amounts by hour of every prepaid customer, from the first use to the last."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            """
            select organization_id, date_diff('hour', min(min(quarter_hour)) over (
                    partition by organization_id), date_trunc('hour', quarter_hour)) as hour,
                cast(sum(amount) as double)
            from finance.fct_prepaid_deductions
            where api_key_id <> ''
            group by organization_id, date_trunc('hour', quarter_hour) order by all
            """
        ).fetchall()
    for organization in dict.fromkeys(row[0] for row in rows):
        used = {int(hour): amount for name, hour, amount in rows if name == organization}
        yield [used.get(hour, 0.0) for hour in range(max(used) + 1)]


def _hourly(steps: Sequence[float]) -> list[float]:
    whole = len(steps) // STEPS_PER_HOUR * STEPS_PER_HOUR
    return [sum(steps[at : at + STEPS_PER_HOUR]) for at in range(0, whole, STEPS_PER_HOUR)]


def report(title: str, histories: Sequence[History]) -> None:
    """Print one table for a set of histories."""
    cases = [case for series in histories for case in cases_of(series)]
    print(f"\n{title}: {len(histories)} histories, {len(cases)} cases\n")
    print(
        "| lasts | cases | method | half are off by at most | of the time | too late by (median) |"
    )
    print("|---|---|---|---|---|---|")
    for days in HORIZONS:
        own = [case for case in cases if case.days == days]
        for name in METHODS if own else ():
            off = [case.forecasts[name] - case.actual for case in own]
            middle = median(abs(each) for each in off)
            share = median(abs(e) / case.actual for e, case in zip(off, own, strict=True))
            print(
                f"| {days} d | {len(own)} | {name} | {middle:.0f} h | {share:.0%} "
                f"| {median(off):+.0f} h |"
            )
    print("\n| lasts | usage | cases | pessimistic end not after the true one | its share of it |")
    print("|---|---|---|---|---|")
    for days in HORIZONS:
        for usage, is_even in (("even", True), ("uneven", False)):
            own = [c for c in cases if c.days == days and (c.unevenness < EVEN) == is_even]
            if own:
                held = sum(case.pessimistic <= case.actual for case in own) / len(own)
                share = median(case.pessimistic / case.actual for case in own)
                print(f"| {days} d | {usage} | {len(own)} | {held:.1%} | {share:.0%} |")


def main() -> None:
    """Print the figures of each set of histories that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--warehouse", type=Path)
    chosen = parser.parse_args()
    report("ServeGen, the largest clients", list(largest_clients()))
    if chosen.archive:
        report("ServeGen, every client", list(clients_of(chosen.archive)))
    if chosen.warehouse:
        report("Prepaid customers", list(customers_of(chosen.warehouse)))


if __name__ == "__main__":
    main()
