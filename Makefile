# Two commands are enough: `make demo` and `make test`. Both make their own environment in .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(sort $(wildcard plugins/*))
WHEELS := -e ".[sandbox]" $(foreach plugin,$(PLUGINS),-e $(plugin))
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PARTS := pyproject.toml constraints.txt $(foreach plugin,$(PLUGINS),$(plugin)/pyproject.toml)

# Tests start many processes: each would compile every module anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test lint types contracts tests docs clean

demo: $(VENV)/.demo  ## the main job, end to end, on the embedded sandbox
	@$(BIN)/crmbridge demo

test: lint types contracts tests  ## everything that must hold

lint: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.test
	$(BIN)/mypy

contracts: $(VENV)/.test
	$(BIN)/lint-imports

tests: $(VENV)/.test
	$(BIN)/pytest -n 2 --dist worksteal

docs: $(VENV)/.test  ## the documentation as a site, in the folder site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:  ## forget the environment and what tools leave behind
	rm -rf $(VENV) site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache crmbridge-demo

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade --constraint constraints.txt pip

$(VENV)/.demo: $(BIN)/python $(PARTS)
	$(PIP) install --constraint constraints.txt $(WHEELS)
	@touch $@

$(VENV)/.test: $(VENV)/.demo
	$(PIP) install --constraint constraints.txt $(WHEELS) --group dev
	@touch $@
