# Every target sets its own environment up: only python3 (3.11 or newer) is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-all soak check fix docs bench serve sandbox lock clean

demo: $(READY)
	@$(BIN)/campaignd demo

# The service, on a local Coval and Cotool of its own: no keys, no cost. Ctrl-C stops it.
serve: $(READY)
	@$(BIN)/campaignd serve --sandbox

# A local Coval and Cotool on 127.0.0.1:8322, to work against.
sandbox: $(READY)
	@$(BIN)/campaignd sandbox

test: $(READY)
	@$(BIN)/pytest -q -n 2 -m "not slow"

# Counting covered lines would double the time of the simulation, which has few of its own, and what
# a service holds is measured in a process that nothing else was tested in.
test-all: $(READY)
	@SEEDS=50 $(BIN)/pytest -q -n 2 --ignore=tests/endurance --cov --cov-report=term:skip-covered
	@MALLOC_ARENA_MAX=2 $(BIN)/pytest -q tests/endurance
	@SEEDS=2000 $(BIN)/pytest -q -n 2 tests/engine/simulation/test_seeds.py

# Seeds of the simulation (docs/reliability.md), then endurance (docs/performance.md).
# One of both: `make soak SEEDS=20000`, or `make soak EXECUTIONS=2000`; one seed: `make soak SEED=7`.
soak: $(READY)
	@$(if $(EXECUTIONS),,$(if $(SEED),SEED=$(SEED),SEEDS=$(or $(SEEDS),10000)) $(BIN)/pytest -q -n 2 tests/engine/simulation/test_seeds.py)
	@$(if $(or $(SEED),$(SEEDS)),,EXECUTIONS=$(or $(EXECUTIONS),2000) MINUTES=$(or $(MINUTES),10) MALLOC_ARENA_MAX=2 $(BIN)/pytest -q tests/endurance)

check: $(READY)
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@out=$$(PYTHONPATH=daemon $(BIN)/lint-imports --no-cache 2>&1) || { echo "$$out"; exit 1; }
	@out=$$($(BIN)/deptry daemon 2>&1) || { echo "$$out"; exit 1; }
	@echo "lint, types, layers and dependencies are fine"

fix: $(READY)
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

# The pages that are made from the code; tests fail where they are stale.
docs: $(READY)
	@$(BIN)/campaignd schema > docs/campaign.schema.json
	@$(BIN)/python -c 'from campaignd.core.diagrams import states_page; print(states_page(), end="")' > docs/states.md

bench: $(READY)
	@$(BIN)/python benchmarks/run.py

lock:
	uv pip compile --universal --generate-hashes --no-annotate --no-header --quiet \
	  --python-version 3.11 --group dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("campaignd needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
