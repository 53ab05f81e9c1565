# Every target works from a clean clone: the virtual environment is a dependency of all that use it.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first of these that is Python 3.11 or newer makes the environment. Or: make PYTHON=/path test
PYTHON ?= python3.11 python3 python3.14 python3.13 python3.12
# How many tests run side by side; 0: in one process, which suits a debugger.
JOBS ?= 2
# More arguments for pytest, for example: make test ARGS='-k parser -x'
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Official clients of MCP for tests/interop, which cannot live in the same environment.
SDK1 := .venv-sdk1
SDK1_READY := $(SDK1)/.ready
NODE := tests/interop/node
NODE_READY := $(NODE)/node_modules/.ready
PYTEST := $(BIN)/python -m pytest -n $(JOBS) $(ARGS)
SOURCES := awswhitelist examples tests conftest.py setup.py $(wildcard benchmarks)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(READY) ## Open a hole in the sandbox's firewall and close it again, step by step
	$(BIN)/python examples/first_rule.py

.PHONY: test
test: $(READY) $(SDK1_READY) $(NODE_READY) ## Run the tests
	$(PYTEST)

.PHONY: check
check: lint typecheck $(SDK1_READY) $(NODE_READY) ## Run lint, typecheck, tests with branch coverage
	$(PYTEST) --cov --cov-report=term

.PHONY: format
format: $(READY) ## Format the code
	$(BIN)/black --quiet $(SOURCES)

.PHONY: lint
lint: $(READY) ## Check the format, the code (flake8) and the layers (import-linter)
	$(BIN)/black --quiet --check --diff $(SOURCES)
	$(BIN)/flake8 $(SOURCES)
	$(BIN)/lint-imports --no-logo

.PHONY: typecheck
typecheck: $(READY) ## Check the types (mypy, strict)
	$(BIN)/mypy

.PHONY: interop
interop: $(READY) $(SDK1_READY) $(NODE_READY) ## Install the official clients of MCP, or fail
	@if command -v node >/dev/null && [ ! -e $(NODE_READY) ]; then \
	    echo "The npm packages of $(NODE) are not installed." >&2; exit 1; \
	fi

.PHONY: bench
bench: $(READY) ## Run each script in benchmarks/, if there are any
	@for script in benchmarks/*.py; do \
	    if [ ! -e "$$script" ]; then echo "There are no benchmarks yet."; continue; fi; \
	    echo "== $$script"; $(BIN)/python "$$script" || exit 1; \
	done

.PHONY: clean
clean: ## Remove all that make made, the virtual environments too
	rm -rf $(VENV) $(SDK1) $(NODE)/node_modules build dist *.egg-info .coverage .coverage.* htmlcov
	rm -rf .mypy_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	find awswhitelist examples tests -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that was left half-made (no working pip) or is too old is made anew; a sound one
# is kept.
FITS := import sys, pip; sys.exit(sys.version_info < (3, 11))
FITS_TO_MAKE_ONE := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
# The version is in __init__.py: a new one must reach the installed metadata.
$(READY): requirements.txt requirements-dev.txt setup.py pyproject.toml awswhitelist/__init__.py
	@if ! $(BIN)/python -c '$(FITS)' >/dev/null 2>&1; then \
	    found=; \
	    for candidate in $(PYTHON); do \
	        if "$$candidate" -c '$(FITS_TO_MAKE_ONE)' >/dev/null 2>&1; then \
	            found="$$candidate"; break; \
	        fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo "No Python 3.11 or newer (with venv and ensurepip) among: $(PYTHON)" >&2; \
	        echo "Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; \
	        exit 1; \
	    fi; \
	    echo "Making $(VENV) with $$found"; \
	    "$$found" -m venv --clear $(VENV); \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    -r requirements.txt -r requirements-dev.txt --editable .
	@touch $@

# Another major version of the official SDK, and a bridge that needs it.
$(SDK1_READY): requirements-sdk1.txt | $(READY)
	$(BIN)/python -m venv --clear $(SDK1)
	$(SDK1)/bin/python -m pip install --quiet --disable-pip-version-check \
	    -r requirements-sdk1.txt
	@touch $@

# Without npm, or where its registry cannot be reached, the tests that need these packages are
# skipped and say so; CI does not accept that (`make interop`). Nobody's install script is run.
$(NODE_READY): $(NODE)/package.json $(NODE)/package-lock.json
	@if ! command -v npm >/dev/null; then \
	    echo "npm is not here: the tests with clients in TypeScript will be skipped."; \
	elif npm --prefix $(NODE) ci --ignore-scripts --no-audit --no-fund --loglevel=error \
	    --fetch-retries=1; then \
	    touch $@; \
	else \
	    echo "The npm packages of $(NODE) could not be installed: their tests will be skipped."; \
	fi
