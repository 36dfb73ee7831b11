"""Places drops come from: what is there (`local`), what is whole (`arrival`), when to look (`watch`)."""

from connector.sources.arrival import IGNORED_NAMES, Arrival, Because, Observation, Ready, Waiting
from connector.sources.local import WORK_FOLDER, LocalSource
from connector.sources.source import Ignored, Scan, Source
from connector.sources.watch import Watch

__all__ = [
    "IGNORED_NAMES",
    "WORK_FOLDER",
    "Arrival",
    "Because",
    "Ignored",
    "LocalSource",
    "Observation",
    "Ready",
    "Scan",
    "Source",
    "Waiting",
    "Watch",
]
