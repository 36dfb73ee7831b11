"""What a person decides about single held rows of a drop that is through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.errors import Fatal

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("verdicts", sa.Column("decision", sa.Integer(), nullable=True))


def downgrade() -> None:
    message = "a ledger is never taken back to an older layout: that would lose audit. Restore a copy."
    raise Fatal(message)
