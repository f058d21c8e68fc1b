# The commands of Gridleaf. `make day` and `make test` set everything up by themselves.
PYTHON := .venv/bin/python
REGION ?= all
DATE ?=
SEED ?=

# In a worker each; what takes longest goes first (tests/durations.json).
PYTEST := $(PYTHON) -m pytest -n 2
# Without Brownie's plugin, which looks for a compiler as soon as it is loaded.
PLAIN := $(PYTHON) -m pytest -n 2 -p no:pytest-brownie -o addopts="-q -p no:cacheprovider"

.PHONY: help setup setup-dev day test test-unit test-contracts test-chain test-day nightly durations lint format bench gas clean

help:
	@echo "make day      one trading day on local chains -> reports/day/index.html   (REGION=rural|urban|all DATE=YYYY-MM-DD SEED=n)"
	@echo "make test     every test; one lane of them: test-unit (needs neither node nor anvil), test-contracts, test-chain, test-day"
	@echo "make nightly  every test, and the long randomised runs at their full length with new seeds"
	@echo "make lint     ruff, mypy, solhint"
	@echo "make bench    every benchmark, each beside its baseline"
	@echo "make gas      measure the gas of every operation anew into benchmarks/gas.json"
	@echo "make clean    remove everything that was built or run (not the installed tools)"

setup: have-python
	@python3 toolchain/setup.py runtime

setup-dev: have-python
	@python3 toolchain/setup.py dev

.PHONY: have-python
have-python:
	@command -v python3 >/dev/null || { echo "set-up: Python 3.11 or newer is needed; python3 was not found" >&2; exit 2; }

day: setup
	@$(PYTHON) scripts/day.py --region $(REGION) $(if $(DATE),--date $(DATE)) $(if $(SEED),--seed $(SEED))

# Brownie deletes unused build files when it loads the project; compiled first, the parallel workers find none to race
# for, and days that run beside each other find it done.
test: compiled
	@$(PYTEST)

.PHONY: compiled
compiled: setup-dev
	@$(PYTHON) -m scripts.compilation

test-unit: have-python
	@python3 toolchain/setup.py unit
	@$(PLAIN) -m unit tests/offchain tests/test_*.py

test-contracts: compiled
	@$(PYTEST) -m contracts tests/contracts tests/integration

test-chain: compiled
	@$(PLAIN) -m chain tests/offchain tests/integration

test-day: compiled
	@$(PLAIN) -m day tests/integration

nightly: compiled
	@PROFILE=nightly $(PYTEST)

# What every test takes, measured anew; best on a machine that does nothing else.
durations: compiled
	@UPDATE_DURATIONS=1 $(PYTEST)

lint: setup-dev
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@node_modules/.bin/solhint --max-warnings 0 'contracts/**/*.sol' 'interfaces/**/*.sol'

format: setup-dev
	@$(PYTHON) -m ruff check --fix-only .
	@$(PYTHON) -m ruff format .

bench: compiled
	@for script in benchmarks/bench_*.py; do $(PYTHON) $$script || exit 1; done

gas: compiled
	@UPDATE_GAS=1 $(PYTHON) -m pytest tests/contracts/test_gas.py

clean:
	@rm -rf build reports chains deployments/*.json .mypy_cache .ruff_cache .hypothesis .pytest_cache
	@find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -exec rm -rf {} +
