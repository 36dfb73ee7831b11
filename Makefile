# Each target sets up what it needs by itself, in .venv beside this file. A second call finds it there.
# What is installed is exactly what the lock files pin, hashes checked. The registry is the one pip is set up with.

.PHONY: help setup demo test lint format run bench docs wheel lock clean
.DEFAULT_GOAL := help
SHELL := /bin/bash

CONFIG ?= config/connector.toml
ARGS ?=

# 3.11 is what we test with; any newer one that can make environments will do.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 /usr/bin/python3; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet --quiet
# The lock files name everything, so nothing is left to resolve: a release that comes out tomorrow cannot get in the way.
INSTALL := $(PIP) install --no-deps --require-hashes --only-binary :all:
# The project itself, as a link to this folder: nothing is fetched, its dependencies are there already.
LINK := $(PIP) install --no-deps --no-build-isolation --editable .

help:
	@echo "make setup   everything a developer needs, in $(VENV)"
	@echo "make demo    the main job on sample files, against the sandbox"
	@echo "make run     the daemon, with CONFIG=$(CONFIG)"
	@echo "make test    all tests, with the coverage of the floors without I/O (ARGS=... for some of them)"
	@echo "make lint    style, types, import floors, lock files"
	@echo "make format  put the code into the one style"
	@echo "make bench   the benchmarks"
	@echo "make docs    the manual, in docs/_build/html"
	@echo "make wheel   the connector as one file to install elsewhere, in dist/"
	@echo "make lock    pin the dependencies anew (asks the registry)"
	@echo "make clean   remove $(VENV) and everything built"

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "No Python 3.11 or newer that can make environments was found (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@echo "setup: environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# What the connector needs to run, and the command `connector`.
$(VENV)/.runtime: requirements.lock requirements-build.lock pyproject.toml | $(VENV)/bin/python
	@echo "setup: what the connector needs to run"
	@$(INSTALL) --requirement requirements.lock --requirement requirements-build.lock
	@$(LINK)
	@$(VENV)/bin/python -m compileall -q connector # as pip does with what it copies
	@touch $@

# What its developers need on top. odfpy (tests write ODS files with it) comes as source only.
$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "setup: what its developers need"
	@$(INSTALL) --no-binary odfpy --requirement requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev

demo: $(VENV)/.runtime
	@$(VENV)/bin/connector demo $(ARGS)

run: $(VENV)/.runtime
	@exec $(VENV)/bin/connector run --config $(CONFIG) $(ARGS)

# Coverage is measured over all tests; with ARGS, which chooses some, it would say nothing.
test: $(VENV)/.dev
	@$(VENV)/bin/python -m pytest $(or $(ARGS),--cov --cov-report=term --durations=5)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python scripts/check_lock.py

format: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# Each file of benchmarks/ is a script that prints its figures. ARGS are those of the delivery, which then runs alone.
BENCHMARKS = $(if $(ARGS),benchmarks/delivery.py,$(wildcard benchmarks/*.py))
bench: $(VENV)/.dev
	@for script in $(BENCHMARKS); do echo "== $$script"; $(VENV)/bin/python "$$script" $(ARGS) || exit 1; done

# A warning (a dead link, a page in no table of contents) fails the build.
docs: $(VENV)/.dev
	@$(VENV)/bin/python -m sphinx --quiet --fail-on-warning --keep-going -b html docs docs/_build/html
	@echo "The manual is in docs/_build/html/index.html"

wheel: $(VENV)/.runtime
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

lock: $(VENV)/.dev
	PATH="$$PWD/$(VENV)/bin:$$PATH" scripts/lock.sh

clean:
	rm -rf $(VENV) docs/_build dist build .coverage htmlcov .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
