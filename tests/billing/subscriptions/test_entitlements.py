"""What a gateway reads of each key."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from billing.books import Books
from billing.books.accounts import keys
from billing.subscriptions import (
    Customer,
    CustomerFiles,
    catalog_in_force,
    read_customer_files,
)
from billing.subscriptions.entitlements import Entitlement, entitlements, write_entitlements
from billing.subscriptions.keys import end_key_now, regenerate_key
from billing.subscriptions.subscribing import cancel
from tests.billing.subscriptions.conftest import CATALOG, NOON, act

SECOND = timedelta(seconds=1)


def at(books: Books, instant: datetime) -> dict[str, Entitlement]:
    with books.reading() as connection:
        reasons = {key.api_key_id: key.end_reason for key in keys(connection)}
    with catalog_in_force(CATALOG, books) as folder:
        rows = entitlements(read_customer_files(folder), instant, reasons)
    return {row.api_key_id: row for row in rows}


def test_every_key_is_told_from_when_to_when_it_is_good(
    books: Books, files: CustomerFiles, indigo: Customer
) -> None:
    regenerate_key(books, files, indigo, "key_indigo_01", act())
    cancel(books, files, indigo, "sub_indigo_1", act())
    before, after = at(books, NOON - SECOND), at(books, NOON)
    assert len(after) == files.tables["api_keys"].height + 1
    old, new = after["key_indigo_01"], after["key_indigo_01.r2"]
    assert (old.is_valid, old.reason, old.valid_to) == (False, "regenerated", NOON)
    assert (new.is_valid, new.reason) == (True, "")
    assert (new.valid_from, new.valid_to) == (NOON, datetime(2026, 11, 11, tzinfo=UTC))
    assert before["key_indigo_01"].is_valid
    assert before["key_indigo_01.r2"].reason == "not_yet_valid"
    over = at(books, datetime(2026, 11, 11, tzinfo=UTC))
    assert over["key_indigo_01.r2"].reason == "subscription_ended"
    assert over["key_indigo_01"].reason == "regenerated"


def test_keys_of_files_tell_why_they_are_not_good(books: Books) -> None:
    found = at(books, NOON)
    assert found["key_harbor_05"].reason == "expired"
    early = at(books, datetime(2026, 10, 1, tzinfo=UTC))
    assert early["key_kestrel_01"].reason == "subscription_not_begun"
    assert early["key_kestrel_01"].valid_from == datetime(2026, 10, 5, 5, tzinfo=UTC)
    assert early["key_denki_06"].reason == "not_yet_valid"


@pytest.mark.parametrize("reason", ["disabled", "deleted"])
def test_a_key_that_somebody_ended_tells_how(
    books: Books, files: CustomerFiles, fjord: Customer, reason: str
) -> None:
    end_key_now(books, files, fjord, "key_fjord_01", act(), reason=reason)
    assert at(books, NOON)["key_fjord_01"].reason == reason


def test_models_tiers_and_limits_are_those_that_were_bought(books: Books) -> None:
    found = at(books, NOON)
    custom = {model.model_id: model for model in found["key_kestrel_01"].models}
    assert set(custom) == {"gpt-5", "claude-sonnet-4-5", "gpt-5-nano"}
    gpt = custom["gpt-5"]
    assert (gpt.service_tier, gpt.daily_call_limit, gpt.monthly_token_cap) == (
        ("stable", 2000, 60_000_000)
    )
    plan = found["key_indigo_01"]
    assert plan.is_limited_to_models
    assert "claude-haiku-4-5" in {model.model_id for model in plan.models}
    assert {model.monthly_token_cap for model in plan.models} == {None}
    balance = found["key_fjord_01"]
    assert (balance.is_limited_to_models, balance.models, balance.period_starts_at) == (
        (False, (), None)
    )


def test_caps_are_counted_from_anniversary_to_anniversary_on_the_customers_clock(
    books: Books,
) -> None:
    lumen = at(books, NOON)["key_lumen_01"]
    assert lumen.period_starts_at == datetime(2026, 10, 15, 16, tzinfo=UTC)
    assert lumen.period_ends_at == datetime(2026, 11, 15, 16, tzinfo=UTC)


def test_the_file_is_read_by_hash_and_both_forms_say_the_same(books: Books, tmp_path: Path) -> None:
    rows = list(at(books, NOON).values())
    files = write_entitlements(tmp_path, rows, NOON)
    data = json.loads(files["json"].read_text(encoding="utf-8"))
    assert data["as_of"] == "2026-11-10T12:00:00Z"
    assert set(data["keys"]) == {row.key_sha256 for row in rows}
    frame = pl.read_parquet(files["parquet"])
    told = {row["key_sha256"]: row for row in frame.to_dicts()}
    for sha256, row in data["keys"].items():
        same = {
            name: value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
            for name, value in told[sha256].items()
        }
        assert same == row
    assert sorted(path.name for path in tmp_path.glob("*entitlements*")) == [
        "entitlements.json",
        "entitlements.parquet",
    ]


def test_no_customers_make_a_file_too(tmp_path: Path) -> None:
    files = write_entitlements(tmp_path, [], NOON)
    assert json.loads(files["json"].read_text())["keys"] == {}
    assert pl.read_parquet(files["parquet"]).is_empty()


def test_a_reader_never_sees_half_a_file(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list(at(books, NOON).values())
    write_entitlements(tmp_path, rows, NOON)
    before = (tmp_path / "entitlements.parquet").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(OSError, match="No space"):
        write_entitlements(tmp_path, rows[:1], NOON)
    assert (tmp_path / "entitlements.parquet").read_bytes() == before
    assert not list(tmp_path.glob(".entitlements.*"))
