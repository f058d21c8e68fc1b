# The commands of Gridleaf. `make day` and `make test` set everything up by themselves.
PYTHON := .venv/bin/python
REGION ?= all
DATE ?=
SEED ?=

.PHONY: help setup setup-dev day test lint format bench gas clean

help:
	@echo "make day      one trading day on local chains -> reports/day/index.html   (REGION=rural|urban|all DATE=YYYY-MM-DD SEED=n)"
	@echo "make test     every test"
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

# Brownie deletes unused build files when it loads the project; compiled first, the parallel workers find none to race for.
test: setup-dev
	@.venv/bin/brownie compile
	@$(PYTHON) -m pytest -n 2

lint: setup-dev
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@node_modules/.bin/solhint --max-warnings 0 'contracts/**/*.sol' 'interfaces/**/*.sol'

format: setup-dev
	@$(PYTHON) -m ruff check --fix-only .
	@$(PYTHON) -m ruff format .

bench: setup-dev
	@for script in benchmarks/bench_*.py; do $(PYTHON) $$script || exit 1; done

gas: setup-dev
	@UPDATE_GAS=1 $(PYTHON) -m pytest tests/contracts/test_gas.py

clean:
	@rm -rf build reports chains deployments/*.json .mypy_cache .ruff_cache .hypothesis .pytest_cache
	@find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -exec rm -rf {} +
