"""What can go wrong at the ledger, beyond what `connector.errors` names."""

from __future__ import annotations

from connector.errors import ConnectorError, Fatal, LedgerUnavailable


class NoLedger(LedgerUnavailable):
    """There is none yet: nothing was ever done here."""


class NotOurs(ConnectorError):
    """The file could not be taken into the work folder: gone, or somebody else's. Nothing was written."""


class NoSuchEntry(ConnectorError):
    """A drop or batch number the ledger does not know."""


class ControlTotalsError(Fatal):
    """Rows read and verdicts differ: the drop is not closed. Never raised while the books are kept right."""


class IllegalStep(RuntimeError):
    """A defect of ours: a step that no arrow of the model allows, or records without a verdict."""
