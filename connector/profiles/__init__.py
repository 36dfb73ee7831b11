"""Profiles: what a partner's file means. Load them, match a file to one (or to none), propose a new one.

`load` reads `config/profiles`, `reader_hints` says what a reader must be told before a file is opened, `match` makes
bindings of the tables a reader found, `suggest` writes a profile for a person to correct. Works on `model.Table` values
only: headers and sampled cells as text.
"""

from connector.profiles.exact import EXACT
from connector.profiles.headers import fingerprint
from connector.profiles.learned import Learned, headers_of, learn, trusting
from connector.profiles.loading import load
from connector.profiles.match import Match, Unmatched, match, reader_hints
from connector.profiles.profile import Profile, ReaderHints
from connector.profiles.suggest import suggest

__all__ = [
    "EXACT",
    "Learned",
    "Match",
    "Profile",
    "ReaderHints",
    "Unmatched",
    "fingerprint",
    "headers_of",
    "learn",
    "load",
    "match",
    "reader_hints",
    "suggest",
    "trusting",
]
