"""A start waits for nothing it has no need of yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.story.shop import Shop, environment

LATER = ("numpy", "pandas", "pyarrow", "requests", "connector.shaping", "connector.readers.work")
"""What is imported while the first file is being read."""


def loaded_by(shop: Shop, *arguments: str) -> str:
    script = (
        "import sys, connector.cli\n"
        "try: connector.cli.main(sys.argv[1:])\n"
        f"finally: print('loaded:', *(name for name in {LATER!r} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=shop.folder, env=environment(), capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()[-1]


def test_no_tables_are_imported_before_there_is_a_file(shop: Shop) -> None:
    for command in ("once", "status", "drops"):
        assert loaded_by(shop, command) == "loaded:", command


def test_they_are_imported_with_the_first_file(shop: Shop) -> None:
    shop.drop("stock.csv", "Store Code,Item Code,Closing Stock\nBLR-01,A-1,4\n")
    assert "pyarrow" in loaded_by(shop, "once")


def test_a_folder_of_our_name_where_we_are_called_is_not_taken_for_us(shop: Shop) -> None:
    other = shop.folder / "connector" / "__init__.py"
    other.parent.mkdir()
    other.write_text("raise SystemExit('somebody else')")
    stock = shop.folder / "stock.csv"
    stock.write_text("Store Code,Item Code,Closing Stock\nBLR-01,A-1,4\n")
    command: list[str | Path] = [Path(sys.executable).with_name("connector"), "check", stock]
    done = subprocess.run(
        command, cwd=shop.folder, env=environment(), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "accept" in done.stdout


def test_a_dry_run_makes_no_client(shop: Shop) -> None:
    line = next(line for line in shop.config.read_text().splitlines() if line.startswith("# ca_bundle"))
    shop.configure((line, 'ca_bundle = "nowhere.pem"'))
    stock = shop.folder / "stock.csv"
    stock.write_text("Store Code,Item Code,Closing Stock\nBLR-01,A-1,4\n")
    (found,) = shop.json("check", str(stock))
    assert found["disposition"] == "accept"
