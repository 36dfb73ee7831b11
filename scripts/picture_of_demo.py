"""Make docs/images/demo.png: a real run of `connector demo` as a terminal shows it. Needs Debian's chromium."""

from __future__ import annotations

import html
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).parents[1] / "docs" / "images" / "demo.png"
PAGE = """<meta charset="utf-8"><style>
body {{ margin: 0; background: #10151c; color: #d7dde5; font: 13px/1.35 "DejaVu Sans Mono", monospace; }}
pre {{ margin: 0; padding: 18px 22px; }} b {{ color: #7fd1b9; }}
</style><pre><b>$ make demo</b>
{text}</pre>"""
WIDTH, LINE = 1180, 17.6


def main() -> None:
    """Run the demo in a folder with a short name, draw what it printed."""
    with tempfile.TemporaryDirectory(prefix="shop-") as folder:
        run = subprocess.run(
            [sys.executable, "-m", "connector", "demo", "--in", f"{folder}/shop"],
            capture_output=True,
            text=True,
            check=True,
        )
        said = "\n".join(line.rstrip() for line in run.stdout.replace(folder, "/home/me").splitlines())
        page = Path(folder) / "page.html"
        page.write_text(PAGE.format(text=html.escape(said)), encoding="utf-8")
        height = int((said.count("\n") + 3) * LINE) + 40
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                f"--user-data-dir={folder}/profile",
                f"--window-size={WIDTH},{height}",
                f"--screenshot={TARGET}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )
    print(TARGET)


if __name__ == "__main__":
    main()
