"""Where a what-if finds things: the warehouse it reads and the scratch database it writes.

Here: names that both sides share. Keep out: statements.
"""

from dataclasses import dataclass

WAREHOUSE = "warehouse"
"""The attached warehouse; the scratch database is the current one and needs no name."""
REACHED = "reached_organization"
"""The table of the scratch database with everyone whose month may change.

`is_whole` tells that it may in every model.
"""
REACHED_USAGE = "reached_usage"
"""The one with the models (organization_id, billed_model_id) whose charges may change."""
KINDS_PER_STANDING = 1_048_576
"""A usage key is a standing times this plus a request kind."""


@dataclass(frozen=True)
class Relation:
    """A table or view that has the same place in both databases."""

    schema: str
    name: str

    @property
    def here(self) -> str:
        """Its name in the scratch database."""
        return f'"{self.schema}"."{self.name}"'

    @property
    def there(self) -> str:
        """Its name in the warehouse."""
        return f"{WAREHOUSE}.{self.here}"


USAGE_KEYS = Relation("intermediate", "dim_usage_key")
USED_KEYS = Relation("intermediate", "int_usage__used_keys")
STANDINGS = Relation("intermediate", "int_usage__standings")
KEY_TERMS = Relation("intermediate", "int_usage__key_terms")
QUARTER_HOURS = Relation("intermediate", "int_usage__quarter_hours")
MODEL_SLICES = Relation("intermediate", "int_rating__model_slices")
CHARGES = Relation("intermediate", "int_rating__charges")
UNPRICED = Relation("intermediate", "int_rating__unpriced")
USAGE_BY_SLICE = Relation("intermediate", "int_rating__usage_by_slice")
