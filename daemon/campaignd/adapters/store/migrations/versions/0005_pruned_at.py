"""Since when what was measured by an execution is gone."""

import sqlalchemy as sa
from alembic import op

from campaignd.adapters.store.columns import UtcTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("execution", sa.Column("pruned_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("execution", "pruned_at")
