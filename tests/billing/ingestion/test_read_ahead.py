"""However many files are read before the first of them is written, their rows fare the same."""

from pathlib import Path

import pytest

from billing.ingestion import read_ahead
from tests.billing.ingestion.logs import Row, native, spend_log, write_json
from tests.billing.ingestion.sites import Site, write_catalog

Tables = dict[str, list[tuple[object, ...]]]
STANDING = (
    "select source_id, native_id, sum(case when kind = 'reversal' then -1 else 1 end) as times "
    "from raw.usage_event group by all having times <> 0 order by all"
)


def chat(name: str, tokens: int, **changes: object) -> Row:
    """A response of a format whose counts grow."""
    return {
        "id": name,
        "object": "chat.completion",
        "created": 1_790_856_000,
        "completed_at": "2026-10-01T12:00:02Z",
        "model": "gpt-4.1",
        "api_key_id": "key_b",
        "usage": {"prompt_tokens": tokens, "completion_tokens": 5},
        **changes,
    }


def deliver(site: Site) -> None:
    """Three ingests: into nothing, over a history, and over files that repeat each other."""
    write_json(site.landing / "1" / "a.jsonl", [native("x"), native("y"), native("x")])
    write_json(site.landing / "1" / "b.jsonl", [chat("c1", 10), chat("c2", 10), chat("c1", 30)])
    site.ingest(site.landing / "1")
    second = site.landing / "2"
    write_json(second / "a.jsonl", [native("y"), native("z"), "{torn"])
    write_json(second / "b.jsonl", [native("z"), native("y", output_visible=9), native("w")])
    write_json(second / "c.jsonl", [spend_log("s1"), spend_log("x")])
    write_json(second / "d.jsonl", [chat("c1", 20), chat("c3", 7), chat("c3", 8), chat("", 1)])
    write_json(second / "e.jsonl", [native("w"), native("v", completed_at="2026-08-01T00:00:00Z")])
    write_json(second / "f.jsonl", [chat("c3", 9), chat("c2", -1), chat("c1", 40, model="gpt-5")])
    write_json(second / "g.jsonl", [native("z"), native("y"), native("z", output_visible=9)])
    write_json(second / "h.jsonl", [spend_log("s1"), spend_log("s2")])
    site.ingest(second)
    write_json(site.landing / "3" / "b.jsonl", [native("z"), native("y"), "{torn"])
    write_json(site.landing / "3" / "c.jsonl", [native("z"), native("y"), "{torn"])
    assert site.ingest(site.landing / "3").skipped == 1


def tables(folder: Path, **limits: int) -> Tables:
    """What all of it leaves, under other limits of what is read ahead."""
    site = Site(folder)
    write_catalog(site.catalog)
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in limits.items():
            patch.setattr(read_ahead, name, limit)
        deliver(site)
    assert site.rows(STANDING) == [
        *(("litellm", name, 1) for name in ("s1", "s2", "x")),
        *(("native", name, 1) for name in ("v", "w", "x", "y", "z")),
        *(("openai_chat", name, 1) for name in ("c1", "c2", "c3")),
    ]
    return site.tables()


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """What is left when each file is written before the next one is read."""
    return tables(tmp_path_factory.mktemp("one_by_one"), MOST_FILES=1)


@pytest.mark.parametrize(
    "limits", [{"MOST_FILES": 2}, {"MOST_FILES": 3}, {"LEAST_ROWS": 5}, {"MOST_ROWS": 1}, {}]
)
def test_reading_ahead_changes_no_fate(
    one_by_one: Tables, tmp_path: Path, limits: dict[str, int]
) -> None:
    assert tables(tmp_path, **limits) == one_by_one
