"""The first tables."""

import sqlalchemy as sa
from alembic import op

from campaignd.adapters.store.columns import UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_account()
    _create_event()
    _create_installation()
    _create_revision()
    _create_title()
    _create_execution()
    _create_agent_lock()
    _create_cell()
    _create_delivery()
    _create_explanation()
    _create_resource()
    _create_score()
    _create_launch()
    _create_duplicate()
    _create_simulation()
    _create_value()


def downgrade() -> None:
    for table in (
        "value",
        "simulation",
        "duplicate",
        "launch",
        "score",
        "resource",
        "explanation",
        "delivery",
        "cell",
        "agent_lock",
        "execution",
        "title",
        "revision",
        "installation",
        "event",
        "account",
    ):
        op.drop_table(table)


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("weighed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=True),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_event_execution", "event", ["execution", "id"], unique=False)


def _create_installation() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )


def _create_title() -> None:
    op.create_table(
        "title",
        sa.Column("test_case", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("test_case"),
    )


def _create_execution() -> None:
    op.create_table(
        "execution",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("deadline", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("given_up", sa.String(), nullable=True),
        sa.Column("given_up_at", UtcTime(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("gates", sa.JSON(), nullable=False),
        sa.Column("requests", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision"],
            ["revision.sha256"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_execution_campaign", "execution", ["campaign", "id"], unique=False)
    op.create_index("ix_execution_state", "execution", ["state"], unique=False)


def _create_agent_lock() -> None:
    op.create_table(
        "agent_lock",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("execution", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution"],
            ["execution.id"],
        ),
        sa.PrimaryKeyConstraint("agent_id"),
    )
    op.create_index("ix_agent_lock_execution", "agent_lock", ["execution"], unique=False)


def _create_cell() -> None:
    op.create_table(
        "cell",
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("simulations", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution"],
            ["execution.id"],
        ),
        sa.PrimaryKeyConstraint("execution", "number"),
    )


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("url_secret", sa.String(), nullable=True),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column(
            "next_attempt_at",
            UtcTime(),
            nullable=True,
        ),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["execution"],
            ["execution.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_delivery_due", "delivery", ["state", "next_attempt_at"], unique=False)
    op.create_index("ix_delivery_execution", "delivery", ["execution"], unique=False)


def _create_explanation() -> None:
    op.create_table(
        "explanation",
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("simulation_id", sa.String(), nullable=False),
        sa.Column("metric_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution"],
            ["execution.id"],
        ),
        sa.PrimaryKeyConstraint("execution", "simulation_id", "metric_id"),
    )


def _create_resource() -> None:
    op.create_table(
        "resource",
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("update_time", UtcTime(), nullable=True),
        sa.Column("cases", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["execution"],
            ["execution.id"],
        ),
        sa.PrimaryKeyConstraint("execution", "kind", "vendor_id"),
    )


def _create_score() -> None:
    op.create_table(
        "score",
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("read_at", UtcTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution"],
            ["execution.id"],
        ),
        sa.PrimaryKeyConstraint("execution", "agent", "run_id"),
    )


def _create_launch() -> None:
    op.create_table(
        "launch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("sending_at", UtcTime(), nullable=True),
        sa.Column("quiet_from", UtcTime(), nullable=True),
        sa.Column("launched_at", UtcTime(), nullable=True),
        sa.Column("begun_at", UtcTime(), nullable=True),
        sa.Column("moved_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("run_status", sa.String(), nullable=True),
        sa.Column("progress_total", sa.Integer(), nullable=False),
        sa.Column("progress_completed", sa.Integer(), nullable=False),
        sa.Column("progress_failed", sa.Integer(), nullable=False),
        sa.Column("progress_in_progress", sa.Integer(), nullable=False),
        sa.Column("given_up", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("aggregates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution", "cell"],
            ["cell.execution", "cell.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_launch_execution", "launch", ["execution"], unique=False)
    op.create_index("ix_launch_run", "launch", ["run_id"], unique=False)
    op.create_index("ix_launch_state", "launch", ["state"], unique=False)


def _create_duplicate() -> None:
    op.create_table(
        "duplicate",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("launch", sa.Integer(), nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["launch"],
            ["launch.id"],
        ),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("ix_duplicate_launch", "duplicate", ["launch"], unique=False)


def _create_simulation() -> None:
    op.create_table(
        "simulation",
        sa.Column("launch", sa.Integer(), nullable=False),
        sa.Column("simulation_id", sa.String(), nullable=False),
        sa.Column("mutation_id", sa.String(), nullable=True),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("test_case", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["launch"],
            ["launch.id"],
        ),
        sa.PrimaryKeyConstraint("launch", "simulation_id"),
    )


def _create_value() -> None:
    op.create_table(
        "value",
        sa.Column("launch", sa.Integer(), nullable=False),
        sa.Column("simulation_id", sa.String(), nullable=False),
        sa.Column("metric_id", sa.String(), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("texts", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["launch"],
            ["launch.id"],
        ),
        sa.PrimaryKeyConstraint("launch", "simulation_id", "metric_id"),
    )
