"""What a reader of the published file is told of a key, between two writings."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.clock import Clock
from billing.errors import MeterbookError
from billing.subscriptions.published import PublishedEntitlements, is_key_hash

KEY = "a" * 64
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def publish(folder: Path, as_of: str = "2026-11-10T12:00:00Z", **unlike: Any) -> None:
    """Swap in a file of one key, good from 11:00 until 13:00."""
    key = {
        "key_sha256": KEY,
        "api_key_id": "key_1",
        "is_valid": True,
        "reason": "",
        "valid_from": "2026-11-10T11:00:00Z",
        "valid_to": "2026-11-10T13:00:00Z",
        **unlike,
    }
    fresh = folder / "fresh"
    fresh.write_text(json.dumps({"as_of": as_of, "keys": {KEY: key}}))
    fresh.replace(folder / "entitlements.json")


def told(folder: Path, at: datetime) -> tuple[bool, str]:
    found = PublishedEntitlements(folder, Clock(at)).find(KEY)
    assert found is not None
    return found.entitlement["is_valid"], found.entitlement["reason"]


def test_a_key_is_good_by_the_clock_and_not_by_what_the_file_says_of_its_own_instant(
    tmp_path: Path,
) -> None:
    publish(tmp_path)
    end = NOON.replace(hour=13)
    assert told(tmp_path, end - SECOND) == (True, "")
    assert told(tmp_path, end) == (False, "expired")
    publish(tmp_path, is_valid=False, reason="not_yet_valid")
    assert told(tmp_path, NOON.replace(hour=11) - SECOND) == (False, "not_yet_valid")
    assert told(tmp_path, NOON.replace(hour=11)) == (True, "")
    assert told(tmp_path, end) == (False, "expired")


@pytest.mark.parametrize("reason", ["regenerated", "disabled", "subscription_ended"])
def test_why_a_key_ended_is_told_as_it_was_written(tmp_path: Path, reason: str) -> None:
    publish(tmp_path, is_valid=False, reason=reason, valid_to="2026-11-10T11:30:00Z")
    assert told(tmp_path, NOON) == (False, reason)


def test_a_key_without_an_end_stays_good(tmp_path: Path) -> None:
    publish(tmp_path, valid_to=None)
    assert told(tmp_path, NOON.replace(year=2031)) == (True, "")


def test_a_file_that_was_swapped_is_read_again_and_no_other_is(tmp_path: Path) -> None:
    publish(tmp_path)
    published = PublishedEntitlements(tmp_path, Clock(NOON))
    before = published.find(KEY)
    same = published.find(KEY)
    assert before is not None
    assert same is not None
    assert (len(published), same.tag) == (1, before.tag)
    publish(tmp_path, as_of="2026-11-10T12:05:00Z", api_key_id="key_2")
    after = published.find(KEY)
    assert after is not None
    assert (after.entitlement["api_key_id"], published.as_of) == ("key_2", "2026-11-10T12:05:00Z")
    assert after.tag != before.tag


def test_the_tag_follows_what_is_told_and_not_when_it_was_written(tmp_path: Path) -> None:
    publish(tmp_path)
    first = PublishedEntitlements(tmp_path, Clock(NOON)).find(KEY)
    publish(tmp_path, as_of="2026-11-10T12:05:00Z")
    again = PublishedEntitlements(tmp_path, Clock(NOON)).find(KEY)
    ended = PublishedEntitlements(tmp_path, Clock(NOON.replace(hour=14))).find(KEY)
    assert first is not None
    assert again is not None
    assert ended is not None
    assert first.tag == again.tag != ended.tag


def test_an_unknown_key_is_none(tmp_path: Path) -> None:
    publish(tmp_path)
    assert PublishedEntitlements(tmp_path, Clock(NOON)).find("b" * 64) is None


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", '{"as_of": "x"}', '{"as_of": "x", "keys": {"a": {}}}']
)
def test_a_file_that_says_nothing_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "entitlements.json").write_text(text)
    with pytest.raises(MeterbookError, match="cannot be read as entitlements"):
        PublishedEntitlements(tmp_path, Clock(NOON)).find(KEY)


def test_before_the_first_writing_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(MeterbookError, match="Run `meterbook entitlements`"):
        PublishedEntitlements(tmp_path, Clock(NOON)).find(KEY)


def test_a_file_of_the_same_size_and_second_is_another(tmp_path: Path) -> None:
    publish(tmp_path)
    path = tmp_path / "entitlements.json"
    published = PublishedEntitlements(tmp_path, Clock(NOON))
    assert len(published) == 1
    times = path.stat().st_mtime_ns
    publish(tmp_path, api_key_id="key_9")
    os.utime(path, ns=(times, times))
    found = published.find(KEY)
    assert found is not None
    assert found.entitlement["api_key_id"] == "key_9"


@pytest.mark.parametrize("text", ["a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n"])
def test_only_64_lower_case_hex_digits_are_a_hash(text: str) -> None:
    assert is_key_hash("0123456789abcdef" * 4)
    assert not is_key_hash(text)


@pytest.mark.parametrize("is_there", [False, True])
def test_a_file_that_cannot_be_read_is_named_without_its_folder(
    tmp_path: Path, is_there: bool
) -> None:
    home = tmp_path / "home"
    if is_there:
        (home / "entitlements.json").mkdir(parents=True)
    with pytest.raises(MeterbookError, match=r"^entitlements\.json (cannot be|is not)") as refused:
        PublishedEntitlements(home, Clock(NOON)).find(KEY)
    assert str(tmp_path) not in str(refused.value)
