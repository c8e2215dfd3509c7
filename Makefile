# Every target sets its own environment up: only python3 (3.11 or newer) is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SEEDS ?= 10000

.PHONY: demo test test-all check fix bench serve lock clean

demo: $(READY)
	@$(BIN)/campaignd demo

serve: $(READY)
	@$(BIN)/campaignd serve

test: $(READY)
	@$(BIN)/pytest -q -n 2 -m "not slow"

test-all: $(READY)
	@$(BIN)/pytest -q -n 2 --cov --cov-report=term:skip-covered

check: $(READY)
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@PYTHONPATH=daemon $(BIN)/lint-imports --no-cache | tail -n 3
	@$(BIN)/deptry daemon --config pyproject.toml 2>&1 | tail -n 1

fix: $(READY)
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

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
