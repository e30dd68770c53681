# The targets a person types. Apart from python3 and make nothing needs to be installed.
SHELL := /bin/bash
PYTHON ?= python3
CLEAN_RUNS ?= 100
WILD_FILES ?= 10000
LONG_SHARE ?= 1
MANY_SHARE ?= 4
SLOW_SHARE ?= 8
LINT_SHARE ?= 1
WAREHOUSES_SHARE ?= 1
VENV := .venv
BIN := $(VENV)/bin
ENGINES := .venv-engines
WAREHOUSES := .venv-warehouses
BI := .venv-bi
export DO_NOT_TRACK := 1
export PYTHONUTF8 := 1
# Empty is off: without byte code every process would compile Dagster, dbt and Great Expectations again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-long test-engines test-warehouses test-bi simulate mutate mutate-all clean-runs kills faults-page dev bench lint lint-python lint-sql lock clean

demo: $(VENV)/ready
	$(BIN)/nps demo

# Of the models that did not change, one in so many takes its turn to be linted.
test: LINT_SHARE = 6
test: lint
	MANY_SHARE=$(MANY_SHARE) SLOW_SHARE=$(SLOW_SHARE) $(BIN)/python -m pytest -n 2 -m "not long and not engines and not warehouses and not bi" --dist loadgroup --durations 15

test-long: LINT_SHARE = $(LONG_SHARE)
test-long: lint-sql
	WILD_FILES=$(WILD_FILES) LONG_SHARE=$(LONG_SHARE) $(BIN)/python -m pytest -m "long or many or slow"

# All engines, or the one that ENGINE names.
test-engines: $(ENGINES)/ready
	$(ENGINES)/bin/python -m pytest -m engines $(if $(ENGINE),-k $(ENGINE))

# Compiles the models for warehouses that nobody here can reach, and has a parser read them.
test-warehouses: $(WAREHOUSES)/ready dbt_project/definition
	WAREHOUSES_SHARE=$(WAREHOUSES_SHARE) $(BIN)/python -m pytest -m warehouses tests/warehouses

test-bi: $(BI)/ready
	$(BIN)/python -m pytest -m bi tests/serving/superset

dev: $(VENV)/ready
	$(BIN)/nps dev

simulate: $(VENV)/ready
	$(BIN)/python -m tests.simulation

bench: $(VENV)/ready
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.money
	$(BIN)/python -m tests.benchmarks.receiver
	$(BIN)/python -m tests.benchmarks.throughput
	$(BIN)/python -m tests.benchmarks.memory
	$(BIN)/python -m tests.benchmarks.capacity
	$(BIN)/python -m tests.benchmarks.erasing

# The catalogue, or so many of it, and a few of the generated ones: the date draws both.
mutate: $(VENV)/ready
	$(BIN)/python -m tests.mutation $(if $(DRAW),--draw $(DRAW))
	$(BIN)/python -m tests.mutation.generated --day $$(date +%F)

# Hours; what was tried is kept in data/mutants.jsonl, and a run that was ended goes on from there.
mutate-all: $(VENV)/ready
	$(BIN)/python -m tests.mutation.generated

# Half of a clean run is waiting for vendors that fail now and then, so four share the cores.
clean-runs: $(VENV)/ready
	$(BIN)/python -m tests.mutation --clean $(CLEAN_RUNS) --workers 4

# A refresh killed at a hundred moments, two hours or more; what was tried is kept in data/kills.jsonl.
kills: $(VENV)/ready
	$(BIN)/python -m tests.kills

faults-page: $(VENV)/ready
	$(BIN)/python -m tests.faults

# Python and SQL side by side: each takes a core for a minute or more.
lint: $(VENV)/ready
	$(MAKE) LINT_SHARE=$(LINT_SHARE) --jobs=2 --output-sync=target lint-python lint-sql

lint-python: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What changed and what was not found clean before. All vendors are on, so that each model is there; the templater
# wants a working file of its own.
lint-sql: $(VENV)/ready dbt_project/definition
	home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && \
		NPS_HOME="$$home" DBT_TARGET_PATH="$$home/target" DBT_LOG_PATH="$$home" \
		NPS_VENDORS="$$($(BIN)/python -c 'from ingestion.registry import SOURCES; print(*(s.name for s in SOURCES), sep=",")')" \
		LINT_SHARE=$(LINT_SHARE) $(BIN)/python -m tests.linted

# The models are developed and linted over the simulated company's definition.
dbt_project/definition:
	ln -s ../demo/verdant/definition $@

# The install is one stamp file: it runs again only when the lock or the project's metadata changes.
$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

# With other engines, and apart from the first: libraries that find pyspark import it, and some of its modules exit.
$(ENGINES)/ready: requirements-engines.lock $(VENV)/ready
	$(PYTHON) -m venv $(ENGINES)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(ENGINES)/bin/python requirements.lock $<
	$(BIN)/uv pip install --quiet --python $(ENGINES)/bin/python --no-deps --no-build-isolation --editable .
	touch $@

# Adapters alone: the test starts dbt there as a program.
$(WAREHOUSES)/ready: requirements-warehouses.lock $(VENV)/ready
	$(PYTHON) -m venv $(WAREHOUSES)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(WAREHOUSES)/bin/python $<
	touch $@

# Superset wants older libraries than the warehouse, so it shares none with it: tests speak to it over HTTP.
$(BI)/ready: requirements-bi.lock $(VENV)/ready
	$(PYTHON) -m venv $(BI)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BI)/bin/python $<
	touch $@

LOCK := uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --upgrade
lock:
	$(BIN)/$(LOCK) --group dev --output-file requirements.lock pyproject.toml
	$(BIN)/$(LOCK) --group engines --no-deps --constraint requirements.lock --output-file requirements-engines.lock
	$(BIN)/$(LOCK) --group warehouses --output-file requirements-warehouses.lock
	$(BIN)/$(LOCK) --group bi --output-file requirements-bi.lock

clean:
	rm -rf data dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .sqlfluff_cache .coverage*
