"""What an act is judged by: the catalog in force, not the files alone."""

import csv
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, RunRequest, build_schedule_context

from billing.books import Books
from billing.books.accounts import Subscription, begin
from billing.books.address import books_of
from billing.catalog import check_catalog
from billing.clock import Clock
from billing.errors import MeterbookError
from billing.home import Home
from billing.subscriptions import read_in_force
from billing.subscriptions.keys import create_key
from billing.subscriptions.orders import plan_order
from billing.subscriptions.subscribing import cancel, subscribe
from orchestration.accepting import problems_in_force
from orchestration.accounts import Counter, counter
from orchestration.commands.account_terms import at_the_counter
from orchestration.resources import Premises
from orchestration.schedules import hourly_close
from tests.billing.subscriptions.conftest import CATALOG, NOON

LATER = NOON + timedelta(days=2)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    shutil.copytree(CATALOG, tmp_path / "catalog")
    return Home(tmp_path)


@pytest.fixture
def books(home: Home) -> Iterator[Books]:
    with books_of(home) as opened:
        yield opened


def append(home: Home, name: str, row_id: str, **changes: str) -> None:
    """Add a row like another one to a file of the catalog."""
    path = home.catalog / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    like = next(row for row in rows if next(iter(row.values())) == row_id)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, list(like), lineterminator="\n").writerow({**like, **changes})


def later(home: Home, books: Books) -> Counter:
    return counter(home, books, Clock(LATER), "Ada")


@pytest.fixture
def built_on(home: Home, books: Books) -> Home:
    """Files with a row for a key of a subscription, and for what follows one, that the books hold."""
    at = counter(home, books, Clock(NOON), "Ada")
    fjord, indigo = at.files.customer("org_fjord"), at.files.customer("org_indigo")
    order = plan_order(at.files, "plan_studio", "USD")
    subscribe(books, at.files, fjord, order, at.act, project_id="proj_fjord_app")
    cancel(books, at.files, indigo, "sub_indigo_1", at.act)
    append(
        home,
        "api_keys",
        "key_fjord_04",
        api_key_id="key_fjord_file",
        key_sha256="f" * 64,
        payer="plan",
        subscription_id="sub_fjord_1",
        valid_from_at="2026-11-11T00:00:00Z",
    )
    append(
        home,
        "subscriptions",
        "sub_indigo_1",
        subscription_id="sub_indigo_next",
        starts_date="2026-12-01",
    )
    assert check_catalog(home.catalog) != []
    assert problems_in_force(home.catalog, books) == []
    return home


def test_files_may_build_on_what_the_books_decided(built_on: Home, books: Books) -> None:
    at = later(built_on, books)
    fjord = at.files.customer("org_fjord")
    issued = create_key(books, at.files, fjord, at.act, project_id="proj_fjord_app", name="CI")
    assert issued.key.subscription_id == "sub_fjord_1"
    keys = read_in_force(built_on.catalog, books)["api_keys"]["api_key_id"].to_list()
    assert {"key_fjord_file", issued.key.api_key_id} < set(keys)
    assert len(set(keys)) == len(keys)


def test_nor_does_the_schedule_ask_the_files_alone(built_on: Home, books: Books) -> None:
    assert books
    premises = Premises(root=str(built_on.root), fixed_now="2026-11-05T06:00:00+00:00")
    with DagsterInstance.ephemeral() as instance:
        context = build_schedule_context(instance=instance, resources={"premises": premises})
        requests = [each for each in hourly_close(context) or () if isinstance(each, RunRequest)]
    assert {request.partition_key for request in requests} == {"2026-10"}


def test_an_id_that_the_books_gave_to_another_is_passed_over(home: Home, books: Books) -> None:
    """`org_fjord` and `fjord` share a stem."""
    taken = Subscription("sub_fjord_1", "org_harbor", "plan", "plan_studio", "USD", NOON, LATER)
    with books.writing() as connection:
        begin(connection, taken, [], NOON)
    at = later(home, books)
    order = plan_order(at.files, "plan_studio", "USD")
    done = subscribe(
        books,
        at.files,
        at.files.customer("org_fjord"),
        order,
        at.act,
        project_id="proj_fjord_app",
    )
    assert done.subscription.subscription_id == "sub_fjord_2"


def test_what_was_done_and_not_published_is_no_refusal(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METERBOOK_NOW", NOON.isoformat())
    home.published.write_text("no folder")
    with (
        pytest.raises(MeterbookError, match=r"(?s)It was done, but .* `meterbook entitlements`"),
        at_the_counter(home.root, "Ada") as at,
    ):
        cancel(at.books, at.files, at.files.customer("org_indigo"), "sub_indigo_1", at.act)
    with books_of(home) as books:
        assert [each.action for each in books.audit_log()] == ["cancel"]


def test_what_is_missing_is_named_once(built_on: Home, books: Books) -> None:
    (built_on.catalog / "prices.csv").unlink()
    missing = [
        each
        for each in problems_in_force(built_on.catalog, books)
        if each.file == "prices.csv" and "is missing" in each.message
    ]
    assert len(missing) == 1
