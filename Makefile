# `make demo` and `make test` are all a newcomer needs; both set up their own virtual environment.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
OUT ?= runs/demo
MYPY = $(CURDIR)/$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../mypy

.PHONY: demo test test-all lint types layers installed unit touched docs bench setup clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml setup.py constraints.txt .ci/setup
	.ci/setup $(PYTHON) $(VENV)
	touch $@

demo: setup  ## train the reference agent on MathRLVR-v0; report under runs/demo/
	$(BIN)/python -m veragym.agents.demo --out $(OUT)

test: lint types layers unit touched  ## everything CI runs

test-all: lint types layers  ## with the tests that take minutes
	$(BIN)/pytest -n $(WORKERS) -m "slow or not slow"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Both look at the installed wheel: there, and only there, the shelves lie where they are imported.
types: installed  ## mypy, strict for the contracts
	cd build/installed && $(MYPY) --strict \
	  -p veragym.core -p veragym.verifiers -p veragym.agents.objective
	cd build/installed && $(MYPY) -p veragym

layers: installed  ## imports point one way
	cd build/installed && $(CURDIR)/$(BIN)/lint-imports --no-cache --config ../../pyproject.toml

installed: setup
	rm -rf build/lib build/bdist.* build/wheels build/installed
	$(BIN)/python -m pip wheel --quiet --no-deps -w build/wheels .
	$(BIN)/python -m pip install --quiet --no-deps --target build/installed build/wheels/veragym-*.whl

unit: setup
	$(BIN)/pytest -n $(WORKERS) -m "not slow and not gpu"

# Quick mode on every id is a test; an id whose code is newer than its card is checked as for release.
touched: setup  ## the standard check, of environments whose code changed since their card
	for id in $$($(BIN)/python .ci/touched); do $(BIN)/veragym check $$id || exit 1; done

docs: setup  ## regenerate what is generated
	$(BIN)/python docs/generate.py

bench: setup  ## the numbers of the README, with the rivals in the same run
	$(BIN)/python benchmarks/environment.py
	$(BIN)/python benchmarks/verifier_maths.py
	$(BIN)/python benchmarks/verifiers.py

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
