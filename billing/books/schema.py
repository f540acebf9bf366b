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
from sqlalchemy import Connection, Engine

from billing.books.engine import WRITES, allow_rebuilding, require_references
from billing.books.postgresql import require_unicode
from billing.errors import BooksError

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, revision: str | None = None) -> None:
    """Run every missing revision, or those up to one, in a single transaction.

    Raises BooksError when the books were written by a newer version of the program.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    wanted = revision or scripts.get_current_head()
    with engine.connect() as connection:
        current = revision_of(connection)
    for each in (current, wanted):
        _require_known(scripts, each)
    if current == wanted:
        return
    with engine.execution_options(**{WRITES: True}).connect() as connection:
        allow_rebuilding(connection)
        with connection.begin():
            require_unicode(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, wanted or "head")
            require_references(connection)


def revision_of(connection: Connection) -> str | None:
    """Return the revision that the books are at; None before they are begun."""
    return MigrationContext.configure(connection).get_current_revision()


def _require_known(scripts: ScriptDirectory, revision: str | None) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise BooksError(
            f"The books are at revision {revision}, which this version does not know. "
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
