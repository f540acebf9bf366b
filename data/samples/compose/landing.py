"""Which line goes into which landing file: weekly native files, SpendLogs, CSV and Parquet.

Add a landing file here. Keep out how a file is written (`write`) and what a row holds.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import traffic
from catalog import epoch_ms
from draw import Draw
from faults import copied, is_donor, spoiled
from lines import Line, whole
from usage import Ids, Request

OCTOBER, NOVEMBER = "2026-10/landing", "2026-11/landing"
WEEKS = 5
WEEK_FROM = epoch_ms(dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
WEEK_MS = 7 * 86_400_000
HALF = epoch_ms(dt.datetime(2026, 10, 16, tzinfo=dt.UTC))
REPEATED = 40
LATE_COPIES = 25
LATE_FILE = f"{NOVEMBER}/gateway-2026-11-04.jsonl.zst"

NATIVE_FAULTS = {
    "duplicate": 60,
    "unreadable_row": 5,
    "missing_id": 3,
    "missing_time": 3,
    "bad_count": 4,
    "part_larger_than_whole": 4,
    "unknown_key": 6,
    "key_of_another_organization": 3,
    "time_out_of_range": 4,
    "unknown_outcome": 2,
    "missing_model": 1,
    "conflicting_content": 8,
}
SPEND_FAULTS = {
    "duplicate": 20,
    "unreadable_row": 2,
    "missing_id": 2,
    "missing_time": 2,
    "part_larger_than_whole": 3,
    "unknown_key": 5,
    "conflicting_content": 2,
}
CSV_FAULTS = {"duplicate": 5, "missing_id": 1, "bad_count": 2, "unknown_key": 2}
PARQUET_FAULTS = {"duplicate": 4, "part_larger_than_whole": 2, "unknown_key": 1}
LATE_FAULTS = {"unreadable_row": 1, "unknown_key": 3}


@dataclass(frozen=True, slots=True)
class LandingFile:
    """A landing file to be: its path below data/samples and its lines in order."""

    path: str
    lines: Sequence[Line]

    @property
    def is_litellm(self) -> bool:
        """Whether its rows are SpendLogs."""
        return "/spendlogs" in self.path


def file_of(request: Request) -> str:
    """The October file a request is logged in."""
    key = request.key
    if traffic.HABITS[key.organization_id].is_litellm:
        half = "h1" if request.completed < HALF else "h2"
        return f"{OCTOBER}/spendlogs-2026-10-{half}.jsonl.zst"
    if key.api_key_id in traffic.CSV_KEYS:
        return f"{OCTOBER}/gateway-tokyo-2026-10.csv"
    if key.api_key_id in traffic.PARQUET_KEYS:
        return f"{OCTOBER}/gateway-sydney-2026-10.parquet"
    week = min(max(request.completed - WEEK_FROM, 0) // WEEK_MS + 1, WEEKS)
    return f"{OCTOBER}/gateway-2026-10-w{week}.jsonl.zst"


def faults_of(path: str) -> Mapping[str, int]:
    """The numbers of faults that go into a file."""
    if "/spendlogs" in path:
        return SPEND_FAULTS
    if path.endswith(".csv"):
        return CSV_FAULTS
    return PARQUET_FAULTS if path.endswith(".parquet") else NATIVE_FAULTS


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Lines as they were logged: a gateway writes at completion."""
    return sorted(lines, key=lambda line: line.at)


def october(requests: Iterable[Request], ids: Ids) -> list[LandingFile]:
    """The October files; each weekly one starts with the end of the week before, again."""
    good: dict[str, list[Line]] = defaultdict(list)
    for request in requests:
        good[file_of(request)].append(whole(request))
    files: list[LandingFile] = []
    before: list[Line] = []
    for path in sorted(good):
        lines = in_order(good[path])
        donors = [line for line in lines if is_donor(line)]
        is_litellm = "/spendlogs" in path
        bad = spoiled(donors, faults_of(path), ids, is_litellm=is_litellm, name=path)
        is_weekly = "/gateway-2026" in path
        again = [copied(line) for line in before] if is_weekly else []
        files.append(LandingFile(path, [*again, *in_order([*lines, *bad])]))
        before = lines[-REPEATED:] if is_weekly else []
    return files


def november(requests: Iterable[Request], last_week: LandingFile, ids: Ids) -> LandingFile:
    """The file that arrives in November: its own rows, late ones, and October rows again."""
    lines = in_order(whole(request) for request in requests)
    draw = Draw("again in November")
    known = [line for line in last_week.lines if line.fate == "accepted" and is_donor(line)]
    again = [copied(draw.one(known)) for _ in range(LATE_COPIES)]
    conflicts = spoiled(
        known, {"conflicting_content": 3}, ids, is_litellm=False, name="conflicts in November"
    )
    donors = [line for line in lines if is_donor(line)]
    bad = spoiled(donors, LATE_FAULTS, ids, is_litellm=False, name=LATE_FILE)
    return LandingFile(LATE_FILE, in_order([*lines, *again, *conflicts, *bad]))
