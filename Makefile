# Everything here needs python3 (3.10 or newer) and works in this checkout's own .venv. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test lint unit-test site-test benchmark clean
.DEFAULT_GOAL := help

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

demo: $(VENV)/.ready ## run the demo: a billing year in the simulator, no bench needed
	@$(BIN)/paygent-billing demo

test: lint unit-test site-test ## lint, the tests without Frappe, and those on a site when there is a bench

lint: $(VENV)/.ready-to-test ## style, formatting, the arrows between packages, types in core
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy
	@if [ -x $(BIN)/preflight ]; then $(BIN)/preflight --path . --target v16 || echo "prefly only advises"; fi

unit-test: $(VENV)/.ready-to-test ## the tests that need no Frappe
	@$(BIN)/python -m pytest

site-test: $(VENV)/.ready ## the tests on a throwaway site; ARGS="--module ..." goes to bench run-tests
	@$(BIN)/python -m throwaway_site test $(ARGS)

benchmark: $(VENV)/.ready ## every benchmark, or one: NAME=engine
	@$(BIN)/python -m benchmarks.run $(NAME)

clean: ## remove what the other targets made here
	rm -rf $(VENV) .venv-site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.ready-to-test: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.ready
