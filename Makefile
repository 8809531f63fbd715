# The whole life of a checkout in a few verbs; `make help` lists them.
# Files .venv/.have-* are stamps: what is done is not done again until a lock or a source of it changes.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: errors only; a first install is no place for the pip of this machine to talk about its settings.
PIP := $(BIN)/python -m pip -q -q
HASHED := $(PIP) install --require-hashes
ASSETS := $(addprefix static/,package.json package-lock.json .npmrc hatch_build.py)
SOURCES := app tests static/hatch_build.py

# The matrices are small: BLAS threads would only fight each other for the cores.
export OPENBLAS_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test lint format bench lock clean chromium

help: ## list these verbs
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s%s\n", $$1, $$2}'

install: $(VENV)/.have-app static/vendor/.stamp ## make .venv with everything that `run` needs

run: install ## serve on http://127.0.0.1:8000; another port with PORT=8123
	@exec $(BIN)/python -m app --host $(HOST) --port $(PORT)

test: lint chromium ## all checks, as CI runs them
	$(BIN)/python -m pytest --ignore=tests/browser --ignore=tests/bench --numprocesses=auto --dist=loadfile
	CHROMIUM="$$($(FIND_CHROMIUM))" $(BIN)/python -m pytest tests/browser

lint: $(VENV)/.have-tests install ## ruff and mypy
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

format: $(VENV)/.have-tests ## let ruff tidy the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(VENV)/.have-tests install ## measure speed (tests/bench)
	$(BIN)/python -m pytest tests/bench

clean: ## forget .venv, the assets and all caches
	rm -rf $(VENV) static/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find app tests static -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how the stamps are made -------------------------------------------------------------------------------

$(VENV)/.have-python:
	@command -v $(PYTHON) >/dev/null || { echo "BackpropFlow needs Python 3.11 or newer, and $(PYTHON) was not found: try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "BackpropFlow needs Python 3.11 or newer, and this is $$($(PYTHON) --version 2>&1): try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module: on Debian or Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) (once; a minute or so)" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.have-runtime: requirements.txt requirements-build.txt requirements-node.txt | $(VENV)/.have-python
	@$(HASHED) -r requirements.txt -r requirements-build.txt
	@case "$$(npm --version 2>/dev/null)" in \
	    ''|[0-6].*) echo "No npm of version 7 or newer here: taking it from requirements-node.txt" >&2; \
	                $(HASHED) -r requirements-node.txt;; \
	esac
	@touch $@

# Build tools come from the lock above, so the install itself fetches nothing.
$(VENV)/.have-app: pyproject.toml $(VENV)/.have-runtime
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

# The install has filled static/vendor; this notices a later change, or a folder that was deleted.
static/vendor/.stamp: $(ASSETS) | $(VENV)/.have-app
	@$(BIN)/python static/hatch_build.py
	@touch $@

$(VENV)/.have-tests: requirements-test.txt $(VENV)/.have-runtime
	@$(HASHED) -r requirements-test.txt
	@touch $@

# --- the browser of tests/browser --------------------------------------------------------------------------

FIND_CHROMIUM = for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
	    command -v "$$name" && break; done

chromium:
	@if [ -n "$$CHROMIUM" ] && ! command -v "$$CHROMIUM" >/dev/null; then \
	    echo "CHROMIUM=$$CHROMIUM is not a program" >&2; exit 1; fi
	@if [ -z "$$($(FIND_CHROMIUM))" ]; then \
	    root=""; [ "$$(id -u)" = 0 ] || root="sudo"; \
	    echo "No Chromium on PATH: installing Debian's" >&2; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { $$root apt-get -qq update && \
	      $$root apt-get -qq -o DPkg::Lock::Timeout=600 install --no-install-recommends chromium; } >/dev/null && \
	    [ -n "$$($(FIND_CHROMIUM))" ] || \
	    { echo "No Chromium for tests/browser: install one, or name it with CHROMIUM=/path/to/chrome" >&2; exit 1; }; \
	fi

# --- the locks ---------------------------------------------------------------------------------------------

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 $(UPGRADE)

lock: $(VENV)/.have-python ## remake requirements*.txt from pyproject.toml; newer versions with UPGRADE=--upgrade
	@$(PIP) install uv
	$(COMPILE) pyproject.toml --output-file requirements.txt
	$(COMPILE) --group build --output-file requirements-build.txt
	$(COMPILE) --group node --output-file requirements-node.txt
	$(COMPILE) --group test -c requirements.txt -c requirements-build.txt --output-file requirements-test.txt
	cd static && npm install --package-lock-only --ignore-scripts --no-audit --no-fund
