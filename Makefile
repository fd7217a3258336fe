# Two commands from nothing: `make demo` shows a year, `make test` passes. Everything lives in .venv and .thidua.
SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
BROWSER := $(VENV)/.browser
OFFICE := $(VENV)/.office
WATCHERS := $(VENV)/.watchers
ARGS  ?=
# The demo and the tests start the same modules in a hundred processes: their bytecode is kept, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

FIND_PYTHON = for p in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  command -v $$p >/dev/null 2>&1 && \
	  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && \
	  { echo $$p; exit 0; }; done; \
	  echo "make: Python 3.11, 3.12 or 3.13 is needed and was not found; name one with PYTHON=…" >&2; exit 1

# Ours, or not there. A link leads to the environment of another checkout, which is not ours to clear.
VENV_IS_OURS = [ ! -L $(VENV) ] && { [ ! -e $(VENV) ] || [ -e $(STAMP) ] || [ -e $(VENV)/.made-by-make ]; }

.PHONY: setup demo test pages live check check-tests check-types check-style lint bench chaos chaos-long mutants ops compose-check sbom licences clean \
  distclean lock contracts

setup: $(STAMP)

$(STAMP): pyproject.toml deploy/requirements-dev.txt
	@if ! { $(VENV_IS_OURS); }; then \
	  echo "make: $(VENV) is there and was not made by make; move it away, or name another folder with VENV=…" >&2; exit 1; fi
	@python=$$($(FIND_PYTHON)) || exit 1; \
	if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --clear --python "$$(command -v $$python)" $(VENV) && touch $(VENV)/.made-by-make && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r deploy/requirements-dev.txt && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $$python -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "make: this Python cannot make virtual environments; install its venv package (Debian: python3-venv)" >&2; exit 1; }; \
	  $$python -m venv --clear $(VENV) && touch $(VENV)/.made-by-make && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-dev.txt && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/thidua demo $(ARGS)

test: $(STAMP) $(BROWSER)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

# Every page and form in both sizes and on paper, every reason and every paper, also in LibreOffice; pictures are in
# .test-pictures. `make test` opens some of them.
pages: $(STAMP) $(BROWSER) $(OFFICE)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 2 --dist loadfile -m apart \
	  tests/browser tests/papers tests/live/year --ignore tests/live/year/test_rebuilding.py \
	  --ignore tests/live/year/test_backup.py $(ARGS)

# Rebuilding, backups, faults of the broker and the database, the data of the last release: every case. `make test` has
# one of each kind.
live: $(STAMP)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 2 --dist loadfile -m apart \
	  tests/live/test_*.py tests/live/year/test_rebuilding.py tests/live/year/test_backup.py tests/wire tests/stores $(ARGS)

# Debian's Chromium, for the tests that look at pages. Where it cannot be installed they are skipped and say why.
$(BROWSER): $(STAMP)
	@command -v chromium >/dev/null 2>&1 || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && apt-get update -qq >/dev/null 2>&1 && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation \
	      >/dev/null 2>&1; } || \
	  echo "make: no chromium here, and it cannot be installed (it takes root and apt-get); the tests in tests/browser are skipped" >&2
	@touch $@

# Debian's LibreOffice Writer, which opens the Word files. Where it cannot be installed its tests are skipped and say why.
$(OFFICE): $(STAMP)
	@command -v soffice >/dev/null 2>&1 || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && apt-get update -qq >/dev/null 2>&1 && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libreoffice-writer-nogui \
	      fonts-dejavu-core >/dev/null 2>&1; } || \
	  echo "make: no LibreOffice here, and it cannot be installed (it takes root and apt-get); tests/papers/test_libreoffice.py is skipped" >&2
	@touch $@

# What needs no server, side by side; without what checks at random or in bulk (marked "thorough").
check: $(STAMP)
	@$(MAKE) --no-print-directory --jobs 2 check-tests check-types check-style

check-tests: $(STAMP)
	@$(BIN)/python -m pytest -q --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
	  -m 'not apart and not thorough' tests/rules tests/contracts tests/architecture $(ARGS)

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

ops: $(STAMP) $(WATCHERS)
	@$(BIN)/python -m pytest -q -m apart tests/architecture/test_alerts.py
	@$(BIN)/python -m tests.ops $(ARGS)

# Debian's Prometheus and Alertmanager, for `make ops`, which names what is missing. Where systemd runs, the packages start
# servers of their own beside those of `make ops`, which takes free ports.
$(WATCHERS): $(STAMP)
	@{ command -v prometheus && command -v prometheus-alertmanager && command -v prometheus-node-exporter; } >/dev/null 2>&1 || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && apt-get update -qq >/dev/null 2>&1 && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus prometheus-alertmanager \
	      prometheus-node-exporter >/dev/null 2>&1; } || \
	  echo "make: no Prometheus or Alertmanager here, and they cannot be installed (it takes root and apt-get)" >&2
	@touch $@

# What docker-compose.yml starts, as far as it starts without docker. Needs nginx, Java, Maven, Go and chromium.
compose-check: $(STAMP) $(BROWSER)
	@$(BIN)/python -m pytest -q tests/compose $(ARGS)

contracts: $(STAMP)
	@$(BIN)/thidua contracts

# The bill of materials of the image: CycloneDX, on standard output.
sbom: $(STAMP)
	@$(BIN)/python -m deploy.supply sbom

# The list of licences, to be renewed after `make lock`.
licences: $(STAMP)
	@$(BIN)/python -m deploy.supply licences

lock:
	@for extras in "" "--extra kafka-admin" "--extra embedded --extra kafka-admin --extra dev"; do \
	  case "$$extras" in *dev) out=deploy/requirements-dev.txt ;; "") out=deploy/requirements.txt ;; \
	    *) out=deploy/requirements-ops.txt ;; esac; \
	  uv pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url --no-annotate --universal \
	    --python-version 3.11 $$extras pyproject.toml -o $$out; done

# What can be made again. Data stay.
clean:
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .test-pictures .ops
	@if $(VENV_IS_OURS); then rm -rf $(VENV); else echo "make: $(VENV) was not made by make and stays"; fi
	@if [ -e .thidua ]; then echo "make: .thidua holds data and stays; make distclean asks whether to delete it"; fi

# Data too, after asking.
distclean: clean
	@python=$$($(FIND_PYTHON)) || exit 1; $$python -m deploy.stack.removal .thidua
