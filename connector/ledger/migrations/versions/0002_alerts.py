"""What a person is told of: the alerts, and an index to look at when the files of a lane landed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.errors import Fatal

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_said", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("cause", "key", name="pk_alerts"),
        comment="What a person is or was to be told, so that a restart neither repeats nor forgets it.",
    )
    op.create_index("ix_drops_lane_landed_at", "drops", ["lane", "landed_at"])


def downgrade() -> None:
    message = "a ledger is never taken back to an older layout: that would lose audit. Restore a copy."
    raise Fatal(message)
