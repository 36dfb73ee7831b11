#!/usr/bin/env bash
# Pin every dependency with its hashes. The files name no registry, so they install from whichever one pip is set up with.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-header "$@"; }
compile pyproject.toml -o requirements.lock
compile --group build -o requirements-build.lock
compile pyproject.toml --group dev --group docs -o requirements-dev.lock
python3 scripts/check_lock.py
