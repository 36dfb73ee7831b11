"""Web archives (MHTML): a page with its parts in one file, as SAP and Excel write them, mostly under .xls or .mht.

Only the pages that hold rows are taken out; pictures and styles are left, and nothing is fetched.
"""

from __future__ import annotations

import email
import tempfile
from email import policy
from pathlib import Path
from typing import TYPE_CHECKING

from connector.errors import RejectDrop
from connector.readers.archive import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.readers.archive import Member
    from connector.readers.limits import Limits, ReaderOptions

_ROWS = 2


def unpack_web_archive(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Iterator[Member]:
    """A copy of each page that holds rows, and its name as a label.

    Raises:
        RejectDrop: damaged, no page with a table in it, or over a limit.
    """
    del options
    pages = pages_in(path)
    if not pages:
        raise RejectDrop("this is a web archive (MHTML) without a table of data, or a damaged one; export the file "
                         "again, best as CSV or as an Excel workbook")  # fmt: skip
    if len(pages) > limits.members:
        raise RejectDrop(
            f"{len(pages):,} pages in one file; at most {limits.members:,} are allowed (setting reading.max_members)"
        )
    for name, content in pages:
        with tempfile.NamedTemporaryFile(prefix="page-", dir=spool, delete=False) as out:
            out.write(content)
        yield Path(out.name), name


def pages_in(path: Path) -> list[tuple[str, bytes]]:
    """Name and content of each page with two rows or more; the tabs and frames of a workbook have none."""
    with path.open("rb") as source:
        message = email.message_from_binary_file(source, policy=policy.compat32)
    found = []
    for number, part in enumerate(message.walk(), 1):
        if part.get_content_type() != "text/html":
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content.lower().count(b"<tr") >= _ROWS:
            place = str(part.get("Content-Location") or "").replace("\\", "/").rsplit("/", 1)[-1]
            found.append((label(place) or f"page {number}", content))
    return found
