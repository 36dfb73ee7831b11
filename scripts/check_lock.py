"""Are the lock files whole, and in step with pyproject.toml? Asks no registry.

Run by `make lint`. Needs nothing but the standard library and `packaging`, which the development set brings.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent


def pins(lock: Path, faults: list[str]) -> dict[str, Version]:
    """The pinned version of each package of a lock file; what is no pin with a hash goes to `faults`."""
    found: dict[str, Version] = {}
    for entry in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if "://" in entry or entry.startswith("-"):
            faults.append(f"{lock.name}: names a registry or a path, so it only installs here: {entry[:80]}")
        elif "--hash=sha256:" not in entry:
            faults.append(f"{lock.name}: has no hash: {entry[:80]}")
        else:
            requirement = Requirement(entry.split("--hash", 1)[0].strip())
            version = str(requirement.specifier).removeprefix("==")
            found[canonicalize_name(requirement.name)] = Version(version)
    return found


def wanted(group: list[Any], groups: dict[str, list[Any]]) -> list[Requirement]:
    """The requirements of a dependency group, with the groups it includes."""
    found = []
    for entry in group:
        if isinstance(entry, dict):
            found += wanted(groups[entry["include-group"]], groups)
        else:
            found.append(Requirement(entry))
    return found


def main() -> int:
    """Print each fault; 1 when there is one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    runtime = [Requirement(entry) for entry in project["project"]["dependencies"]]
    everything = [*runtime, *wanted(groups["dev"], groups), *wanted(groups["docs"], groups)]
    locks = {
        "requirements.lock": runtime,
        "requirements-build.lock": wanted(groups["build"], groups),
        "requirements-dev.lock": everything,
    }
    faults: list[str] = []
    pinned = {name: pins(ROOT / name, faults) for name in locks}
    for name, requirements in locks.items():
        for requirement in requirements:
            version = pinned[name].get(canonicalize_name(requirement.name))
            if version is None:
                faults.append(f"{name}: lacks {requirement.name}, which pyproject.toml asks for")
            elif version not in requirement.specifier:
                faults.append(f"{name}: pins {version}, pyproject.toml asks for {requirement}")
    for name in ("requirements.lock", "requirements-build.lock"):
        for package, version in pinned[name].items():
            other = pinned["requirements-dev.lock"].get(package)
            if other != version:
                faults.append(f"requirements-dev.lock: pins {package} {other}; {name} pins {version}")
    for fault in faults:
        print(fault)
    if faults:
        print("Mend it with scripts/lock.sh")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
