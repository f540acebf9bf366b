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
_OTHER_ROWS = """
(from {here} except all from {there}) union all (from {there} except all from {here}) limit 1
"""


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
        found = {parent for parent in model.parents if not self._holds(parent)}
        self._same[model.relation] = not found
        return found

    def compare(self, relation: Relation) -> None:
        """Look whether a table that was built came to the same rows after all."""
        self._same[relation] = self._is_comparable and self._has_same_rows(relation)

    def _holds(self, relation: Relation) -> bool:
        if relation not in self._same:
            self.compare(relation)
        return self._same[relation]

    def _has_same_rows(self, relation: Relation) -> bool:
        here, there = (
            self._connection.execute(_COLUMNS.format(table=table)).fetchall()
            for table in (relation.here, relation.there)
        )
        if here != there:
            return False
        other = _OTHER_ROWS.format(here=relation.here, there=relation.there)
        return not self._connection.execute(other).fetchall()
