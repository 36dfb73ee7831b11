"""Where the files of a drop lie, and how a correction file and its original are called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from connector.files import safe_name

if TYPE_CHECKING:
    from datetime import date

_OTHER_FORMS = frozenset(
    ".xls .xlsx .xlsm .xlsb .xlt .xltx .xltm .ods .htm .html .xhtml .mht .mhtml .xml .zip .gz".split()  # noqa: SIM905
)
"""Endings of files that are no plain text: a text file, or one of another kind, must not be called like them."""

_TEXT_FORMS = frozenset({".csv", ".txt", ".tsv", ".tab", ".dat", ".json", ".jsonl"})
_CORRECTION = re.compile(r"(?P<name>.+)\.correction[^./]*(?P<ending>\.[^./]+)", re.DOTALL)


def result_folder(outbox: Path, *, day: date, landing: int, name: str) -> Path:
    """Where the files of a drop go: the day it landed, its landing number and the safe stem of its name."""
    return outbox / "results" / day.isoformat() / f"{landing}-{stem_of(name)}"


def stem_of(name: str) -> str:
    """The safe name of a file (the last part of a path) without its extension."""
    safe = safe_name(name.rpartition("/")[2])
    return Path(safe).stem or safe


def correction_name(name: str, ending: str) -> str:
    """What the correction file of a file is called: `stock.csv` -> `stock.correction.csv`.

    Where the ending cannot be that of the original, its whole name stays in front (`stock.xls.correction.xlsx`), so
    that `original_name` finds it again.
    """
    safe = safe_name(original_name(name.rpartition("/")[2]))
    own = Path(safe).suffix
    foreign = own.lower() in _OTHER_FORMS if ending != ".xlsx" else bool(own)
    if foreign and own.lower() != ending:
        return f"{safe}.correction{ending}"
    return f"{stem_of(safe)}.correction{own or ending}"


def original_name(name: str) -> str:
    """The name of the file a correction file was made for; any other name as it is.

    So a profile that goes by the name of a file, or finds the location in it, serves its correction file too.
    """
    found = _CORRECTION.fullmatch(name)
    if found is None:
        return name
    whole = Path(found["name"]).suffix.lower() in _OTHER_FORMS | _TEXT_FORMS
    return found["name"] if whole else found["name"] + found["ending"]
