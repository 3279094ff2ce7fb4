# Outpost. Two commands matter: `make demo` shows it, `make test` proves it. Both prepare everything themselves.

# The first Python from 3.11 to 3.13 that is here (Kivy has no wheels for later ones); `make PYTHON=/path/to/python …` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Named after the lock's own sum: a changed lock is a new stamp, so the environment follows it.
READY := .venv/.ready-$(shell cat requirements.lock pyproject.toml | cksum | tr ' ' '-')
T ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench shots phone kiosk lock clean
.NOTPARALLEL:

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: $(READY) ## a running server on embedded SQLite with a demo company; prints the addresses and logins
	@$(BIN)/outpost demo

test: $(READY) ## every proof: lint, types, all tests (one file or folder: make test T=tests/sync)
	@$(BIN)/python tools/system_parts.py
	@$(BIN)/python tools/run_tests.py $(T)

check: $(READY) ## the fast part, about a minute: lint, types, architecture, contract and rules
	@$(BIN)/python tools/run_tests.py --fast

bench: $(READY) ## the figures of docs/figures.md, measured on this machine
	@$(BIN)/python tools/system_parts.py postgresql
	@$(BIN)/python -m tools.bench $(T)

shots: $(READY) ## screenshots of every screen of phone, tablet and console into docs/screens/
	@$(BIN)/python tools/system_parts.py
	@$(BIN)/python -m tools.shots

phone: $(READY) ## the phone app in a desktop window
	@$(BIN)/python -m mobile.main --face phone

kiosk: $(READY) ## the store tablet in a desktop window
	@$(BIN)/python -m mobile.main --face kiosk

lock: $(READY) ## compute requirements.lock anew from pyproject.toml
	@$(BIN)/python tools/lock.py

clean: ## remove what runs leave behind: environment, demo data, caches
	rm -rf .venv var demo-data shots build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo 'Outpost needs Python 3.11, 3.12 or 3.13; none was found. make PYTHON=/path/to/python names one.' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo 'This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Preparing .venv from requirements.lock (about a minute, once) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@rm -f .venv/.ready-*
	@touch $@
