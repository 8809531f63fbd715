# The whole life of a checkout in a few verbs; `make help` lists them.
# Files .venv/.have-* are stamps: what is done is not done again until a lock or a source of it changes.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: errors only; a first install is no place for the pip of this machine to talk about its settings.
PIP := $(BIN)/python -m pip -q -q
# The locks are whole, so nothing is left to resolve; and Python compiles what is imported, which is less than all.
HASHED := $(PIP) install --require-hashes --no-deps --no-compile
ASSETS := $(addprefix static/,package.json package-lock.json .npmrc hatch_build.py)
SOURCES := app tests static/hatch_build.py

# The matrices are small: BLAS threads would only fight each other for the cores.
export OPENBLAS_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What is imported is compiled once, not by each of the tests' processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run serve-campus test quick soak lint format bench lock clean ready browser chromium nginx

help: ## list these verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-22s%s\n", $$1, $$2}'

install: $(VENV)/.have-app static/vendor/.stamp ## make .venv with everything that `run` needs

run: install ## serve on http://127.0.0.1:8000; another port with PORT=8123
	@exec $(BIN)/python -m app --host $(HOST) --port $(PORT)

serve-campus: install nginx ## the same behind nginx, a process for each core; also PREFIX=/backprop and WORKERS=4
	@exec $(BIN)/python -m app deploy here --host $(HOST) --port $(PORT) \
	    $(if $(PREFIX),--root-path $(PREFIX)) $(if $(WORKERS),--workers $(WORKERS))

test: ## all checks, as CI runs them; what is drawn by lot is a sample, told in the first lines
	@$(MAKE) --no-print-directory -j2 ready browser
	$(TIDY)
	$(call BESIDE_TYPES,$(OUTSIDE))
	$(BROWSER)

quick: ready ## lint, types, engine, state and one page of each kind, within a minute
	$(TIDY)
	$(call BESIDE_TYPES,$(PYTEST) $(QUICK))

soak: ## all tests at full size, nothing left to lot; then the gates of load, which want the machine for themselves
	@$(MAKE) --no-print-directory -j2 ready browser
	$(OUTSIDE) --soak
	$(BROWSER) --soak
	$(BIN)/python -m pytest tests/soak --soak

lint: ready ## ruff and mypy
	$(TIDY)
	$(BIN)/mypy

format: $(VENV)/.have-tests ## let ruff tidy the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: ready ## measure speed (tests/bench)
	$(BIN)/python -m pytest tests/bench

clean: ## forget .venv, the assets and all caches
	rm -rf $(VENV) static/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find app tests static -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what is run -------------------------------------------------------------------------------------------

PYTEST := $(BIN)/python -m pytest --numprocesses=auto --dist=worksteal
OUTSIDE := $(PYTEST) --ignore=tests/browser --ignore=tests/bench --ignore=tests/soak
# A pytest of its own: after a sync Playwright test no event loop starts in that process. Two, each with a browser and a
# server, whose pages a file's tests hand on to each other.
BROWSER = CHROMIUM="$$($(FIND_CHROMIUM))" $(BIN)/python -m pytest tests/browser --numprocesses=2 --dist=loadfile
QUICK := tests/engine tests/state tests/pages/heads/test_question.py tests/web/test_every_page.py

define TIDY
$(BIN)/ruff check $(SOURCES)
$(BIN)/ruff format --check $(SOURCES)
endef

# mypy has a core to itself while tests are set up; what it says is told when they are through, not among their lines.
define BESIDE_TYPES
@echo "$(BIN)/mypy, and beside it $(1)"; \
	$(BIN)/mypy >$(VENV)/types.log 2>&1 & types=$$!; \
	$(1); tests=$$?; \
	wait $$types; wrong=$$?; cat $(VENV)/types.log; exit $$((tests | wrong))
endef

# --- how the stamps are made -------------------------------------------------------------------------------

$(VENV)/.have-python:
	@command -v $(PYTHON) >/dev/null || { echo "BackpropFlow needs Python 3.11 or newer, and $(PYTHON) was not found: try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "BackpropFlow needs Python 3.11 or newer, and this is $$($(PYTHON) --version 2>&1): try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module: on Debian or Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) (once; a minute or so)" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# For tests all locks are installed in one go, which the stamp of the first remembers.
ready: $(VENV)/.have-tests install
TESTS_TOO := $(if $(filter ready test quick soak lint format bench,$(MAKECMDGOALS)),-r requirements-test.txt)

$(VENV)/.have-runtime: requirements.txt requirements-build.txt requirements-node.txt | $(VENV)/.have-python
	@$(HASHED) -r requirements.txt -r requirements-build.txt $(TESTS_TOO)
	@case "$$(npm --version 2>/dev/null)" in \
	    ''|[0-6].*) echo "No npm of version 7 or newer here: taking it from requirements-node.txt" >&2; \
	                $(HASHED) -r requirements-node.txt;; \
	esac
	@echo "$(TESTS_TOO)" >$@

$(VENV)/.have-tests: requirements-test.txt $(VENV)/.have-runtime
	@grep -q . $(VENV)/.have-runtime && [ $(VENV)/.have-runtime -nt $< ] || $(HASHED) -r $<
	@touch $@

# Build tools come from the lock above, so the install itself fetches nothing. One pip at a time.
$(VENV)/.have-app: pyproject.toml $(VENV)/.have-runtime | $(if $(TESTS_TOO),$(VENV)/.have-tests)
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

# The install has filled static/vendor; this notices a later change, or a folder that was deleted.
static/vendor/.stamp: $(ASSETS) | $(VENV)/.have-app
	@$(BIN)/python static/hatch_build.py
	@touch $@

# --- the browser of tests/browser --------------------------------------------------------------------------

FIND_CHROMIUM = for name in "$$CHROMIUM" chromium-headless-shell chromium chromium-browser google-chrome; do \
	    command -v "$$name" && break; done

# The headless shell has no window to draw, which halves what a page costs.
chromium:
	@if [ -n "$$CHROMIUM" ] && ! command -v "$$CHROMIUM" >/dev/null; then \
	    echo "CHROMIUM=$$CHROMIUM is not a program" >&2; exit 1; fi
	@if [ -z "$$($(FIND_CHROMIUM))" ]; then \
	    root=""; [ "$$(id -u)" = 0 ] || root="sudo"; \
	    echo "No Chromium on PATH: installing Debian's" >&2; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    install="$$root apt-get -qq -o DPkg::Lock::Timeout=600 install --no-install-recommends"; \
	    { $$root apt-get -qq update && \
	      { $$install chromium-headless-shell 2>/dev/null || $$install chromium; }; } >/dev/null && \
	    [ -n "$$($(FIND_CHROMIUM))" ] || \
	    { echo "No Chromium for tests/browser: install one, or name it with CHROMIUM=/path/to/chrome" >&2; exit 1; }; \
	fi

browser: chromium nginx

# For `serve-campus`, and for tests that are skipped without it. The package is only unpacked: nothing is installed, and
# no service starts. In older releases nginx-core has the program.
nginx: | $(VENV)/.have-python
	@[ -n "$$(PATH="$$PATH:/usr/sbin:$(VENV)/nginx/usr/sbin" && command -v nginx)" ] || { \
	    mkdir -p $(VENV)/nginx && cd $(VENV)/nginx && \
	    for name in nginx nginx-core; do \
	        [ -x usr/sbin/nginx ] || apt-get -qq download $$name || \
	            { [ "$$(id -u)" = 0 ] && apt-get -qq update && apt-get -qq download $$name; }; \
	        [ -x usr/sbin/nginx ] || dpkg -x "$${name}"_*.deb .; \
	    done >/dev/null 2>&1; \
	    [ -x usr/sbin/nginx ] || echo "No nginx here, and none to be had: tests behind it are skipped" >&2; }

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
