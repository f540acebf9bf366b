"""What Dagster remembers of runs, kept open between events.

Here: Dagster's own SQLite log of events, which opens and closes a database and compiles its
statements anew for each of the thousand events of a close; that took longer than all the SQL of a
small month. Keep out: what the events say. What is lost when the machine dies is history of runs,
never money: the books write for themselves.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event

if TYPE_CHECKING:
    from dagster._serdes import ConfigurableClassData

BUSY_SECONDS = 60
MOST_OPEN = 8


class RunHistory(SqliteEventLogStorage):
    """Dagster's event log with an engine for each of the databases used last."""

    def __init__(self, base_dir: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls,
        inst_data: "ConfigurableClassData | None",
        config_value: Any,  # noqa: ANN401  # two classes above, two types
    ) -> Self:
        """As Dagster makes it from `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None) or self._open(shard)
        self._engines[shard] = engine
        while len(self._engines) > MOST_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def _open(self, shard: str) -> Engine:
        engine = create_engine(
            self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS}
        )
        event.listen(engine, "connect", _wait_for_no_disk)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine


def _wait_for_no_disk(connection: Any, _record: object) -> None:  # noqa: ANN401  # sqlite3's own
    connection.execute("pragma synchronous = off")
