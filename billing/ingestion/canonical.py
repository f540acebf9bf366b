"""The canonical fields of a request, and what a log format says about each of them.

Here: the list of fields every format is compiled to. Add a field here and in `tables.py`. Keep
out: any single format (`formats/*.yaml`), compiling one (`mapping/`) and judging values
(`checks.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from billing.ingestion.tables import MAIN_METERS

TEXT_FIELDS = (
    "native_id",
    "kind",
    "response_id",
    "parent_id",
    "parent_relation",
    "started_at",
    "completed_at",
    "organization_id",
    "project_id",
    "key",
    "key_type",
    "requested_model",
    "answered_model",
    "provider",
    "region",
    "service_tier_asked",
    "service_tier",
    "is_byok",
    "outcome",
    "throttle_cause",
    "usage_quality",
    "source_cost_usd",
)
COUNT_FIELDS = (
    *MAIN_METERS,
    "cache_write_total",
    "input_total",
    "output_total",
    "latency_ms",
    "status_code",
)
FIELDS = TEXT_FIELDS + COUNT_FIELDS
BILL_FIELDS = (
    "bill_date",
    "provider",
    "model",
    "project",
    "api_key",
    "line_item",
    "currency",
    "amount",
    "service_tier",
    "is_byok",
    "is_batch",
    "requests",
    "input_total",
    "input_uncached",
    "cache_read",
    "cache_write_total",
    "output_total",
    "output_reasoning",
    "web_search",
)
KINDS = ("usage", "refund")
Holds = Literal["usage", "provider_bill"]
Repeats = Literal["conflict", "latest", "cumulative"]
KeyColumn = Literal["api_key_id", "key_sha256", "name"]


@dataclass(frozen=True)
class RowPlan:
    """How one logged row becomes several, as JSON paths; nothing to do when all are empty."""

    each: str = ""
    also: str = ""
    pairs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.each or self.also or self.pairs)


@dataclass(frozen=True)
class SourceFormat:
    """One log format, compiled; it holds requests, or what a provider says it counted.

    `columns` are read as text. `fields` maps a canonical field to an SQL expression over them
    and over the names of `nested` (name -> column and JSON path); a field left out is absent
    from every row. Counts stay text until they are judged. `other_meters` maps further meters
    to such expressions. `ignored` pairs the names of rows that are no requests with the
    condition that tells them. `version` orders the versions of a row whose `repeats` are not
    conflicts. `key_column` is the column of the catalog's keys that `key` is looked up in.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    fields: Mapping[str, str]
    holds: Holds = "usage"
    nested: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    other_meters: Mapping[str, str] = field(default_factory=dict)
    other_meters_object: str = ""
    ignored: tuple[tuple[str, str], ...] = ()
    key_column: KeyColumn = "api_key_id"
    repeats: Repeats = "conflict"
    version: str = ""
    rows: RowPlan = RowPlan()

    @property
    def is_bill(self) -> bool:
        """Whether it holds what a provider says it counted."""
        return self.holds == "provider_bill"

    def gives(self, name: str) -> bool:
        """Whether the format can say this field at all."""
        return name in self.fields
