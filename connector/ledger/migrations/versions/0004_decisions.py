"""What persons decided about drops."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.errors import Fatal

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.id"], name="fk_decisions_drop_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        comment="What persons decided about drops.",
    )
    op.create_index("ix_decisions_drop_id", "decisions", ["drop_id"])
    op.create_index("ix_decisions_made", "decisions", ["made"])


def downgrade() -> None:
    message = "a ledger is never taken back to an older layout: that would lose audit. Restore a copy."
    raise Fatal(message)
