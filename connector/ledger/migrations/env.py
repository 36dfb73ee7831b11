"""Run by Alembic for each migration, on the connection and inside the transaction it is handed."""

from __future__ import annotations

from alembic import context

from connector.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
