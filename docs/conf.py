"""How Sphinx builds the manual: Markdown in, HTML that needs no internet out. Run by `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from connector import __version__

project = "Konnect Connector"
author = "the Konnect Connector authors"
version = release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
language = "en"

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3  # so that a page can point at a section of another, and a dead pointer is a warning

html_theme = "furo"
html_title = f"Konnect Connector {release}"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
