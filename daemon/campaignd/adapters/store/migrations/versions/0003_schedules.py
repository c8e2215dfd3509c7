"""Schedules: since when lines are known, what is paused, and what became of each moment."""

import sqlalchemy as sa
from alembic import op

from campaignd.adapters.store.columns import UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "schedule_line",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("cron", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("known_since", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "cron", "timezone"),
    )
    op.create_table(
        "schedule_pause",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("paused_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("campaign"),
    )
    op.create_table(
        "schedule_moment",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("moment", UtcTime(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.Column("execution", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "moment"),
    )


def downgrade() -> None:
    for table in ("schedule_moment", "schedule_pause", "schedule_line"):
        op.drop_table(table)
