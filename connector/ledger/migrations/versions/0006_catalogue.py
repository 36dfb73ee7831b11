"""The products Konnect lists, account by account, so that unknown SKUs can be told before they are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.errors import Fatal

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "catalogues",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("pull", sa.Integer(), nullable=False),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.Column("pulled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", name="pk_catalogues"),
        comment="The list of products of each account: which pull counts, and how the last one ended.",
    )
    op.create_table(
        "catalogue_pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("pull", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_pages"),
        comment="The products of a pull as columns: sku, mrp, esp, currency.",
    )
    op.create_index("ix_catalogue_pages_account_pull_id", "catalogue_pages", ["account", "pull", "id"])


def downgrade() -> None:
    message = "a ledger is never taken back to an older layout: that would lose audit. Restore a copy."
    raise Fatal(message)
