"""What Alembic runs to bring books to the newest revision.

Here: the hand-over of the open connection, or of a dialect to print SQL for. Keep out:
addresses of databases; `billing.books.schema` opens them.
"""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(
        dialect_name=context.config.attributes["dialect_name"],
        as_sql=True,
        output_buffer=context.config.attributes["output"],
    )
else:
    context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
