# Everything a newcomer needs is `make demo` and `make test`; the rest is in CONTRIBUTING.md.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
only ?=

.PHONY: help demo walkthrough test screens bench faults hostile check format lock clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/made:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed, and '$(PYTHON)' was not found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "· making the virtual environment $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/runtime: requirements.lock pyproject.toml | $(VENV)/made
	@echo "· installing what the server needs, each file checked against its hash (a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/runtime
	@echo "· installing what checks and tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

demo: $(VENV)/runtime ## Start everything with a demonstration hall (Ctrl-C stops it)
	@$(BIN)/zhangban demo

walkthrough: $(VENV)/runtime ## Play the whole journey through HTTP and WebSocket, checking every result
	@$(BIN)/zhangban walkthrough $(args)

test: $(VENV)/dev ## Run every test, on real servers that it starts itself
	@echo "· starting PostgreSQL and Valkey, then the tests on $$($(BIN)/python -c 'import os; print(os.cpu_count())') processors"
	@$(BIN)/python -m pytest -n logical --dist worksteal $(args)

screens: $(VENV)/dev ## Take pictures of every page of a demonstration hall, the README's among them
	@$(BIN)/python -m tests.browser.screens

build/bench-site/made: requirements-bench.lock | $(VENV)/dev
	@echo "· installing what the bench compares with into build/bench-site"
	@rm -rf build/bench-site
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --target build/bench-site -r requirements-bench.lock
	@touch $@

bench: $(VENV)/dev build/bench-site/made ## Figures as ratios, side by side (only=catalog|cases|console|ingest|photos|size|sockets, or a figure's name)
	@$(BIN)/python -m tests.bench $(only)

faults: $(VENV)/dev ## Kill workers and PostgreSQL under load, and senders of 10,000 messages on bad days
	@$(BIN)/python -m tests.faults $(or $(rounds),200)
	@$(BIN)/python -m tests.faults messages $(or $(messages),10000)

hostile: $(VENV)/dev ## Send 1,000 hostile files; each is refused, or only its pixels are kept
	@HOSTILE_FILES=$(or $(files),1000) $(BIN)/python -m pytest -n logical --dist worksteal tests/materials/test_hostile.py

check: $(VENV)/dev ## Format, lint, types, floors
	@echo "· format";  $(BIN)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@echo "· lint";    $(BIN)/ruff check --quiet .
	@echo "· types";   $(BIN)/mypy --no-error-summary
	@echo "· floors";  mkdir -p build; $(BIN)/lint-imports --no-logo >build/floors.txt 2>&1 || { cat build/floors.txt; exit 1; }
	@echo "All static checks pass."

format: $(VENV)/dev ## Put the code into the project's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: ## Resolve the dependencies anew (needs uv)
	@command -v uv >/dev/null || { echo "uv is needed to resolve the dependencies: pip install uv"; exit 1; }
	uv lock --upgrade
	uv export --quiet --no-header --no-annotate --no-emit-project --no-dev -o requirements.lock
	uv export --quiet --no-header --no-annotate --no-emit-project --only-dev -o requirements-dev.lock
	uv export --quiet --no-header --no-annotate --no-emit-project --only-group bench -o requirements-bench.lock

clean: ## Remove what was made, the demonstration's data included
	rm -rf $(VENV) build .zhangban .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
