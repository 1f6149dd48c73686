# Everything works from a machine that has python3.11 with venv, make and git: pip installs uv into
# .bootstrap, uv builds .venv; every download is checked against the hashes in requirements/.
# Repeated runs start at once; a changed lock installs again.

PYTHON ?= python3.11
WORKERS ?= logical
PYTEST_ARGS ?=
DEMO_ARGS ?=
BENCH_ARGS ?=
UPGRADE ?=

UV := .bootstrap/bin/uv
BIN := .venv/bin
PYTEST := pytest --numprocesses=$(WORKERS) --maxprocesses=4 $(PYTEST_ARGS)
SOURCES := src tests $(wildcard benchmarks)
COMPILE := pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(UPGRADE)

# An environment for development holds all that running needs, so it is never taken apart again.
RUNTIME := $(if $(wildcard .venv/.dev),.venv/.dev,.venv/.run)
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .

export UV_PYTHON_DOWNLOADS := never
# Proxies of administrations sign anew what passes: trust whom the system trusts.
export UV_SYSTEM_CERTS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench format lock install clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

demo: .venv/.runnable ## Play the City of Duisburg's story
	@$(BIN)/qualipath demo $(DEMO_ARGS)

test: .venv/.developable ## Run all tests
	@$(BIN)/python -m $(PYTEST)

check: .venv/.developable ## Format, lint, types, layers, and the quick tests with coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/coverage erase
	$(BIN)/coverage run -m $(PYTEST) -m "not long" -k "not postgresql" tests/unit tests/integration
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

bench: .venv/.developable ## Measure
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

format: .venv/.developable ## Format and mend what ruff can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

install: .venv/.developable ## Make the environment for development

lock: .bootstrap/.uv ## Renew the locks (UPGRADE=--upgrade: to the newest versions)
	$(UV) $(COMPILE) --group bootstrap --output-file requirements/bootstrap.txt
	$(UV) $(COMPILE) --extra postgres --group build --output-file requirements/run.txt pyproject.toml
	$(UV) $(COMPILE) --extra postgres --group build --group dev \
		--constraints requirements/run.txt --output-file requirements/dev.txt pyproject.toml
	@! grep --line-number '://' requirements/*.txt

clean: ## Remove environments, caches and builds
	rm -rf .bootstrap .venv build dist htmlcov .coverage .coverage.* .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache

.bootstrap/.uv: requirements/bootstrap.txt
	$(PYTHON) -m venv --clear .bootstrap
	.bootstrap/bin/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

.venv/.made: | .bootstrap/.uv
	$(UV) venv --quiet --clear --python .bootstrap/bin/python .venv
	@touch $@

.venv/.run: requirements/run.txt .venv/.made
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes $<
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.made
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes $<
	@touch $@

.venv/.runnable: pyproject.toml $(RUNTIME)
	$(INSTALL)
	@touch $@

.venv/.developable: pyproject.toml .venv/.dev
	$(INSTALL)
	@touch $@
