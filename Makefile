# `make help` lists what can be asked for. Everything happens in the environment
# .venv, which is made where there is none.

PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Figures are written to files; no window has to open.
export MPLBACKEND ?= Agg

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo demo-esn demo-forecasting test docs docs-test lint format bench \
	bench-search bench-peers bench-accuracy hooks clean

help: ## Print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' \
		| while IFS="$$(printf '\t')" read -r name what; do printf 'make %-16s %s\n' "$$name" "$$what"; done

demo: $(INSTALLED)-plot ## Predict a chaotic laser, and Apple's close: two tables, and a figure
	$(BIN)/python examples/plot_laser_and_apple.py

demo-esn: $(INSTALLED)-plot ## Forecast chaos with echo state networks: tables, and a figure
	$(BIN)/python examples/plot_echo_state.py

demo-forecasting: $(INSTALLED)-demo ## Compare forecasters: a table, and a figure
	$(BIN)/python examples/plot_forecasting_comparison.py

test: $(INSTALLED)-test ## Run all tests, doctests included
	$(BIN)/python -m pytest -n 2

docs: $(INSTALLED)-docs ## Build the site into docs/_build/html; it runs the examples
	$(BIN)/sphinx-build -M html docs docs/_build --fail-on-warning --keep-going

docs-test: docs ## Build what has changed of the site, open it in Chromium, follow its links
	$(BIN)/python -m pytest docs/tests

lint: $(INSTALLED)-lint ## Check style, spelling, the import contracts and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tools/copy_parameters.py --check
	$(BIN)/codespell
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(INSTALLED)-lint ## Lay out code, copy entries of docstrings, mend by ruff
	$(BIN)/python tools/copy_parameters.py
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)-bench ## Measure speed and memory against the bounds we promise
	$(BIN)/python -m benchmarks

bench-search: $(INSTALLED)-bench ## Measure grid searches: beside plain skorch, and on two cores
	$(BIN)/python -m benchmarks.speed.search

bench-peers: $(INSTALLED)-bench ## Measure other packages, each in its own environment
	$(BIN)/python -m benchmarks.speed.peers

bench-accuracy: $(INSTALLED)-bench ## Measure forecasts against the bounds we promise
	$(BIN)/python -m benchmarks.accuracy

hooks: $(INSTALLED)-dev ## Have git run the checks before each commit
	$(BIN)/pre-commit install

clean: ## Remove .venv and all that tools have left behind
	rm -rf $(VENV) .nox benchmarks/.envs build dist htmlcov .coverage .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
		docs/_build docs/auto_examples docs/api/generated docs/api/backreferences \
		docs/figures/drawn
	find sklearn_rnn tests benchmarks examples docs -name __pycache__ -prune \
		-exec rm -rf {} + 2>/dev/null || true

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		"sklearn-rnn needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] \
		+ "; name another one: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

# One stamp for each extra: pip runs again only where the requirements or the kernel's
# sources change.
KERNEL := CMakeLists.txt $(wildcard sklearn_rnn/_kernels/src/*)

$(INSTALLED)-%: pyproject.toml constraints.txt $(KERNEL) | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install --disable-pip-version-check \
		--constraint constraints.txt --editable '.[$*]'
	@touch $@

# The checks read the sources: nothing has to be built, and torch need not be there.
$(INSTALLED)-lint: pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt \
		$$($(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb")); \
		print(*project["project"]["optional-dependencies"]["lint"])')
	@touch $@
