"""Reading the published entitlements, as a gateway does.

Here: one key by its hash, from a file that is swapped in whole and read again when it was. Whether
a key is good is decided at each call, by the clock. What is wrong is told to strangers, so the file
is named without its folder. Keep out: writing it (`entitlements`), and HTTP.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from billing.clock import Clock
from billing.errors import MeterbookError
from billing.subscriptions.entitlements import FILE

NOT_BEGUN = ("not_yet_valid", "subscription_not_begun")
_HASH = re.compile("[0-9a-f]{64}")
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Told:
    """One key as it stands now: its object, and a tag that is the same while it says the same."""

    entitlement: Mapping[str, Any]
    tag: str


@dataclass(frozen=True)
class _Key:
    entitlement: Mapping[str, Any]
    sha256: str
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True)
class _Published:
    stamp: Stamp
    as_of: str
    keys: Mapping[str, _Key]


def is_key_hash(text: str) -> bool:
    """Whether a text is a SHA-256 in lower-case hex."""
    return _HASH.fullmatch(text) is not None


class PublishedEntitlements:
    """The keys of one published folder. Any number of threads may ask."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / f"{FILE}.json"
        self._clock = clock
        self._lock = Lock()
        self._published: _Published | None = None

    @property
    def as_of(self) -> str:
        """The instant the file was written for. Raises MeterbookError while there is none."""
        return self._current().as_of

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._current().keys)

    def find(self, key_sha256: str) -> Told | None:
        """One key as it stands now; None when no such key was published.

        Raises MeterbookError while there is no file that can be read.
        """
        published = self._current()
        key = published.keys.get(key_sha256)
        if key is None:
            return None
        reason = _reason(key, self._clock.now())
        now = {"is_valid": not reason, "reason": reason}
        tag = hashlib.sha256(f"{key.sha256} {reason}".encode()).hexdigest()[:32]
        return Told({"as_of": published.as_of, **key.entitlement, **now}, tag)

    def _current(self) -> _Published:
        try:
            return self._read_if_changed()
        except FileNotFoundError as error:
            raise MeterbookError(
                f"{self._path.name} is not there yet. Run `meterbook entitlements`."
            ) from error
        except OSError as error:
            raise MeterbookError(
                f"{self._path.name} cannot be read: {error.strerror}. "
                "See that this server may read the folder it is in."
            ) from error

    def _read_if_changed(self) -> _Published:
        stamp = _of(self._path.stat())
        published = self._published
        if published is not None and published.stamp == stamp:
            return published
        with self._lock:
            published = self._published
            if published is None or published.stamp != stamp:
                published = self._published = _read(self._path)
            return published


def _reason(key: _Key, now: datetime) -> str:
    """Why a key is not good now, empty while it is; the file knows it of its own instant."""
    written = str(key.entitlement["reason"])
    if key.valid_to is not None and now >= key.valid_to:
        return written if written and written not in NOT_BEGUN else "expired"
    if now < key.valid_from:
        return written if written in NOT_BEGUN else NOT_BEGUN[0]
    return ""


def _read(path: Path) -> _Published:
    """Read the file and tell which one it was: the one that is open, not the one there by now."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            told = json.loads(file.read())
        keys = {sha256: _key(each) for sha256, each in told["keys"].items()}
        return _Published(_of(status), told["as_of"], keys)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MeterbookError(
            f"{path.name} cannot be read as entitlements: {error!r}. Run `meterbook entitlements`."
        ) from error


def _key(entitlement: Mapping[str, Any]) -> _Key:
    text = json.dumps(entitlement, sort_keys=True)
    starts, ends = (entitlement[name] for name in ("valid_from", "valid_to"))
    return _Key(
        entitlement,
        hashlib.sha256(text.encode()).hexdigest(),
        datetime.fromisoformat(starts).astimezone(UTC),
        datetime.fromisoformat(ends).astimezone(UTC) if ends else None,
    )


def _of(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_mtime_ns, status.st_size
