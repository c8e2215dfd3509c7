"""The last good content of the service's campaign files; and the day's launches by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "last_good",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_index("ix_launch_sending_at", "launch", ["sending_at"])


def downgrade() -> None:
    op.drop_index("ix_launch_sending_at", "launch")
    op.drop_table("last_good")
