"""Balances brought up to date from new files, between two closes.

Here: what a refresh does and in which order: complete files of the landing folder, the catalog in
force, the rollup of new files, the open months' charges, balances and caps, forecasts, alerts,
entitlements, and at last what is fresh as of when. Keep out: audits, drafts and documents, which a close makes.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from billing.books import Books
from billing.books.address import books_of
from billing.boundaries import reached
from billing.catalog import read_catalog
from billing.clock import Clock
from billing.home import Home
from billing.invoicing.amending import due_amendments
from billing.periods import INSTANT_FORMAT, BillingMonth, month_of
from billing.prepaid.alerting import raise_alerts
from billing.prepaid.forecasts import write_forecasts
from billing.subscriptions import write_in_force
from billing.subscriptions.limit_alerting import raise_limit_alerts
from billing.warehouse import open_warehouse
from orchestration.accepting import remember_how_payments_are_taxed, require_unedited
from orchestration.accounts import publish_entitlements
from orchestration.closing import snapshot
from orchestration.covered import load_covered
from orchestration.defs.rating.basis import forget_month, remember_basis
from orchestration.ingest import ingest
from orchestration.landing_memory import take_complete
from orchestration.refresh_models import build_fresh, has_usage

FRESHNESS = "freshness.json"


class _Watch:
    """Seconds of each part, added up over months."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[part] = self.seconds.get(part, 0) + time.perf_counter() - start


@dataclass(frozen=True)
class Freshness:
    """What the figures of the open months count. `seconds` tells the parts of the refresh."""

    as_of: datetime
    months: tuple[BillingMonth, ...]
    files: int
    waiting: int
    up_to_sequence: int
    last_usage_at: datetime | None
    alerts: int
    refused: tuple[str, ...]
    seconds: dict[str, float]


def refresh(home: Home, clock: Clock, *, wait: float = 0) -> Freshness:
    """Bring the balances of the open months up to date; done again it changes nothing.

    Raises WarehouseBusyError when another process still works in the home after `wait` seconds,
    CatalogError when the catalog does not hold together; usage is taken in even then.
    """
    watch = _Watch()
    with home.exclusive(wait), books_of(home) as books:
        refused: list[str] = []
        with watch.timed("ingest"):
            files, waiting = take_complete(
                home.landing, home.dagster, lambda paths: _take(home, books, clock, paths, refused)
            )
        months = _months(home, books, clock)
        for month in months:
            with watch.timed("catalog"):
                is_amended = _load(home, books, month)
            with watch.timed("models"):
                _build(home, clock, month, is_amended=is_amended)
        with watch.timed("alerts"), open_warehouse(home.warehouse_file) as connection:
            write_forecasts(connection, clock)
            raised = len(raise_alerts(connection, books, clock))
            raised += len(raise_limit_alerts(connection, books, clock, months))
        with watch.timed("entitlements"):
            publish_entitlements(home, books, clock)
        last = _last_file(home)
        told = Freshness(
            clock.now(), months, files, waiting, *last, raised, tuple(refused), watch.seconds
        )
        _publish(home.published, told)
    return told


def open_months(
    now: datetime,
    zones: dict[str, str],
    closed: Collection[tuple[str, BillingMonth]],
    has_usage_of: Callable[[BillingMonth], bool],
) -> tuple[BillingMonth, ...]:
    """The months that usage of today can lie in, in order.

    Those of every organization's own clock, and the one before where usage lies in it and somebody
    has neither a draft nor documents of it; `closed` has (organization, month) of both.
    """
    current = {month_of(now, zone) for zone in zones.values()}
    before = min(current).shift(-1)
    is_open = any((name, before) not in closed for name in zones)
    return tuple(sorted({*current, before} if is_open and has_usage_of(before) else current))


def _months(home: Home, books: Books, clock: Clock) -> tuple[BillingMonth, ...]:
    """The open months by the catalog in force. Raises CatalogError where it was edited in place."""
    catalog = write_in_force(home.catalog, books, home.written_catalog)
    require_unedited(catalog, books)
    profiles = read_catalog(catalog)["billing_profiles"]
    remember_how_payments_are_taxed(catalog, books)
    zones = dict(profiles.select("organization_id", "zone").iter_rows())
    closed = {*books.drafts(), *books.finalized()}
    with open_warehouse(home.warehouse_file) as connection:
        return open_months(clock.now(), zones, closed, lambda month: has_usage(connection, month))


def _take(
    home: Home, books: Books, clock: Clock, paths: Sequence[Path], refused: list[str]
) -> bool:
    with open_warehouse(home.warehouse_file) as connection:
        report = ingest(connection, paths, home=home, books=books, clock=clock)
    refused += [f"{file}: {message}" for file, message in report.refused]
    return not report.refused


def _load(home: Home, books: Books, month: BillingMonth) -> bool:
    """Load catalog and books as a close does; whether the month carries an amendment."""
    with open_warehouse(home.warehouse_file) as connection:
        load_covered(connection, books, home.catalog_in_force, month)
        forget_month(connection)
        snapshot(connection, books, month, use_drafts=False, from_built=True)
        return bool(due_amendments(connection, books, month))


def _build(home: Home, clock: Clock, month: BillingMonth, *, is_amended: bool) -> None:
    if is_amended:
        _amend(home, clock, month)
    reached("refresh.before_models")
    build_fresh(home, clock, month)
    reached("refresh.after_models")
    with open_warehouse(home.warehouse_file) as connection:
        remember_basis(connection)


def _amend(home: Home, clock: Clock, month: BillingMonth) -> None:
    """Rate amended months again, as a close does, so that a balance keeps what they came to."""
    from orchestration.amending import amend  # noqa: PLC0415  # Dagster loads slowly
    from orchestration.dbt import dbt_resource  # noqa: PLC0415
    from orchestration.resources import Installation  # noqa: PLC0415

    fixed = clock.fixed.isoformat() if clock.fixed else ""
    root = str(home.root.absolute())
    amend(Installation(root=root, fixed_now=fixed), dbt_resource(), month)


def _last_file(home: Home) -> tuple[int, datetime | None]:
    with open_warehouse(home.warehouse_file) as connection:
        row = connection.sql(
            "select coalesce(max(ingest_sequence), 0), max(last_completed_at) from raw.ingest_file"
        ).fetchall()[0]
    return int(row[0]), row[1]


def told(fresh: Freshness) -> dict[str, object]:
    """What is fresh as of when, as one object; instants in UTC."""
    last = fresh.last_usage_at
    return {
        "as_of": _instant(fresh.as_of),
        "months": [str(month) for month in fresh.months],
        "files": fresh.files,
        "waiting": fresh.waiting,
        "up_to_sequence": fresh.up_to_sequence,
        "last_usage_at": _instant(last) if last else None,
        "alerts": fresh.alerts,
        "refused": list(fresh.refused),
        "seconds": {name: round(each, 3) for name, each in fresh.seconds.items()},
    }


def _instant(instant: datetime) -> str:
    return instant.strftime(INSTANT_FORMAT)


def _publish(folder: Path, fresh: Freshness) -> None:
    """Say it in a file too, swapped in whole, last of all."""
    path = folder / FRESHNESS
    beside = folder / f".{FRESHNESS}.new"
    beside.write_text(json.dumps(told(fresh), indent=1) + "\n", encoding="utf-8")
    reached("refresh.before_rename")
    beside.replace(path)
    reached("refresh.after_rename")
