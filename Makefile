# Two commands from nothing: `make demo` shows a year, `make test` passes. Everything lives in .venv and .thidua.
SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS  ?=

FIND_PYTHON = for p in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  command -v $$p >/dev/null 2>&1 && \
	  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && \
	  { echo $$p; exit 0; }; done; \
	  echo "make: Python 3.11, 3.12 or 3.13 is needed and was not found; name one with PYTHON=…" >&2; exit 1

.PHONY: setup demo test check check-tests check-types check-style lint bench chaos chaos-long mutants clean lock contracts

setup: $(STAMP)

$(STAMP): pyproject.toml deploy/requirements-dev.txt
	@python=$$($(FIND_PYTHON)) || exit 1; \
	if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --clear --python "$$(command -v $$python)" $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r deploy/requirements-dev.txt && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $$python -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "make: this Python cannot make virtual environments; install its venv package (Debian: python3-venv)" >&2; exit 1; }; \
	  $$python -m venv --clear $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-dev.txt && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/thidua demo $(ARGS)

test: $(STAMP)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

# What needs no server, side by side.
check: $(STAMP)
	@$(MAKE) --no-print-directory --jobs 2 check-tests check-types check-style

check-tests: $(STAMP)
	@$(BIN)/python -m pytest -q --numprocesses logical --maxprocesses 4 --dist loadfile tests/rules tests/contracts tests/architecture $(ARGS)

check-types: $(STAMP)
	@$(BIN)/mypy

check-style: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(STAMP)
	@$(BIN)/python -m tests.bench $(ARGS)

chaos: $(STAMP)
	@$(BIN)/python -m tests.live.chaos $(ARGS)

chaos-long: $(STAMP)
	@$(BIN)/python -m tests.live.chaos --long $(ARGS)

mutants: $(STAMP)
	@$(BIN)/python -m tests.live.chaos.proving $(ARGS)

contracts: $(STAMP)
	@$(BIN)/thidua contracts

lock:
	@for extras in "" "--extra embedded --extra kafka-admin --extra dev"; do \
	  out=deploy/requirements$${extras:+-dev}.txt; \
	  uv pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url --no-annotate --universal \
	    --python-version 3.11 $$extras pyproject.toml -o $$out; done

clean:
	@rm -rf $(VENV) .thidua .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
