"""Who else can do it: tools that push a CSV file to an HTTP API, each used as its manual says.

They are installed into a folder of their own, by `install`; none is ever a dependency of the project.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "peers"
QUIET = {"DO_NOT_TRACK": "1", "RUNTIME__DLTHUB_TELEMETRY": "false"}  # nobody is told of our runs


@dataclass(frozen=True)
class Peer:
    """One tool: how it is called (file and URL come behind), what it needs, whether it runs until stopped."""

    name: str
    title: str
    command: tuple[str, ...]
    needs: str  # a key of `INSTALLERS`
    daemon: bool = False
    sends: bool = True


PEERS = (
    Peer("mq-bridge", "mq-bridge (Rust)", ("{python}", "{scripts}/mqbridge.py"), "python"),
    Peer("dlt", "dlt, arrow batches", ("{python}", "{scripts}/dlt_arrow.py"), "python"),
    Peer("drt", "drt (reverse ETL)", ("{python}", "{scripts}/drt_sync.py"), "python"),
    Peer("node", "node papaparse + undici", ("node", "{node}/push.mjs"), "node"),
    Peer("miller", "Miller + curl", ("bash", "{scripts}/miller.sh"), "miller"),
    Peer("syslog-ng", "syslog-ng", ("bash", "{scripts}/syslog_ng.sh"), "syslog-ng", daemon=True),
    Peer(
        "polars", "polars + aiohttp script, no audit", ("{python}", "{scripts}/polars_aiohttp.py"), "python"
    ),
    Peer("naive", "pandas + requests script, audit rows", ("{python}", "{scripts}/naive.py"), "python"),
    Peer("naive-bare", "the same without audit", ("{python}", "{scripts}/naive_bare.py"), "python"),
    Peer(
        "calamine",
        "python-calamine, reading only",
        ("{python}", "{scripts}/calamine_read.py"),
        "python",
        sends=False,
    ),
)


class NotHadError(Exception):
    """A tool that cannot be had here, with the reason."""


class Peers:
    """The tools that could be had, and why the others could not."""

    def __init__(self, folder: Path) -> None:
        self._places = {
            "python": folder / "py" / "bin" / "python",
            "node": folder / "node",
            "scripts": SCRIPTS,
        }
        self._reasons: dict[str, str | None] = {}

    def missing(self, peer: Peer) -> str | None:
        """Install what `peer` needs, once; the reason when that does not work."""
        if peer.needs not in self._reasons:
            try:
                INSTALLERS[peer.needs](self._places)
                self._reasons[peer.needs] = None
            except (NotHadError, OSError, subprocess.CalledProcessError) as reason:
                self._reasons[peer.needs] = str(reason)
        return self._reasons[peer.needs]

    def command(self, peer: Peer, file: Path, server: str) -> list[str]:
        """The whole command line."""
        return [*(part.format(**self._places) for part in peer.command), str(file), server]


def _install_python(places: dict[str, Path]) -> None:
    folder, wanted = places["python"].parents[1], SCRIPTS / "requirements.txt"
    mark = folder / "installed.txt"
    if mark.exists() and mark.read_bytes() == wanted.read_bytes():
        return
    venv.create(folder, with_pip=True, clear=True)
    _run(
        str(places["python"]),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        str(wanted),
    )
    shutil.copyfile(wanted, mark)


def _install_node(places: dict[str, Path]) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        raise NotHadError("node and npm are not on this machine")
    folder = places["node"]
    shutil.copytree(SCRIPTS / "node", folder, dirs_exist_ok=True)
    if not (folder / "node_modules").exists():
        _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", cwd=folder)


def _debian(program: str, *packages: str) -> Callable[[dict[str, Path]], None]:
    def install(_places: dict[str, Path]) -> None:
        if shutil.which(program):
            return
        if not shutil.which("apt-get") or os.geteuid() != 0:
            raise NotHadError(
                f"{program} is not on this machine (Debian: apt-get install {' '.join(packages)})"
            )
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)

    return install


INSTALLERS = {
    "python": _install_python,
    "node": _install_node,
    "miller": _debian("mlr", "miller", "curl"),
    "syslog-ng": _debian("syslog-ng", "syslog-ng-core", "syslog-ng-mod-http"),
}


def _run(*command: str, cwd: Path | None = None) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print(f"installing: {' '.join(command[:4])} …", file=sys.stderr)
    subprocess.run(command, cwd=cwd, env=quiet, check=True, stdout=subprocess.DEVNULL)
