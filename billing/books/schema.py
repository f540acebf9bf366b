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

from billing.books.engine import WRITES, allow_rebuilding, require_references
from billing.books.postgresql import require_unicode
from billing.errors import BooksError

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, revision: str = "head") -> None:
    """Run every revision that is missing up to one, all of them in one transaction.

    Raises BooksError when the books were written by a newer version of the program.
    """
    config = _config()
    current = current_revision(engine)
    _require_known(config, current)
    if current == ScriptDirectory.from_config(config).get_revision(revision).revision:
        return
    with engine.execution_options(**{WRITES: True}).connect() as connection:
        allow_rebuilding(connection)
        with connection.begin():
            require_unicode(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            require_references(connection)


def current_revision(engine: Engine) -> str | None:
    """Return the revision that the books are at; None before they are begun."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _require_known(config: Config, current: str | None) -> None:
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    if current is not None and current not in {script.revision for script in scripts}:
        raise BooksError(
            f"The books are at revision {current}, which this version does not know. "
            "Use the version of the program that wrote them, or a newer one."
        )


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
