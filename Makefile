# Everything runs from a bare Python 3.11 or newer: the first target that needs it makes .venv, with exactly what the
# lock files name. What is done leaves a stamp, so the second time costs nothing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
PYTHON_CODE := src tests $(wildcard bench)
# One more than the cores they are meant for: a third of their time, tests wait for browsers and for what is to happen.
TEST_PROCESSES := 3
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --quiet
# --no-build-isolation: the build backend is in the lock too, so nothing outside it is ever fetched.
INSTALL_POLYGATE := $(PIP) --no-deps --no-build-isolation --editable .
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-emit-options --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.PHONY: help
help:  ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUN_READY)  ## Start the gateway with a demo merchant (ARGS="--port 9000" and the like are handed on).
	@exec $(BIN)/polygate demo $(ARGS)

.PHONY: test
test: check  ## Run every check, then all tests (ARGS="tests/core -k refund" and the like are handed on).
	@echo "Running the tests"
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadgroup $(ARGS)

.PHONY: check
check: $(DEV_READY)  ## Check style, types and the direction of imports.
	@echo "Checking style"
	@$(BIN)/ruff check --quiet $(PYTHON_CODE)
	@$(BIN)/ruff format --quiet --check $(PYTHON_CODE)
	@echo "Checking types"
	@$(BIN)/mypy --no-error-summary $(PYTHON_CODE)
	@echo "Checking imports"
	@$(BIN)/lint-imports --no-logo

.PHONY: bench
bench: $(DEV_READY)  ## Measure payments per second on both stores, beside pgbench.
	@$(BIN)/python -m bench $(ARGS)

.PHONY: lock
lock: $(DEV_READY)  ## Bring the lock files in line with pyproject.toml (ARGS=--upgrade takes newer versions).
	@echo "Resolving what the gateway needs"
	@$(COMPILE) $(ARGS) --build-deps-for editable --output-file requirements.lock pyproject.toml
	@echo "Resolving what its development needs"
	@$(COMPILE) $(ARGS) --build-deps-for editable --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml

.PHONY: clean
clean:  ## Remove the environment, the caches and what was built; data directories stay.
	@rm -rf $(VENV) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist src/*.egg-info
	@find $(PYTHON_CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for python in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$("$$python" --version)"; \
			"$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); \
				echo "$$python cannot make virtual environments: install its venv module (python3-venv on Debian)." >&2; \
				exit 1; }; \
			exit 0; \
		fi; \
	done; \
	echo "Polygate needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1

$(RUN_READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the gateway needs"
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(INSTALL_POLYGATE)
	@touch $@

$(DEV_READY): requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what its development needs"
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@$(INSTALL_POLYGATE)
	@touch $@ $(RUN_READY)
