"""What reading a damaged zip may raise; workbooks are zips too, so many places ask."""

from __future__ import annotations

import struct
import zipfile
import zlib

# RuntimeError is a password that is wrong or missing, and with its child NotImplementedError a way of packing that
# Python does not know; the others are bytes that are not what their neighbours say.
ZIP_DAMAGE = (
    zipfile.BadZipFile,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""Any of these from `zipfile` means: this archive, or this part of it, cannot be read."""
