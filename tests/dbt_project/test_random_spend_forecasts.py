"""Random keys, zones, files and hours: when a limit of money is reached, against walking the hours.

Both value an hour's units at what one of its model cost the key in the month; here the hours to
come are added one after the other until they are enough or the limit holds no more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import duckdb

from tests.dbt_project.usage_rows import file_row
from tests.dbt_project.warehouse import built, insert, read

KEYS = 120
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns")
HEARD = {
    1: datetime(2026, 10, 1, 9, 30, 1, tzinfo=UTC),
    2: datetime(2026, 10, 9, 23, 59, tzinfo=UTC),
    3: datetime(2026, 10, 24, 12, tzinfo=UTC),
}
"""The newest request of the first file, of the first two, and so on."""
MODELS = ("text", "picture", "gift")
QUARTER_HOUR, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
BUILT = ("int_caps__spending_keys", "int_caps__key_hours", "key_spend_status")


@dataclass(frozen=True)
class Used:
    """Units of a model in a quarter hour, as one file brought them."""

    model: str
    at: datetime
    sequence: int
    requests: int
    tokens: int
    pictures: int

    @property
    def units(self) -> int:
        return self.requests + self.tokens + self.pictures


@dataclass(frozen=True)
class Key:
    """A key of its own organization; costs and the limit in millionths of a millionth."""

    name: str
    zone: str
    watermark: int
    limit: int
    ends_at: datetime
    used: list[Used]
    billed: dict[str, int]
    costs: dict[str, int]

    @property
    def as_of(self) -> datetime:
        heard = HEARD[self.watermark]
        return heard + (datetime.min.replace(tzinfo=UTC) - heard) % QUARTER_HOUR

    @property
    def month_ends_at(self) -> datetime:
        return datetime.combine(date(2026, 11, 1), time(), ZoneInfo(self.zone)).astimezone(UTC)


def drawn(draw: Random, number: int) -> Key:
    watermark = draw.choice(tuple(HEARD))
    first = HEARD[watermark] - draw.choice((0.7, 2, 5, 9, 30)) * DAY
    hours = int((HEARD[watermark] - first) / QUARTER_HOUR)
    used = []
    for _ in range(draw.choice((3, 20, 60))):
        at = first + draw.randrange(hours + 1) * QUARTER_HOUR
        at -= (at - datetime.min.replace(tzinfo=UTC)) % QUARTER_HOUR
        model, sequence = draw.choice(MODELS), draw.randrange(1, 4)
        tokens = 0 if model == "picture" else draw.randrange(9_000)
        pictures = draw.randrange(4) if model == "picture" else 0
        used.append(Used(model, at, sequence, draw.randrange(1, 9), tokens, pictures))
    billed = {
        model: sum(each.units for each in used if each.model == model and each.at.month == 10)
        for model in MODELS
    }
    late = {model: draw.choice((0, 0, 777)) for model in MODELS}
    billed = {model: units + late[model] for model, units in billed.items() if units + late[model]}
    price = {"text": 2_500_000_001, "picture": 40_000_000_000_003, "gift": draw.choice((0, -7))}
    costs = {model: units * price[model] // 7 for model, units in billed.items()}
    limit = sum(costs.values()) // 10**10 * draw.choice((9, 11, 12, 14, 18, 40))
    ends_at = draw.choice((datetime(9999, 12, 31, tzinfo=UTC), datetime(2026, 10, 28, tzinfo=UTC)))
    held_to = max(round(limit), 1) * 10**9
    zone = ZONES[number % len(ZONES)]
    return Key(f"key_{number}", zone, watermark, held_to, ends_at, used, billed, costs)


def walked(key: Key) -> datetime | None:
    """The beginning of the hour in which the limit is reached, one hour after the other."""
    spent = sum(key.costs.values())
    known = [each for each in key.used if each.sequence <= key.watermark and each.at < key.as_of]
    days = min(7, (key.as_of - min((each.at for each in known), default=key.as_of)) // DAY)
    if spent >= key.limit or not days:
        return None
    at, ahead = key.as_of, 0
    while at < min(key.month_ends_at, key.ends_at):
        begun = key.as_of - days * DAY + ahead % (24 * days) * HOUR
        for model, units in key.billed.items():
            of_hour = sum(
                each.units for each in known
                if each.model == model and begun <= each.at < begun + HOUR
            )  # fmt: skip
            if key.costs[model] > 0:
                spent += (2 * key.costs[model] * of_hour + units) // (2 * units)
        if spent >= key.limit:
            return at
        at, ahead = at + HOUR, ahead + 1
    return None


def written(connection: duckdb.DuckDBPyConnection, keys: list[Key]) -> None:
    connection.execute("delete from raw.ingest_file")
    for sequence, heard in HEARD.items():
        file = file_row(sequence, 1) | {"last_completed_at": heard.replace(tzinfo=None)}
        insert(connection, "raw.ingest_file", [file])
    for place, key in enumerate(keys):
        of_key = {"organization_id": key.name, "api_key_id": key.name}
        owner, month = {"organization_id": key.name}, {"billing_month": "2026-10-01"}
        begins = datetime.combine(date(2026, 10, 1), time(), ZoneInfo(key.zone)).astimezone(UTC)
        bounds = {"starts_at": begins.replace(tzinfo=None), "service_month": "2026-10-01"}
        ends = {"ends_at": key.month_ends_at.replace(tzinfo=None)}
        limit = {"key_limit_id": key.name, "monthly_spend_amount": Decimal(key.limit).scaleb(-12)}
        dates = {"valid_from_at": "2026-01-01", "valid_to_at": key.ends_at.replace(tzinfo=None)}
        insert(connection, "catalog.billing_profiles", [owner | {"zone": key.zone}])
        insert(connection, "catalog.rating_slice", [owner | bounds | ends])
        insert(connection, "catalog.api_keys", [of_key])
        limit |= {"api_key_id": key.name, "currency": "EUR"}
        insert(connection, "catalog.key_limits", [limit | dates])
        watermark = {"watermark": key.watermark, "is_finalized": False}
        insert(connection, "books.month_watermark", [owner | month | watermark])
        for number, model in enumerate(MODELS):
            usage_key = {"usage_key_id": 9_000_000 + place * 10 + number}
            named = {"billed_model_id": model, "not_billed_reason": "", "payer": "contract"}
            insert(connection, "intermediate.dim_usage_key", [of_key | usage_key | named])
            for each in (each for each in key.used if each.model == model):
                at = {"quarter_hour": each.at.replace(tzinfo=None)}
                row = usage_key | at | {"ingest_sequence": each.sequence}
                tokens = tokens_of(each.tokens) | {"requests": each.requests}
                insert(connection, "intermediate.int_usage__quarter_hours", [row | tokens])
                if each.pictures:
                    pictures = {"meter": "image", "quantity": each.pictures}
                    insert(connection, "intermediate.int_usage__quarter_hour_meters",
                           [row | pictures])  # fmt: skip
            if model in key.billed:
                units = usage_key | month | {"requests": 0} | tokens_of(key.billed[model])
                insert(connection, "intermediate.int_rating__usage_by_slice", [owner | units])
                cost = {"model_id": model, "amount": Decimal(key.costs[model]).scaleb(-12)}
                insert(connection, "intermediate.int_caps__key_costs", [of_key | cost])


def tokens_of(quantity: int) -> dict[str, int]:
    others = ("cache_read", "cache_write_5m", "cache_write_1h", "cache_write_unknown_ttl")
    columns = ("input_uncached", *others, "output_visible", "output_reasoning")
    return {f"{name}_tokens": 0 for name in columns} | {"output_visible_tokens": quantity}


def test_a_limit_of_money_is_reached_in_the_hour_that_walking_them_finds(
    october: Path, copy_of: Callable[[Path], Path]
) -> None:
    draw = Random(64)  # noqa: S311 - repeatable, not secret
    keys = [drawn(draw, number) for number in range(KEYS)]
    path = copy_of(october)
    with duckdb.connect(str(path)) as connection:
        connection.begin()
        written(connection, keys)
        connection.commit()
    built(path, "--select", *BUILT, "--exclude-resource-type", "unit_test")
    found = read(
        path,
        "select api_key_id, timezone('UTC', as_of_at), timezone('UTC', forecast_at) "
        "from finance.key_spend_status",
    )
    expected = {key.name: (key.as_of, walked(key)) for key in keys}
    assert sum(forecast is not None for _, forecast in expected.values()) > 30
    assert sum(forecast is None for _, forecast in expected.values()) > 30
    assert {name: (as_of, forecast) for name, as_of, forecast in found} == expected
