"""Telling a person: the words for each cause, when it is time to say them, and the boxes they are sent to.

apprise, which knows mail, chats and webhooks, is imported only when something is to be sent: it takes a third of a
second.
"""

from __future__ import annotations

from connector.alerts.box import Box, Post, wrong_url
from connector.alerts.due import Part, Rules, due
from connector.alerts.sayings import SAYINGS, Letter, Saying, letter, saying, trial_letter

__all__ = [
    "SAYINGS",
    "Box",
    "Letter",
    "Part",
    "Post",
    "Rules",
    "Saying",
    "due",
    "letter",
    "saying",
    "trial_letter",
    "wrong_url",
]
