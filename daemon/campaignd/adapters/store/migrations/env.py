"""Runs migrations on the engine that was handed over; autogenerates against the tables."""

from alembic import context
from sqlalchemy import Engine

from campaignd.adapters.store.tables import ExecutionRow

engine: Engine = context.config.attributes["engine"]

with engine.connect().execution_options(campaignd_write=True) as connection:
    context.configure(
        connection=connection,
        target_metadata=ExecutionRow.metadata,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
