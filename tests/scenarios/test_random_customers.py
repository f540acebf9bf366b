"""Random agreements and usage: both engines agree, documents keep their laws, order is nothing.

`METERBOOK_RANDOM_CUSTOMERS` sets how many customers are drawn, `METERBOOK_RANDOM_SEED` which. Of
up to 200 every form is printed as well: the paper of thousands takes longer than all else.
"""

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from tests.orchestration.installation import Installation
from tests.scenarios.cases import Row, write_csv, write_rows
from tests.scenarios.document_laws import check
from tests.scenarios.random_customers import random_gateway
from tests.scenarios.random_rows import Gateway

pytestmark = pytest.mark.long

CUSTOMERS = int(os.environ.get("METERBOOK_RANDOM_CUSTOMERS", "200"))
SEED = int(os.environ.get("METERBOOK_RANDOM_SEED", "20261031"))
PRINTED = 200
SECONDS = 3_600
Closed = tuple[Installation, Any]
MET = """
select
    count(nullif(charges.uplift_id, '')) as uplifts,
    count(nullif(charges.adjustment_id, '')) as percentages_off,
    count(nullif(charges.contract_price_id, '')) as contract_prices,
    count(nullif(prices.region, '')) as prices_of_a_region,
    count(nullif(prices.price_window_id, '')) as prices_of_a_window,
    count(nullif(prices.context_above_tokens, 0)) as prices_above_a_threshold,
    count(nullif(charges.allowance_id, '')) as free,
    count(*) filter (where schedules.kind = 'graduated') as graduated,
    count(*) filter (where schedules.kind = 'volume') as volume,
    count(*) filter (where schedules.kind = 'package') as package,
    count(*) filter (where charges.meter = 'request') as requests,
    count(*) filter (where charges.meter = 'image') as images
from intermediate.int_rating__charges as charges
left join catalog.prices as prices on charges.price_id = prices.price_id
left join catalog.tier_schedules as schedules
    on charges.tier_schedule_id = schedules.tier_schedule_id
"""


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    return random_gateway(SEED, CUSTOMERS)


def _closed(root: Path, gateway: Gateway, files: list[list[Row]], *, prints: bool) -> Closed:
    write_rows(root / "catalog", gateway.catalog)
    (root / "delivered").mkdir()
    for number, rows in enumerate(files):
        write_csv(root / "delivered" / f"{number:03d}.csv", list(rows[0]), rows)
    home = Installation(root, prints=prints, seconds=SECONDS)
    home.must("ingest", root / "delivered")
    return home, home.must("close", "2026-10", "--finalize", "--json").json


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, gateway: Gateway) -> Closed:
    """The month of all customers in one file."""
    root = tmp_path_factory.mktemp("random") / "home"
    return _closed(root, gateway, [gateway.requests], prints=CUSTOMERS <= PRINTED)


def _documents(home: Installation) -> dict[str, bytes]:
    """The frozen bytes of each document by its number."""
    paths = (home.root / "documents").glob("**/invoice.json")
    return {path.parent.name: path.read_bytes() for path in paths}


def test_both_engines_agree_to_the_last_digit(closed: Closed) -> None:
    _, report = closed
    assert report["blocked"] == []


def test_every_part_of_the_price_book_prices_something(closed: Closed) -> None:
    """What is drawn and never met would test nothing."""
    with duckdb.connect(str(closed[0].warehouse), read_only=True) as connection:
        found = connection.execute(MET)
        names = [column[0] for column in found.description]
        (counts,) = found.fetchall()
    assert [name for name, count in zip(names, counts, strict=True) if not count] == []


def test_every_document_keeps_its_laws(closed: Closed) -> None:
    documents = _documents(closed[0])
    assert len(documents) > CUSTOMERS // 2
    for document in documents.values():
        check(json.loads(document))


def test_every_token_is_accounted_for(closed: Closed, gateway: Gateway) -> None:
    balance = closed[0].must("reconcile", "2026-10", "--json").json
    assert balance["balanced"] is True
    received = sum(row["received"] for row in balance["organizations"])
    assert 0 < received <= len(gateway.requests)


def test_order_and_files_change_nothing(closed: Closed, gateway: Gateway, tmp_path: Path) -> None:
    """The same rows shuffled into seven files give the same documents, line by line.

    That includes allowances and tiers. They count by files first, but by those that were billed
    together (decision 36): all seven are before the month's first close, so they stand in one
    stretch, which is put in order of time. Files of another close would count after them.
    """
    rows = list(gateway.requests)
    Random(SEED).shuffle(rows)  # noqa: S311 - repeatable, not secret
    files = [rows[start::7] for start in range(7)]
    shuffled, _ = _closed(tmp_path / "home", gateway, files, prints=False)
    ours, theirs = _documents(closed[0]), _documents(shuffled)
    assert sorted(theirs) == sorted(ours)
    assert [number for number, document in ours.items() if theirs[number] != document] == []
