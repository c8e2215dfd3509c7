"""What gates compare with, and how often an execution was written."""

import sqlalchemy as sa
from alembic import op

from campaignd.adapters.store.columns import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "execution", sa.Column("version", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "compared_file",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "pin",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("pinned_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["execution"], ["execution.id"]),
        sa.PrimaryKeyConstraint("campaign", "account"),
    )
    op.create_table(
        "comparison",
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["execution"], ["execution.id"]),
        sa.ForeignKeyConstraint(["file"], ["compared_file.sha256"]),
        sa.PrimaryKeyConstraint("execution", "source", "name"),
    )


def downgrade() -> None:
    for table in ("comparison", "pin", "compared_file"):
        op.drop_table(table)
    op.drop_column("execution", "version")
