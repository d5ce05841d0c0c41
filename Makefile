# Everything here needs only Python 3.11+, make and the package registry.
PYTHON ?= python3
PORT ?= 4180
HOME_DIR ?= $(CURDIR)/.evenkeel
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON_PREFERENCE := only-system
UV := .uv/bin/uv
BIN := .venv/bin
RUN_STAMP := .venv/.run-ready
DEV_STAMP := .venv/.dev-ready
SCORING := build/scoring
SCORING_STAMP := $(SCORING)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup up test test-slow e2e check fmt bench docs wheel lock clean

help: ## Show what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("evenkeel needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11 and run make again.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: its module ensurepip is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --no-input uv || { rm -rf .uv; echo "uv could not be installed: is a package registry configured and reachable?" >&2; exit 1; }

$(BIN)/python: | $(UV)
	$(UV) venv --quiet --python $(PYTHON) .venv

$(RUN_STAMP): requirements/run.lock pyproject.toml | $(BIN)/python
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/run.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(DEV_STAMP): requirements/dev.lock $(RUN_STAMP)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/dev.lock
	@touch $@

# MLflow's own scoring server, which one end-to-end test asks through the gateway.
$(SCORING_STAMP): requirements/scoring.lock | $(UV)
	@rm -rf $(SCORING)
	$(UV) venv --quiet --python $(PYTHON) $(SCORING)
	$(UV) pip install --quiet --python $(SCORING)/bin/python --require-hashes --compile-bytecode -r requirements/scoring.lock
	@touch $@

setup: $(RUN_STAMP) ## Create .venv with everything evenkeel needs to run

up: $(RUN_STAMP) ## Start evenkeel with a sample production on http://localhost:4180
	$(BIN)/evenkeel up --home "$(HOME_DIR)" --port $(PORT) --demo

test: $(DEV_STAMP) ## Run the tests (minutes)
	$(BIN)/pytest -m "not slow and not e2e" -n 2

test-slow: $(DEV_STAMP) ## Run the slow tests: crash schedules, kill -9, fuzzing
	$(BIN)/pytest -m "slow" -n 2

e2e: $(DEV_STAMP) $(SCORING_STAMP) ## Run the tests that drive the product from outside; renews the screenshots
	$(BIN)/pytest -m "e2e" -n 2 --dist loadfile

check: $(DEV_STAMP) ## Lint, formatting, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright

fmt: $(DEV_STAMP) ## Format the code and fix what can be fixed
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

bench: $(DEV_STAMP) ## Measure speed and size; prints a table with ratios
	$(BIN)/python -m bench

docs: $(DEV_STAMP) ## Regenerate the reference pages from the code
	$(BIN)/python scripts/generate_reference.py

wheel: $(UV) ## Build the wheel into dist/
	$(UV) build --quiet --wheel --python $(PYTHON) --out-dir dist

lock: $(UV) ## Renew the hashed requirements locks (they name no registry)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra server --extra export --extra demo pyproject.toml -o requirements/run.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra server --extra export --extra demo --extra nli --group dev pyproject.toml -o requirements/dev.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header requirements/scoring.in -o requirements/scoring.lock

clean: ## Remove what make created (never the data in .evenkeel)
	rm -rf .venv .uv .pytest_cache .ruff_cache build dist
