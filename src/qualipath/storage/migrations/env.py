"""Alembic's entry: runs on the connection, and in the transaction, that `schema.migrate` gives."""

from alembic import context

from qualipath.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
