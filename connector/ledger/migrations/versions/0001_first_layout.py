"""The first layout: drops, batches and their bodies, verdicts, what is published, who is at work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.errors import Fatal

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "drops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("identified", sa.Boolean(), nullable=False),
        sa.Column("planning", sa.Boolean(), nullable=False),
        sa.Column("stuck", sa.Boolean(), nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("landed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("put_off", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=True),
        sa.Column("same_as", sa.Integer(), nullable=True),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("work_path", sa.Text(), nullable=True),
        sa.Column("archive_path", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drops"),
        sa.ForeignKeyConstraint(["same_as"], ["drops.id"], name="fk_drops_same_as"),
        sa.ForeignKeyConstraint(["superseded_by"], ["drops.id"], name="fk_drops_superseded_by"),
    )
    op.create_index("ix_drops_filed_state", "drops", ["filed", "state"])
    op.create_index("ix_drops_fingerprint", "drops", ["fingerprint"])
    op.create_index("ix_drops_lane_archived_at", "drops", ["lane", "archived_at"])
    op.create_index("ix_drops_state_identified", "drops", ["state", "identified"])
    op.create_index("ix_drops_state_lane_id_planning", "drops", ["state", "lane", "id", "planning"])
    op.create_table(
        "drop_feeds",
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "feed", name="pk_drop_feeds"),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.id"], name="fk_drop_feeds_drop_id"),
        comment="How many records planning saw, which the verdicts must add up to.",
    )
    op.create_table(
        "totals",
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "feed", "verdict", name="pk_totals"),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.id"], name="fk_totals_drop_id"),
        comment="The control totals of a closed drop.",
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lots"),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.id"], name="fk_lots_drop_id"),
        comment="The records of consecutive batches as columns: line, location, sku, value, and what was there before.",
    )
    op.create_index("ix_lots_drop_id", "lots", ["drop_id"])
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("shelved", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ack_id", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.id"], name="fk_batches_drop_id"),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name="fk_batches_lot_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["batches.id"], name="fk_batches_parent_id"),
    )
    op.create_index("ix_batches_drop_id_seq", "batches", ["drop_id", "seq"])
    op.create_index("ix_batches_parent_id", "batches", ["parent_id"])
    op.create_index("ix_batches_state_drop_id_urgency_seq", "batches", ["state", "drop_id", "urgency", "seq"])
    op.create_index(
        "ix_batches_shelved_state_account_feed", "batches", ["shelved", "state", "account", "feed"]
    )
    op.create_table(
        "payloads",
        sa.Column("batch_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name="pk_payloads"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_payloads_batch_id"),
        comment="The exact bytes of a batch.",
    )
    op.create_table(
        "attempts",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("success_count", sa.Integer(), nullable=True),
        sa.Column("failed_count", sa.Integer(), nullable=True),
        sa.Column("ack_id", sa.Text(), nullable=True),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_attempts"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_attempts_batch_id"),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.id"], name="fk_verdicts_drop_id"),
    )
    op.create_index("ix_verdicts_batch_id", "verdicts", ["batch_id"])
    op.create_index("ix_verdicts_drop_id_feed_line", "verdicts", ["drop_id", "feed", "line"])
    op.create_index("ix_verdicts_sku", "verdicts", ["sku"])
    op.create_table(
        "unchanged",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unchanged"),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.id"], name="fk_unchanged_drop_id"),
    )
    op.create_index("ix_unchanged_drop_id", "unchanged", ["drop_id"])
    op.create_table(
        "shelves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shelves"),
        sa.UniqueConstraint("account", "feed", "location", name="uq_shelves_account_feed_location"),
        comment="One place of one feed: what is published there lies on its segments.",
    )
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shelf_id", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
        sa.ForeignKeyConstraint(["shelf_id"], ["shelves.id"], name="fk_segments_shelf_id"),
        comment="Published values as columns: sku, value ('' in doubt), landing, batch. Of a SKU the latest counts.",
    )
    op.create_index("ix_segments_shelf_id_id", "segments", ["shelf_id", "id"])
    op.create_table(
        "waits",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_waits"),
        comment="Accounts whose deliveries rest.",
    )
    op.create_table(
        "owners",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_owners"),
        comment="The one connector at work on this ledger; who it is, not the lock itself.",
    )


def downgrade() -> None:
    message = "a ledger is never taken back to an older layout: that would lose audit. Restore a copy."
    raise Fatal(message)
