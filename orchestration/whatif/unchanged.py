"""Which models another catalog leaves as they were.

Here: a model that reads nothing else than it did is the same, and need not be built. Keep out:
building, and whether the warehouse still stands on what its models were built from
(`orchestration.defs.rating.basis`).
"""

from collections.abc import Iterable

import duckdb

from billing.whatif.beside import Relation
from orchestration.whatif.graph import Model

_COLUMNS = "select column_name, column_type from (describe {table})"
_ROWS = "select count(*) from {table}"
_OTHER_ROWS = "(from {here} except all from {there}) limit 1"
"""Of as many rows on both sides: where all of these are among those, they are the same."""


class Unchanged:
    """Compares what the models of a month read in the scratch database and in the warehouse.

    `kept` are the relations both share. Where `is_comparable` is false nothing counts as the
    same: usage has other keys there, or the warehouse's models are of other inputs.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        kept: Iterable[Relation],
        *,
        is_comparable: bool,
    ) -> None:
        self._connection = connection
        self._is_comparable = is_comparable
        self._same = dict.fromkeys(kept, is_comparable)

    def others(self, model: Model) -> set[Relation]:
        """What a model reads that is not as it was; without any it is what the warehouse holds.

        It is asked after all that it reads.
        """
        found = {parent for parent in model.parents if not self.holds(parent)}
        self._same[model.relation] = not found
        return found

    def compare(self, relation: Relation) -> None:
        """Look whether a table that was built came to the same rows after all."""
        self._same[relation] = self._is_comparable and self._has_same_rows(relation)

    def holds(self, relation: Relation) -> bool:
        """Whether a relation is as it was; one that no model made is compared when first asked for."""
        if relation not in self._same:
            self.compare(relation)
        return self._same[relation]

    def _has_same_rows(self, relation: Relation) -> bool:
        for statement in (_COLUMNS, _ROWS):
            here, there = (
                self._connection.execute(statement.format(table=table)).fetchall()
                for table in (relation.here, relation.there)
            )
            if here != there:
                return False
        other = _OTHER_ROWS.format(here=relation.here, there=relation.there)
        return not self._connection.execute(other).fetchall()
