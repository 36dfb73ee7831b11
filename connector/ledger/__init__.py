"""The audit database: what landed, what was sent, what became of every row (decision 1: it is the truth)."""

from __future__ import annotations

from connector.ledger.catalogue import Catalogue, CatalogueBook, as_products, as_texts, skus
from connector.ledger.claims import Member, Opened
from connector.ledger.decisions import Choice, Decision, OwnFile
from connector.ledger.entries import Attempt, BatchSummary
from connector.ledger.faults import ControlTotalsError, IllegalStep, NoLedger, NoSuchEntry, NotOurs
from connector.ledger.heldrows import HeldRow
from connector.ledger.history import Entry
from connector.ledger.ledger import Ledger
from connector.ledger.opening import open_ledger
from connector.ledger.packing import records_of
from connector.ledger.queries import Owner, Queries, Status, Waiting
from connector.ledger.restart import Recovered
from connector.ledger.reversal import SetBy

__all__ = [
    "Attempt",
    "BatchSummary",
    "Catalogue",
    "CatalogueBook",
    "Choice",
    "ControlTotalsError",
    "Decision",
    "Entry",
    "HeldRow",
    "IllegalStep",
    "Ledger",
    "Member",
    "NoLedger",
    "NoSuchEntry",
    "NotOurs",
    "Opened",
    "OwnFile",
    "Owner",
    "Queries",
    "Recovered",
    "SetBy",
    "Status",
    "Waiting",
    "as_products",
    "as_texts",
    "open_ledger",
    "records_of",
    "skus",
]
