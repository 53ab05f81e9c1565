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
# The tool of MCP bundles, for tests/packaging.
BUNDLES := tests/packaging/node
BUNDLES_READY := $(BUNDLES)/node_modules/.ready
# For `make image`: the engine, and another base, for example one with a digest.
ENGINE ?= docker
BASE ?=
PYTEST := $(BIN)/python -m pytest -n $(JOBS) $(ARGS)
SOURCES := awswhitelist deploy examples scripts tests conftest.py setup.py $(wildcard benchmarks)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(READY) ## Open a hole in the sandbox's firewall and close it again, step by step
	$(BIN)/python examples/first_rule.py

.PHONY: test
test: $(READY) $(SDK1_READY) $(NODE_READY) $(BUNDLES_READY) ## Run the tests
	$(PYTEST)

.PHONY: check
check: lint typecheck $(SDK1_READY) $(NODE_READY) $(BUNDLES_READY) ## Run lint, typecheck, tests with branch coverage
	$(PYTEST) --cov --cov-report=term

.PHONY: format
format: $(READY) ## Format the code
	$(BIN)/black --quiet $(SOURCES)

.PHONY: lint
lint: $(READY) ## Check the format, the code (flake8, bandit) and the layers (import-linter)
	$(BIN)/black --quiet --check --diff $(SOURCES)
	$(BIN)/flake8 $(SOURCES)
	$(BIN)/lint-imports --no-logo
	$(BIN)/bandit --quiet --recursive --severity-level medium -c pyproject.toml awswhitelist deploy scripts
	$(BIN)/shellcheck deploy/*.sh
	$(BIN)/hadolint Dockerfile

.PHONY: typecheck
typecheck: $(READY) ## Check the types (mypy, strict)
	$(BIN)/mypy

.PHONY: interop
interop: $(READY) $(SDK1_READY) $(NODE_READY) $(BUNDLES_READY) ## Install the official clients of MCP, or fail
	@for ready in $(NODE_READY) $(BUNDLES_READY); do \
	    if command -v node >/dev/null && [ ! -e $$ready ]; then \
	        echo "Not installed: the npm packages of $$ready" >&2; exit 1; \
	    fi; \
	done

.PHONY: bench
bench: $(READY) ## Run each script in benchmarks/, if there are any
	@for script in benchmarks/*.py; do \
	    if [ ! -e "$$script" ]; then echo "There are no benchmarks yet."; continue; fi; \
	    echo "== $$script"; $(BIN)/python "$$script" || exit 1; \
	done

.PHONY: docs
docs: $(READY) ## Make the generated pages anew and build the site of docs/ in site/
	$(BIN)/python -m scripts.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

.PHONY: dist
dist: $(READY) ## Build the wheel, the source archive and the bundle for desktop clients, and check them
	rm -rf build dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/twine check --strict dist/*
	$(BIN)/python -m scripts.bundle dist/*.whl

.PHONY: audit
audit: $(READY) ## Look for known holes in what we depend on (pip-audit) and in our code (bandit)
	$(BIN)/bandit --quiet --recursive --severity-level medium -c pyproject.toml awswhitelist deploy scripts
	$(BIN)/python -m scripts.audit

.PHONY: release
release: $(READY) ## Record a release in git: make release VERSION=1.2.3 [ARGS=--dry-run]
	$(BIN)/python -m scripts.release "$(VERSION)" $(ARGS)

.PHONY: image
image: ## Build the container image: make image [ENGINE=podman] [BASE=image@sha256:...]
	$(ENGINE) build $(if $(BASE),--build-arg BASE=$(BASE)) --tag awswhitelist .

.PHONY: clean
clean: ## Remove all that make made, the virtual environments too
	rm -rf $(VENV) $(SDK1) $(NODE)/node_modules $(BUNDLES)/node_modules build dist site *.egg-info .coverage .coverage.* htmlcov
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
%/node_modules/.ready: %/package.json %/package-lock.json
	@if ! command -v npm >/dev/null; then \
	    echo "npm is not here: the tests that need the packages of $* will be skipped."; \
	elif npm --prefix $* ci --ignore-scripts --no-audit --no-fund --loglevel=error \
	    --fetch-retries=1; then \
	    touch $@; \
	else \
	    echo "The npm packages of $* could not be installed: their tests will be skipped."; \
	fi
