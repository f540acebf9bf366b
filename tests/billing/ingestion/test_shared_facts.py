"""What accepted requests share is stored once, and each finds its own again."""

import pytest

from billing.ingestion import shared_facts
from tests.billing.ingestion.logs import native, write_json
from tests.billing.ingestion.sites import Site

SHAPES = "select count(*) from raw.request_shape"
OWNERS = "select api_key_id, organization_id, project_id from raw.key_owner order by all"
SAID = "select native_id, region, outcome, kind, api_key_id from raw.usage_event order by all"
VARIED = [
    native("a", region="eu"),
    native("b", region="us"),
    native("c", region="eu", api_key_id="key_b", organization_id="org_b", project_id="proj_b"),
    native("d", region="eu", outcome="upstream_error"),
]
SAID_OF_VARIED = [
    ("a", "eu", "success", "usage", "key_a"),
    ("b", "us", "success", "usage", "key_a"),
    ("c", "eu", "success", "usage", "key_b"),
    ("d", "eu", "upstream_error", "usage", "key_a"),
]


def test_requests_that_differ_in_ids_times_and_counts_share_one_shape(site: Site) -> None:
    same = [native(f"req_{n}", output_visible=n, latency_ms=n) for n in range(5)]
    write_json(site.landing / "a.jsonl", same)
    write_json(site.landing / "b.jsonl", [native("req_9")])
    site.ingest()
    assert site.rows(SHAPES) == [(1,)]
    assert site.rows(OWNERS) == [("key_a", "org_a", "proj_a")]


def test_each_request_finds_its_own_shape_and_owner(site: Site) -> None:
    write_json(site.landing / "a.jsonl", VARIED[:2])
    write_json(site.landing / "b.jsonl", VARIED[2:])
    site.ingest()
    assert site.rows(SAID) == SAID_OF_VARIED


def test_another_source_is_another_shape(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("a")])
    site.ingest()
    write_json(site.landing / "b.jsonl", [native("a"), native("b")])
    site.ingest(source_id="second")
    found = "select source_id, count(*) from raw.usage_event group by all order by all"
    assert site.rows(found) == [("native", 1), ("second", 2)]


def test_a_request_that_is_not_accepted_leaves_no_shape(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("a"), native("b", completed_at="never")])
    write_json(site.landing / "b.jsonl", [native("a", region="elsewhere")])
    site.ingest()
    assert site.rows(SHAPES) == [(1,)]


def test_a_key_that_moves_keeps_the_owner_it_had(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("a")])
    site.ingest()
    keys = site.catalog / "api_keys.csv"
    keys.write_text(keys.read_text().replace("key_a,org_a,proj_a", "key_a,org_a,proj_z"))
    write_json(site.landing / "b.jsonl", [native("b", project_id="proj_z")])
    site.ingest()
    found = "select native_id, project_id from raw.usage_event order by all"
    assert site.rows(found) == [("a", "proj_a"), ("b", "proj_z")]


@pytest.mark.parametrize("rows", [1, 4], ids=["of several files", "of one file"])
def test_shapes_with_one_hash_stay_apart(
    site: Site, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    hashed = shared_facts.shape_hash

    def same_hash(source_id: str, salt: str) -> str:
        return hashed(source_id, salt) if salt else "cast(7 as bigint)"

    monkeypatch.setattr(shared_facts, "shape_hash", same_hash)
    for first in range(0, len(VARIED), rows):
        write_json(site.landing / f"{first}.jsonl", VARIED[first : first + rows])
    site.ingest()
    assert site.rows(SAID) == SAID_OF_VARIED
