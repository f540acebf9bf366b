"""What the audit knows of the price book beyond its prices: one frozen row type per CSV file.

Here: windows, uplifts, percentages off, models and their patterns. Add one when list prices
depend on another file. Keep out: reading them (`price_files`) and what a contract agrees to as
an amount (`catalog_rows`).
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PriceWindow:
    """Hours of the week on the clocks of a zone; `weekdays` counts from Monday, which is 0."""

    price_window_id: str
    starts: time
    ends: time
    weekdays: frozenset[int]
    zone: str


@dataclass(frozen=True, slots=True)
class RegionUplift:
    """List prices of a provider, or of one of its models, are higher in a region."""

    uplift_id: str
    provider: str
    model_id: str
    region: str
    pct: Decimal
    valid_from_at: datetime
    valid_to_at: datetime


@dataclass(frozen=True, slots=True)
class PriceAdjustment:
    """A contract's percentage off list prices; at most one scope is filled in."""

    adjustment_id: str
    contract_id: str
    model_id: str
    family: str
    provider: str
    pct: Decimal
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is sold, with what scopes can name it by."""

    model_id: str
    provider: str
    family: str
    modality: str = ""


@dataclass(frozen=True, slots=True)
class ModelPattern:
    """Names of one shape mean a model; the lowest precedence wins."""

    pattern: str
    precedence: int
    model_id: str
