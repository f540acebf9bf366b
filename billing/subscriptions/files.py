"""What the catalog's own files say of subscriptions and keys, beside the books.

Here: the rows of subscriptions.csv, subscription_items.csv and api_keys.csv as the books keep such
things, with the exact text they were written in. Keep out: checking the files
(`billing.catalog`) and writing any.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from billing.books.accounts import Item, Key, Subscription
from billing.catalog import read_catalog
from billing.catalog.files import FILES
from billing.catalog.reading import read_text
from billing.catalog.row_text import row_texts
from billing.catalog.typed import LAST_DAY, LAST_INSTANT
from billing.errors import MeterbookError
from billing.periods import start_of_day

SUBSCRIPTIONS = "subscriptions"
ITEMS = "subscription_items"
KEYS = "api_keys"


@dataclass(frozen=True)
class Customer:
    """Where an act takes place: the organization's zone and currency."""

    organization_id: str
    zone: str
    currency: str


@dataclass(frozen=True)
class CustomerFiles:
    """A checked catalog with what it says of subscriptions and keys.

    At the counter the tables are those in force, the folder and what is written the operator's own.
    """

    folder: Path
    tables: Mapping[str, pl.DataFrame]
    written: Mapping[tuple[str, str], str]
    """(file name without ending, id) to what the row says; a subscription's with its items."""
    _groups: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def customer(self, organization_id: str) -> Customer:
        """One organization. Raises MeterbookError when there is none of this id."""
        found = self.rows("billing_profiles", organization_id)
        if not found:
            raise MeterbookError(
                f"There is no organization {organization_id!r}. Name one of organizations.csv."
            )
        return Customer(organization_id, found[0]["zone"], found[0]["currency"])

    def has(self, table: str, column: str, value: str) -> bool:
        """Whether a table of the catalog has a row with this value."""
        return not self.tables[table].filter(pl.col(column) == value).is_empty()

    def plan_currency(self, plan_id: str) -> str:
        """The currency of a plan that exists."""
        plan = self.tables["plans"].filter(pl.col("plan_id") == plan_id)
        return str(plan["currency"][0])

    def item_fee(self, model_id: str, service_tier: str, currency: str) -> str | None:
        """What item_fees.csv asks a month for a model in a tier; None without a row."""
        found = self.tables["item_fees"].filter(
            pl.col("model_id") == model_id,
            pl.col("service_tier") == service_tier,
            pl.col("currency") == currency,
        )
        return None if found.is_empty() else format(found["monthly_fee"][0], "f")

    def rows(self, table: str, organization_id: str) -> list[dict[str, Any]]:
        """The rows of a table that belong to one organization, in the order of the file."""
        return self.rows_with(table, "organization_id", organization_id)

    def rows_with(self, table: str, column: str, value: str) -> list[dict[str, Any]]:
        """The rows of a table that have a value in a column, in the order of the file.

        A table is put in order by a column once: who asks for each customer reads it once.
        """
        groups = self._groups.get((table, column))
        if groups is None:
            groups = {}
            for row in self.tables[table].iter_rows(named=True):
                groups.setdefault(row[column], []).append(row)
            self._groups[table, column] = groups
        return groups.get(value, [])

    def subscriptions(self, customer: Customer) -> list[Subscription]:
        """What subscriptions.csv says of one organization, in order of time."""
        found = [
            Subscription(
                row["subscription_id"],
                customer.organization_id,
                row["kind"],
                row["plan_id"],
                row["currency"],
                _instant(row["starts_at"], row["starts_date"], customer.zone),
                _end(row["ends_at"], row["ends_date"], customer.zone),
                self.written.get((SUBSCRIPTIONS, row["subscription_id"]), ""),
                row["changed_from"],
            )
            for row in self.rows(SUBSCRIPTIONS, customer.organization_id)
        ]
        return sorted(found, key=lambda each: each.starts_at)

    def items(self, subscription_id: str) -> list[Item]:
        """What subscription_items.csv says of one subscription."""
        own = self.rows_with(ITEMS, "subscription_id", subscription_id)
        return [Item(**{**row, "monthly_fee": Decimal(row["monthly_fee"])}) for row in own]

    def keys(self, customer: Customer) -> list[Key]:
        """What api_keys.csv says of one organization."""
        return [
            Key(
                row["api_key_id"],
                customer.organization_id,
                row["project_id"],
                row["name"],
                row["masked_prefix"],
                row["key_sha256"],
                row["payer"],
                row["subscription_id"] or None,
                row["valid_from_at"].replace(tzinfo=UTC),
                _last(row["valid_to_at"]),
                adopted=self.written.get((KEYS, row["api_key_id"]), ""),
            )
            for row in self.rows(KEYS, customer.organization_id)
        ]


def read_customer_files(folder: Path) -> CustomerFiles:
    """Read a catalog. Raises CatalogError with all its problems."""
    return CustomerFiles(folder, read_catalog(folder), written_rows(folder))


def written_rows(folder: Path) -> dict[tuple[str, str], str]:
    """Return what each row of subscriptions.csv and api_keys.csv says, with a subscription's items."""
    items: dict[str, list[dict[str, str]]] = {}
    for row in _texts(folder, ITEMS):
        items.setdefault(row["subscription_id"], []).append(row)
    written = {(KEYS, row["api_key_id"]): _json(row) for row in _texts(folder, KEYS)}
    for row in _texts(folder, SUBSCRIPTIONS):
        own = sorted(items.get(row["subscription_id"], []), key=lambda each: each["model_id"])
        written[SUBSCRIPTIONS, row["subscription_id"]] = _json({**row, "items": own})
    return written


def _texts(folder: Path, name: str) -> list[dict[str, str]]:
    text, _ = read_text(folder, FILES[name])
    return [] if text is None else row_texts(FILES[name], text)


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in row.items() if value}, sort_keys=True)


def _instant(given: datetime | None, day: date, zone: str) -> datetime:
    return given.replace(tzinfo=UTC) if given else start_of_day(day, zone)


def _end(given: datetime | None, day: date, zone: str) -> datetime | None:
    return None if day == LAST_DAY else _instant(given, day, zone)


def _last(instant: datetime) -> datetime | None:
    return None if instant == LAST_INSTANT else instant.replace(tzinfo=UTC)
