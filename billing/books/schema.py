"""Bringing books to the newest revision, from inside the installed package.

Here: the programmatic Alembic configuration. Keep out: what a revision does
(`migrations/versions`).
"""

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from billing.books.engine import (
    WRITES,
    allow_rebuilding,
    begin_writing,
    require_references,
)
from billing.errors import BooksError

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Run every missing revision in one transaction; none when the books are up to date.

    Raises BooksError when the books were written by a newer version of the program.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is not None and current not in {
        script.revision for script in scripts.walk_revisions()
    }:
        raise BooksError(
            f"The books are at revision {current}, which this version does not know. "
            "Use the version of the program that wrote them, or a newer one."
        )
    with engine.execution_options(**{WRITES: True}).connect() as connection:
        allow_rebuilding(connection)
        with connection.begin():
            begin_writing(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            require_references(connection)


def schema_sql(dialect_name: str) -> str:
    """Print the whole schema as SQL of `dialect_name`, to be reviewed or run by hand."""
    output = io.StringIO()
    config = _config()
    config.attributes.update(dialect_name=dialect_name, output=output)
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
