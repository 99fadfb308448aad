# `make demo` and `make test` are all a newcomer needs; both set up their own virtual environment.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
OUT ?= runs/demo

.PHONY: demo test test-all lint types layers unit docs bench setup clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml setup.py constraints.txt .ci/setup
	.ci/setup $(PYTHON) $(VENV)
	touch $@

demo: setup  ## train the reference agent on MathRLVR-v0; report under runs/demo/
	$(BIN)/python -m veragym.agents.demo --out $(OUT)

test: lint types layers unit  ## everything CI runs

test-all: lint types layers  ## with the tests that take minutes
	$(BIN)/pytest -n $(WORKERS) -m "slow or not slow"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup  ## mypy on the installed wheel, strict for the contracts
	rm -rf build/typed build/lib build/bdist.*
	$(BIN)/python -m pip wheel --quiet --no-deps -w build/wheels .
	$(BIN)/python -m pip install --quiet --no-deps --upgrade --target build/typed build/wheels/veragym-*.whl
	cd build/typed && ../../$(BIN)/mypy --config-file ../../pyproject.toml --strict \
	  -p veragym.core -p veragym.verifiers -p veragym.agents.objective
	cd build/typed && ../../$(BIN)/mypy --config-file ../../pyproject.toml -p veragym

layers: setup  ## imports point one way
	$(BIN)/lint-imports

unit: setup
	$(BIN)/pytest -n $(WORKERS) -m "not slow and not gpu"

docs: setup  ## regenerate what is generated
	$(BIN)/python docs/generate.py

bench: setup  ## the numbers of the README, with the rivals in the same run
	$(BIN)/python benchmarks/environment.py
	$(BIN)/python benchmarks/verifier_maths.py

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
