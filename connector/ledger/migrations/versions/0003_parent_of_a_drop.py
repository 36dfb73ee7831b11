"""The packed drop that a drop was opened from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.errors import Fatal

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("drops", sa.Column("parent_id", sa.Integer(), nullable=True))
    op.create_index("ix_drops_parent_id", "drops", ["parent_id"])


def downgrade() -> None:
    message = "a ledger is never taken back to an older layout: that would lose audit. Restore a copy."
    raise Fatal(message)
