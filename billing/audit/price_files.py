"""From text to the row types of `price_rows`.

Here: one parser per file, with the csv module's texts and `Decimal`. Add one when a row type is
added. Keep out: opening files and naming the row that cannot be read (`catalog_files`).
"""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal

from billing.audit import price_rows as rows
from billing.audit.local_time import day_of, instant_of

Row = Mapping[str, str]
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def price_window(row: Row) -> rows.PriceWindow:
    """Read a row of price_windows.csv; no weekdays are all weekdays."""
    days = row["weekdays"].split() or WEEK
    return rows.PriceWindow(
        row["price_window_id"],
        time.fromisoformat(row["starts_time"]),
        time.fromisoformat(row["ends_time"]),
        frozenset(WEEK.index(day) for day in days),
        row["zone"],
    )


def region_uplift(row: Row) -> rows.RegionUplift:
    """Read a row of region_uplifts.csv."""
    return rows.RegionUplift(
        row["uplift_id"],
        row["provider"],
        row["model_id"],
        row["region"],
        Decimal(row["uplift_pct"]),
        instant_of(row["valid_from_at"]),
        instant_of(row["valid_to_at"]),
    )


def price_adjustment(row: Row) -> rows.PriceAdjustment:
    """Read a row of price_adjustments.csv."""
    return rows.PriceAdjustment(
        row["adjustment_id"],
        row["contract_id"],
        row["model_id"],
        row["family"],
        row["provider"],
        Decimal(row["off_pct"]),
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
    )


def model(row: Row) -> rows.Model:
    """Read a row of models.csv."""
    return rows.Model(row["model_id"], row["provider"], row["family"], row.get("modality", ""))


def model_alias(row: Row) -> tuple[str, str]:
    """Read a row of model_aliases.csv."""
    return row["alias"], row["model_id"]


def model_pattern(row: Row) -> rows.ModelPattern:
    """Read a row of model_patterns.csv."""
    return rows.ModelPattern(row["pattern"], int(row["precedence"]), row["model_id"])
