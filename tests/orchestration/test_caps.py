"""Caps, throttling and alerts of closed months, against counting requests one by one."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from dagster import AssetCheckKey, AssetCheckSeverity, AssetKey

from billing.home import Home
from billing.subscriptions.terms import period_at
from orchestration.instance import open_instance
from tests.orchestration.installation import OCTOBER, Installation
from tests.orchestration.plain_counts import (
    Request,
    busiest,
    causes,
    crossings,
    instant,
    requests_of,
    rows_of,
)
from tests.orchestration.small_month import EVERY, lines_of

LIMITS = (
    # id, key, model, limits by kind, from, to
    ("one", "key_aurora_01", "", {"rpm": "2", "rph": "3", "rpd": "5", "tpm": "9000", "tpd": "60000"}, "2026-01-01T00:00:00Z", ""),
    ("two", "key_bharat_01", "", {"rph": "2", "rpd": "4", "tpd": "20000"}, "2026-10-03T12:15:00Z", ""),
    ("three", "key_cobalt_01", "claude-sonnet-4-5", {"rpm": "1", "rpd": "2"}, "2026-01-01T00:00:00Z", ""),
    ("four", "key_fjord_01", "", {"rpd": "9"}, "2026-01-01T00:00:00Z", "2026-10-05T10:30:00Z"),
    ("five", "key_fjord_01", "", {"rpd": "3"}, "2026-10-05T10:30:00Z", ""),
)  # fmt: skip
KINDS = ("rpm", "rph", "rpd", "tpm", "tpd")
Row = dict[str, Any]


def rows(path: Path, sql: str) -> list[Row]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(sql)
        names = [column[0] for column in found.description or ()]
        return [
            {
                name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
                for name, value in zip(names, row, strict=True)
            }
            for row in found.fetchall()
        ]


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    starts, ends = (
        datetime.combine(each, time(), ZoneInfo(zone)).astimezone(UTC)
        for each in (day, day + timedelta(days=1))
    )
    return starts, ends


@pytest.fixture(scope="module")
def sample_requests(closed_sample: Installation) -> list[Request]:
    return requests_of(closed_sample.warehouse, closed_sample.root / "catalog")


def test_what_was_bought_is_used_as_counted_one_by_one(
    closed_sample: Installation, sample_requests: list[Request]
) -> None:
    """Each day and month of each item of the sample's custom subscriptions."""
    catalog = closed_sample.root / "catalog"
    subscription_of = {r["api_key_id"]: r["subscription_id"] for r in rows_of(catalog, "api_keys")}
    zones = {r["organization_id"]: r["zone"] for r in rows_of(catalog, "billing_profiles")}
    owners = {r["subscription_id"]: r for r in rows_of(catalog, "subscriptions")}
    by_item: defaultdict[tuple[str, str], list[Request]] = defaultdict(list)
    for request in sample_requests:
        by_item[subscription_of[request.key], request.model].append(request)
    expected = {}
    for item in rows_of(catalog, "subscription_items"):
        owner = owners[item["subscription_id"]]
        zone = zones[owner["organization_id"]]
        begun = day_bounds(date.fromisoformat(owner["starts_date"]), zone)[0]
        month_ends = day_bounds(date(2026, 10, 31), zone)[1]
        days = [day_bounds(date(2026, 10, day), zone) for day in range(1, 32)]
        asked = {day[0]: period_at(begun, zone, day[0]) for day in days if day[0] >= begun}
        periods = [
            *(("daily_call_limit", *bounds) for bounds in days if bounds[1] > begun),
            *(("monthly_token_cap", *bounds) for bounds in sorted(set(asked.values()))),
        ]
        for kind, starts, ends in periods:
            inside = [
                request
                for request in by_item[item["subscription_id"], item["model_id"]]
                if starts <= request.at < min(ends, month_ends)
            ]
            served = [request for request in inside if request.served]
            counted = "requests" if kind == "daily_call_limit" else "tokens"
            count = COUNTS[counted]
            used = sum(map(count, served))
            limit = int(item[kind])
            most, minute = busiest(served, count, lambda request: request.minute)
            expected[item["subscription_id"], item["model_id"], kind, starts] = {
                "period_ends_at": ends,
                "limit_quantity": limit,
                "used_quantity": used,
                "used_percent": used * 100 // limit,
                "is_reached": used >= limit,
                "highest_minute_quantity": most,
                "highest_minute_at": minute,
                "throttled_requests": sum(request.throttled for request in inside),
                "throttle_causes": causes(inside),
            }
    told = rows(
        closed_sample.warehouse,
        "from usage.fct_cap_status where subject_kind = 'subscription_item'",
    )
    found = {
        (r["subject_id"], r["model_id"], r["limit_kind"], r["period_starts_at"]): {
            name: r[name] for name in next(iter(expected.values()))
        }
        for r in told
    }
    assert len(expected) == 3 * (27 + 31) + 3 * (1 + 2)
    assert sum(each["used_quantity"] > 0 for each in expected.values()) > 150
    assert found == expected


COUNTS: dict[str, Callable[[Request], int]] = {
    "requests": lambda request: request.requests,
    "tokens": lambda request: request.tokens,
}


def test_the_busiest_minutes_of_the_sample_are_those_counted_one_by_one(
    closed_sample: Installation,
) -> None:
    """Of each key and quarter hour, while it is valid; and of each subscription's model."""
    catalog = closed_sample.root / "catalog"
    aliases = {row["alias"]: row["model_id"] for row in rows_of(catalog, "model_aliases")}
    keys = {r["api_key_id"]: r for r in rows(closed_sample.warehouse, "from catalog.api_keys")}
    subscriptions = {
        r["subscription_id"]: r for r in rows(closed_sample.warehouse, "from catalog.subscriptions")
    }
    assert not any(bought["changed_from"] for bought in subscriptions.values())
    out_of_time = 0
    minutes: defaultdict[tuple[str, str, str, datetime], dict[datetime, list[int]]]
    minutes = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in rows(
        closed_sample.warehouse,
        """select api_key_id, requested_model, completed_at, kind, outcome,
        input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
        + cache_write_unknown_ttl_tokens + output_visible_tokens + output_reasoning_tokens as tokens
        from raw.usage_event
        where outcome in ('success', 'client_aborted', 'gateway_cache_hit', 'rate_limited')""",
    ):
        sign = -1 if row["kind"] == "reversal" else 1
        sign = 0 if row["outcome"] == "rate_limited" else sign  # a minute in which nothing counts
        minute = row["completed_at"].replace(second=0, microsecond=0)
        quarter_hour = minute - timedelta(minutes=minute.minute % 15)
        key, model = row["api_key_id"], aliases.get(row["requested_model"], row["requested_model"])
        subscription_id, at = keys[key]["subscription_id"], row["completed_at"]
        is_counted = keys[key]["valid_from_at"] <= at < keys[key]["valid_to_at"]
        if subscription_id:
            bought = subscriptions[subscription_id]
            is_counted = is_counted and bought["starts_at"] <= at < bought["ends_at"]
        if not is_counted:
            out_of_time += 1
            continue
        scopes = [("key", key, ""), ("key_model", key, model)]
        if subscription_id:
            scopes += [
                ("subscription", subscription_id, ""),
                ("subscription_model", subscription_id, model),
            ]
        for scope in scopes:
            counts = minutes[(*scope, quarter_hour)][minute]
            counts[0] += sign
            counts[1] += sign * row["tokens"]
    expected = {}
    for place, by_minute in minutes.items():
        peaks = []
        for number in (0, 1):
            most = max(0, *(counts[number] for counts in by_minute.values()))
            first = min(at for at, counts in by_minute.items() if max(0, counts[number]) == most)
            peaks += [most, first]
        expected[place] = tuple(peaks)
    found = {
        (r["scope"], r["scope_id"], r["model_id"], r["quarter_hour"]): (
            r["peak_minute_requests"],
            r["peak_minute_requests_at"],
            r["peak_minute_tokens"],
            r["peak_minute_tokens_at"],
        )
        for r in rows(
            closed_sample.warehouse,
            "from intermediate.int_usage__minute_peaks where peak_minute_requests > 0",
        )
    }
    assert len(found) > 100_000
    assert out_of_time > 0
    assert found == {place: peaks for place, peaks in expected.items() if peaks[0] > 0}


@pytest.fixture(scope="module")
def limited(ingested_small: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The small month under limits of keys, drafted."""
    home = ingested_small.copy(tmp_path_factory.mktemp("limited") / "home")
    limit_keys(home)
    home.must("close", "2026-10")
    return home


def limit_keys(home: Installation) -> None:
    columns = ("key_limit_id", "api_key_id", "model_id", *KINDS)
    spend = ("monthly_spend_amount", "currency", "valid_from_at", "valid_to_at")
    with (home.root / "catalog" / "key_limits.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*columns, *spend))
        for name, key, model, given, starts, ends in LIMITS:
            money = ("5.00", "EUR") if name == "one" else ("", "")
            kinds = (given.get(kind, "") for kind in KINDS)
            writer.writerow((name, key, model, *kinds, *money, starts, ends))


def limit_periods(
    home: Installation, requests: list[Request]
) -> list[tuple[tuple[Any, ...], int, list[Request], datetime]]:
    """Each limit and local day of October: place, limit, requests that count, and from when."""
    catalog = home.root / "catalog"
    zones = {r["organization_id"]: r["zone"] for r in rows_of(catalog, "billing_profiles")}
    owner_of = {r["api_key_id"]: r["organization_id"] for r in rows_of(catalog, "api_keys")}
    (newest,) = rows(home.warehouse, "select max(last_completed_at) as at from raw.ingest_file")
    found = []
    for _, key, model, given, starts, ends in LIMITS:
        holds_from, holds_to = instant(starts), instant(ends)
        of_key = [r for r in requests if r.key == key and model in {"", r.model}]
        for day in range(1, 32):
            opens, closes = day_bounds(date(2026, 10, day), zones[owner_of[key]])
            if closes <= holds_from or opens >= min(holds_to, newest["at"]):
                continue
            for kind, limit in given.items():
                first = max(opens, holds_from) if kind in {"rpm", "rph", "tpm"} else opens
                inside = [r for r in of_key if first <= r.at < min(closes, holds_to)]
                place = (key, model, kind, opens, holds_from)
                found.append((place, int(limit), inside, holds_from))
    return found


def test_limits_of_keys_are_used_as_counted_one_by_one(limited: Installation) -> None:
    requests = requests_of(limited.warehouse, limited.root / "catalog")
    expected = {}
    for place, limit, inside, _ in limit_periods(limited, requests):
        served = [request for request in inside if request.served]
        count = COUNTS["tokens" if place[2].startswith("t") else "requests"]
        slots: dict[str, Callable[[Request], datetime]] = {
            "m": lambda request: request.minute,
            "h": lambda request: local_hour(limited, request),
            "d": lambda _: datetime(2026, 1, 1, tzinfo=UTC),
        }
        used = max(0, busiest(served, count, slots[place[2][-1]])[0])
        expected[place] = (limit, used, used * 100 // limit, causes(inside))
    found = {
        (
            r["subject_id"],
            r["model_id"],
            r["limit_kind"],
            r["period_starts_at"],
            r["limit_from_at"],
        ): (r["limit_quantity"], r["used_quantity"], r["used_percent"], r["throttle_causes"])
        for r in rows(limited.warehouse, "from usage.fct_cap_status where subject_kind like 'key%'")
    }
    assert sum(used > 0 for _, used, _, _ in expected.values()) > 50
    assert found == expected


def local_hour(home: Installation, request: Request) -> datetime:
    """When the hour of the customer's clock began."""
    catalog = home.root / "catalog"
    owner = {r["api_key_id"]: r["organization_id"] for r in rows_of(catalog, "api_keys")}
    zones = {r["organization_id"]: r["zone"] for r in rows_of(catalog, "billing_profiles")}
    local = request.minute.astimezone(ZoneInfo(zones[owner[request.key]]))
    return request.minute - timedelta(minutes=local.minute)


def test_thresholds_are_crossed_where_counting_one_by_one_crosses_them(
    limited: Installation,
) -> None:
    requests = requests_of(limited.warehouse, limited.root / "catalog")
    expected = set()
    for place, limit, inside, holds_from in limit_periods(limited, requests):
        if place[2][-1] != "d":
            continue
        served = [request for request in inside if request.served]
        count = COUNTS["tokens" if place[2] == "tpd" else "requests"]
        for percent, at, sequence in crossings(served, count, limit):
            expected.add((*place, percent, max(at, holds_from), sequence))
    assert len(expected) > 20
    assert expected == {row[:8] for row in alerts(limited) if row[2] in {"rpd", "tpd"}}


def alerts(home: Installation) -> set[tuple[Any, ...]]:
    return {
        tuple(row.values())
        for row in rows(
            home.warehouse,
            """select subject_id, model_id, limit_kind, period_starts_at, limit_from_at,
            threshold_percent, raised_at, known_from_sequence, used_quantity
            from usage.cap_alerts""",
        )
    }


@pytest.mark.long
def test_alerts_stay_as_they_were_over_later_files_and_rebuilds(
    limited: Installation, small_landing: Path, tmp_path: Path
) -> None:
    """A late file brings twenty times as many requests of the days that were told already."""
    before = alerts(limited)
    name = "gateway-2026-10-w1.jsonl.zst"
    kept = [
        line
        for number, line in enumerate(lines_of(OCTOBER / name))
        if number % EVERY and number % 2
    ]
    late = tmp_path / "late.jsonl"
    late.write_text("\n".join(kept) + "\n", encoding="utf-8")
    home = limited.copy(tmp_path / "home")
    home.must("ingest", late)
    home.must("close", "2026-10")
    after = alerts(home)
    adds_up = {row for row in before if row[2] not in {"rpm", "tpm"}}
    assert adds_up < {row for row in after if row[2] not in {"rpm", "tpm"}}
    places = [row[:6] for row in after]
    assert len(places) == len(set(places))
    rebuilt = Installation.new(tmp_path / "rebuilt")
    limit_keys(rebuilt)
    rebuilt.must("ingest", small_landing)
    rebuilt.must("ingest", late)
    rebuilt.must("close", "2026-10")
    assert alerts(rebuilt) == after


def test_the_command_tells_status_alerts_and_money(limited: Installation) -> None:
    told = limited.must("caps", "--org", "org_aurora", "--json").json
    assert {each["limit_kind"] for each in told["caps"]} == set(KINDS)
    assert {each["organization_id"] for each in told["caps"]} == {"org_aurora"}
    last_day = (
        "select max(period_starts_at) as at from usage.fct_cap_status where limit_kind = 'rpd'"
    )
    (last,) = rows(limited.warehouse, f"{last_day} and organization_id = 'org_aurora'")
    assert {each["period_starts_at"] for each in told["caps"]} == {
        f"{last['at']:%Y-%m-%dT%H:%M:%SZ}"
    }
    assert told["alerts"]
    assert {each["organization_id"] for each in told["alerts"]} == {"org_aurora"}
    (money,) = told["spending"]
    assert (money["api_key_id"], money["limit_amount"]) == ("key_aurora_01", "5.000")
    printed = limited.must("caps").out
    assert "org_bharat" in printed
    assert "Alerts:" in printed
    refused = limited.run("caps", "--org", "org_nobody")
    assert refused.code == 1
    assert "'org_nobody' has no limits" in refused.err


def test_what_keys_cost_adds_up_to_what_their_organization_is_charged(
    limited: Installation,
) -> None:
    (costs,) = rows(
        limited.warehouse,
        """select sum(amount) as amount, count(*) filter (where api_key_id <> '') as keys
        from intermediate.int_caps__key_costs where organization_id = 'org_aurora'""",
    )
    (charged,) = rows(
        limited.warehouse,
        """select sum(net_amount) as amount from intermediate.int_rating__charges
        where organization_id = 'org_aurora' and billing_month = '2026-10-01'""",
    )
    assert costs["keys"] > 3
    assert costs["amount"] == charged["amount"]


def test_a_close_warns_of_limits_and_holds_nobody_back(limited: Installation) -> None:
    closed = limited.run("close", "2026-10")
    assert closed.code == 0
    assert "limits were nearly or wholly used" in closed.err
    assert "`meterbook caps` shows every limit and alert." in closed.err
    key = AssetCheckKey(AssetKey(["usage", "cap_alerts"]), "no_limit_was_crossed")
    with open_instance(Home(limited.root)) as instance:
        record = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)[0]
    assert record.event
    evaluation = record.event.asset_check_evaluation
    assert evaluation
    assert not evaluation.passed
    assert not evaluation.blocking
    assert evaluation.severity == AssetCheckSeverity.WARN
    assert evaluation.metadata["alerts"].value == len(alerts(limited))


def test_the_sample_has_no_alerts_and_its_tiers_are_told(closed_sample: Installation) -> None:
    assert rows(closed_sample.warehouse, "from usage.cap_alerts") == []
    moved = rows(
        closed_sample.warehouse,
        """select sum(requests)::bigint as requests, min(expected_tier) as asked,
        min(served_tier) as served from usage.requests_on_other_tier""",
    )
    catalog = closed_sample.root / "catalog"
    zones = {r["organization_id"]: r["zone"] for r in rows_of(catalog, "billing_profiles")}
    by_hand = [
        row
        for row in rows(
            closed_sample.warehouse,
            """select organization_id, completed_at from raw.usage_event
            where service_tier_asked = 'priority' and service_tier = 'default'
            and outcome in ('success', 'client_aborted')""",
        )
        if row["completed_at"].astimezone(ZoneInfo(zones[row["organization_id"]])).month == 10
    ]
    assert len(by_hand) > 20
    assert moved == [{"requests": len(by_hand), "asked": "priority", "served": "default"}]


def told_in_the_books(home: Installation) -> list[dict[str, Any]]:
    found = home.must("alerts", "--json").json["alerts"]
    return [
        each for each in found if each["alert_kind"] in {"cap_used", "cap_forecast", "spend_used"}
    ]


def test_each_crossing_is_in_the_books_once_however_often_a_month_is_drafted(
    limited: Installation,
) -> None:
    told = told_in_the_books(limited)
    caps = {
        (
            each["subject_id"],
            each["payload"]["model_id"],
            each["payload"]["limit_kind"],
            instant(each["payload"]["period_starts_at"]),
            int(each["threshold"]),
        )
        for each in told
        if each["alert_kind"] == "cap_used"
    }
    crossed = rows(
        limited.warehouse,
        """select subject_id, model_id, limit_kind, period_starts_at, threshold_percent
        from usage.cap_alerts where alert_kind = 'crossed'""",
    )
    assert len(crossed) > 20
    assert caps == {tuple(row.values()) for row in crossed}
    (money,) = rows(limited.warehouse, "from finance.key_spend_status")
    assert money["spent_percent"] >= 100
    spent = [each for each in told if each["alert_kind"] == "spend_used"]
    assert sorted(each["rule_id"] for each in spent) == [
        f"monthly_spend:{n}" for n in (100, 80, 90)
    ]
    assert {each["subject_id"] for each in spent} == {"key_aurora_01"}
    assert len(told) == len(alerts(limited)) + 3
    limited.must("close", "2026-10")
    assert told_in_the_books(limited) == told
    printed = limited.must("alerts").out
    assert "of 5.000 EUR spent in 2026-10" in printed


@pytest.mark.long
def test_a_warehouse_made_anew_raises_no_limit_again(
    limited: Installation, small_landing: Path, tmp_path: Path
) -> None:
    home = limited.copy(tmp_path / "home")
    before = told_in_the_books(home)
    assert before
    home.warehouse.unlink()
    home.must("ingest", small_landing)
    home.must("close", "2026-10", now="2026-11-06T06:00:00Z")
    assert told_in_the_books(home) == before
