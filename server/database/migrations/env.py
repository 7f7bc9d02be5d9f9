"""Run by Alembic: brings the fixed tables up to date on the connection that `server/database/upgrade.py` hands over."""

from alembic import context

from server.database import tables  # noqa: F401
from server.database.types import metadata

# Tables made from workbooks are not Alembic's: see `ensure_table` in server/database/upgrade.py.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
