"""The tables of the ledger, in the words of the project. Their history is in `migrations/versions`.

A time is UTC and aware on our side, whatever the database keeps. Bodies and long columns stand in tables of
their own, so that the rows which change often stay small.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


class Time(sa.types.TypeDecorator[datetime]):
    """An instant: aware on the way in, UTC and aware on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: nobody knows when it was."""
        del dialect
        if value is not None and value.tzinfo is None:
            message = f"a time without a zone: {value}"
            raise ValueError(message)
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back where the database does not keep it."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


drops = sa.Table(
    "drops",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folder", sa.Text),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # Between landed and planned: read and matched; being planned now.
    sa.Column("identified", sa.Boolean, nullable=False, default=False),
    sa.Column("planning", sa.Boolean, nullable=False, default=False),
    # Its totals did not come out even: finish is not asked for again before the next start.
    sa.Column("stuck", sa.Boolean, nullable=False, default=False),
    # Its file is in the archive: nothing is left to do.
    sa.Column("filed", sa.Boolean, nullable=False, default=False),
    sa.Column("landed_at", Time, nullable=False),
    sa.Column("planned_at", Time),
    sa.Column("closed_at", Time),
    sa.Column("archived_at", Time),
    # Its next step is not asked for before this time, and why; any step made ends that.
    sa.Column("due_at", Time),
    sa.Column("put_off", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("profile", sa.Text),
    sa.Column("mode", sa.Text),
    sa.Column("rows_read", sa.Integer),
    sa.Column("same_as", sa.ForeignKey("drops.id")),
    sa.Column("superseded_by", sa.ForeignKey("drops.id")),
    sa.Column("work_path", sa.Text),
    sa.Column("archive_path", sa.Text),
    sa.Column("report", sa.JSON, nullable=False, default=dict),
    # The packed drop it was opened from. No foreign key: not every database adds one to a table that is there.
    sa.Column("parent_id", sa.Integer),
    sa.Index(None, "fingerprint"),
    sa.Index(None, "parent_id"),
    sa.Index(None, "state", "identified"),
    sa.Index(None, "state", "lane", "id", "planning"),
    sa.Index(None, "lane", "archived_at"),
    sa.Index(None, "lane", "landed_at"),
    sa.Index(None, "filed", "state"),
)

drop_feeds = sa.Table(
    "drop_feeds",
    metadata,
    sa.Column("drop_id", sa.ForeignKey("drops.id"), primary_key=True),
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("records", sa.Integer, nullable=False),
    comment="How many records planning saw, which the verdicts must add up to.",
)

totals = sa.Table(
    "totals",
    metadata,
    sa.Column("drop_id", sa.ForeignKey("drops.id"), primary_key=True),
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("verdict", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    comment="The control totals of a closed drop.",
)

lots = sa.Table(
    "lots",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("drop_id", sa.ForeignKey("drops.id"), nullable=False),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("columns", sa.LargeBinary, nullable=False),
    sa.Index(None, "drop_id"),
    comment="The records of consecutive batches as columns: line, location, sku, value, and what was there before.",
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("drop_id", sa.ForeignKey("drops.id"), nullable=False),
    # Its records are `records` rows of the lot, from row `start` on.
    sa.Column("lot_id", sa.ForeignKey("lots.id"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    # What is urgent goes first: 0 stock that is gone, 1 stock that falls, 2 all else; then in the order planned.
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False, default=0),
    # What was acknowledged of it stands on the shelves.
    sa.Column("shelved", sa.Boolean, nullable=False, default=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("parent_id", sa.ForeignKey("batches.id")),
    sa.Column("due_at", Time, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("ack_id", sa.Text),
    sa.Column("settled_at", Time),
    sa.Index(None, "state", "drop_id", "urgency", "seq"),
    sa.Index(None, "drop_id", "seq"),
    sa.Index(None, "shelved", "state", "account", "feed"),
    sa.Index(None, "parent_id"),
)

payloads = sa.Table(
    "payloads",
    metadata,
    sa.Column("batch_id", sa.ForeignKey("batches.id"), primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    comment="The exact bytes of a batch.",
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("batch_id", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("ended_at", Time),
    sa.Column("outcome", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("status", sa.Integer),
    sa.Column("success_count", sa.Integer),
    sa.Column("failed_count", sa.Integer),
    sa.Column("ack_id", sa.Text),
    sa.Column("reply", sa.LargeBinary),
)

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("drop_id", sa.ForeignKey("drops.id"), nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("sheet", sa.Text),
    sa.Column("location", sa.Text),
    sa.Column("sku", sa.Text),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("value", sa.Text),
    # No foreign key: for a superseded record it names the batch of another drop, which set the newer value.
    sa.Column("batch_id", sa.Integer),
    sa.Column("faults", sa.JSON, nullable=False),
    # What a person has decided about a held row of a drop that is through. No foreign key, as for drops.parent_id.
    sa.Column("decision", sa.Integer),
    sa.Index(None, "drop_id", "feed", "line"),
    sa.Index(None, "sku"),
    sa.Index(None, "batch_id"),
)

unchanged = sa.Table(
    "unchanged",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("drop_id", sa.ForeignKey("drops.id"), nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("lines", sa.LargeBinary, nullable=False),
    sa.Index(None, "drop_id"),
)

shelves = sa.Table(
    "shelves",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("location", sa.Text, nullable=False),
    sa.UniqueConstraint("account", "feed", "location"),
    comment="One place of one feed: what is published there lies on its segments.",
)

segments = sa.Table(
    "segments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("shelf_id", sa.ForeignKey("shelves.id"), nullable=False),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("columns", sa.LargeBinary, nullable=False),
    sa.Index(None, "shelf_id", "id"),
    comment="Published values as columns: sku, value ('' in doubt), landing, batch. Of a SKU the latest counts.",
)

waits = sa.Table(
    "waits",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("until", Time, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    comment="Accounts whose deliveries rest.",
)

owners = sa.Table(
    "owners",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("since", Time, nullable=False),
    sa.Column("heartbeat_at", Time, nullable=False),
    comment="The one connector at work on this ledger; who it is, not the lock itself.",
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("cause", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", Time, nullable=False),
    sa.Column("said_at", Time),
    sa.Column("ended_at", Time),
    sa.Column("end_said", sa.Boolean, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    comment="What a person is or was to be told, so that a restart neither repeats nor forgets it.",
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("drop_id", sa.ForeignKey("drops.id"), nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", Time, nullable=False),
    # What the drop was held for when it was decided.
    sa.Column("about", sa.Text),
    # False once the drop was asked to be read anew: what was approved may not be what is in it now.
    sa.Column("stands", sa.Boolean, nullable=False),
    # The drop that came of it.
    sa.Column("made", sa.Integer),
    sa.Index(None, "drop_id"),
    sa.Index(None, "made"),
    comment="What persons decided about drops.",
)

catalogues = sa.Table(
    "catalogues",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    # The pull whose pages count; 0 while none was ever whole.
    sa.Column("pull", sa.Integer, nullable=False),
    sa.Column("products", sa.Integer, nullable=False),
    sa.Column("pulled_at", Time),
    sa.Column("tried_at", Time, nullable=False),
    sa.Column("failure", sa.Text),
    comment="The list of products of each account: which pull counts, and how the last one ended.",
)

catalogue_pages = sa.Table(
    "catalogue_pages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("pull", sa.Integer, nullable=False),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("columns", sa.LargeBinary, nullable=False),
    sa.Index(None, "account", "pull", "id"),
    comment="The products of a pull as columns: sku, mrp, esp, currency.",
)
