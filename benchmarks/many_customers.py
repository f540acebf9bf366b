"""A catalog of any number of organizations: the sample's customers, again and again.

Here: cloning the sample's catalog under new ids, and how the requests are shared out between
the clones. Add a catalog file to CLONED when it gains an `organization_id`, or names something
that has one. Keep out: the logs themselves (`many_requests.py`).
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import zstandard

Row = dict[str, str]

CLONED = (
    "organizations",
    "billing_profiles",
    "projects",
    "contracts",
    "contract_prices",
    "discounts",
    "subscriptions",
    "subscription_items",
    "top_ups",
    "document_forms",
)
# Ids that belong to one organization, so each clone needs its own.
OWN_IDS = (
    "organization_id",
    "project_id",
    "contract_id",
    "contract_price_id",
    "discount_id",
    "subscription_id",
    "top_up_id",
)
WITHOUT_USAGE = "org_nomad"
TAIL_DIVISOR = 16


@dataclass(frozen=True)
class Customer:
    """One organization to be: its number, the sample's organization it is like, its weight."""

    number: int
    like: str
    weight: int


@dataclass(frozen=True)
class WeightedKey:
    """An API key with the weight of its requests."""

    api_key_id: str
    organization_id: str
    project_id: str
    weight: int


def read_table(path: Path) -> list[Row]:
    """Read one CSV file, plain or in zstd."""
    content = path.read_bytes()
    if path.suffix == ".zst":
        content = zstandard.ZstdDecompressor().decompress(content)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def write_table(path: Path, header: list[str], rows: Iterator[Row]) -> None:
    """Write one CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def client_sizes(inputs: Path, pool: str) -> list[int]:
    """Requests of each ServeGen client of a pool, largest first, those without any left out."""
    rows = read_table(inputs / "servegen_clients.csv.zst")
    return [int(r["requests"]) for r in rows if r["pool"] == pool and int(r["requests"])]


def customers(catalog: Path, inputs: Path, number: int) -> list[Customer]:
    """The customers, one for each ServeGen client; more than those are small ones.

    Every further organization is a client of the smaller half again, at a sixteenth of its
    size, so the few largest keep their share however many there are.
    """
    sizes = client_sizes(inputs, "m-large")
    small = sizes[len(sizes) // 2 :]
    tail = [max(small[n % len(small)] // TAIL_DIVISOR, 1) for n in range(number)]
    weights = [*sizes, *tail][:number]
    organizations = [row["organization_id"] for row in read_table(catalog / "organizations.csv")]
    used = [name for name in organizations if name != WITHOUT_USAGE]
    return [Customer(n, used[n % len(used)], weight) for n, weight in enumerate(weights)]


def own_id(original: str, customer: Customer) -> str:
    """The clone's own id for something of the original."""
    return f"{original}_{customer.number:05d}" if original else ""


def clone(rows: list[Row], owner_of: dict[str, str], owned: list[Customer]) -> Iterator[Row]:
    """Yield each customer's copy of the rows of the organization it is like."""
    by_owner: dict[str, list[Row]] = {}
    for row in rows:
        owner = next(owner_of[row[name]] for name in OWN_IDS if row.get(name) in owner_of)
        by_owner.setdefault(owner, []).append(row)
    for customer in owned:
        for row in by_owner.get(customer.like, []):
            ids = {name: own_id(row[name], customer) for name in OWN_IDS if name in row}
            yield row | ids


def owners(catalog: Path) -> dict[str, str]:
    """The organization behind each organization, contract and subscription id."""
    found: dict[str, str] = {}
    for table, name in (
        ("organizations", "organization_id"),
        ("contracts", "contract_id"),
        ("subscriptions", "subscription_id"),
    ):
        found |= {row[name]: row["organization_id"] for row in read_table(catalog / f"{table}.csv")}
    return found


def key_rows(originals: list[Row], owned: list[Customer], per_customer: int) -> Iterator[Row]:
    """Yield the customers' keys: valid all month, otherwise like the originals in turn."""
    for customer in owned:
        like = [row for row in originals if row["organization_id"] == customer.like]
        for number in range(per_customer):
            row = like[number % len(like)]
            ids = {name: own_id(row[name], customer) for name in OWN_IDS if name in row}
            key_id = f"key_{customer.number:05d}_{number + 1:02d}"
            sha256 = hashlib.sha256(key_id.encode()).hexdigest()
            changed = {"api_key_id": key_id, "key_sha256": sha256, "valid_to_at": ""}
            yield row | ids | changed | {"valid_from_at": "2026-01-01T00:00:00Z"}


def write_catalog(
    source: Path, inputs: Path, target: Path, organizations: int, keys: int
) -> list[WeightedKey]:
    """Write the catalog folder; return its keys with their weights.

    The keys of one organization share its requests like the busiest clients of `m-mid`.
    """
    target.mkdir(parents=True, exist_ok=True)
    owned, owner_of = customers(source, inputs, organizations), owners(source)
    for path in sorted(source.glob("*.csv")):
        rows = read_table(path)
        if path.stem in CLONED:
            write_table(target / path.name, list(rows[0]), clone(rows, owner_of, owned))
        else:
            (target / path.name).write_bytes(path.read_bytes())
    per_customer = -(-keys // organizations)
    originals = read_table(source / "api_keys.csv")
    made = list(key_rows(originals, owned, per_customer))
    write_table(target / "api_keys.csv", list(originals[0]), iter(made))
    shares = client_sizes(inputs, "m-mid")
    weights = [c.weight * shares[number] for c in owned for number in range(per_customer)]
    return [weighted(row, weight) for row, weight in zip(made, weights, strict=True)]


def weighted(row: Row, weight: int) -> WeightedKey:
    """Return a row of api_keys.csv with the weight of its requests."""
    return WeightedKey(row["api_key_id"], row["organization_id"], row["project_id"], weight)
