# The two commands of the README are `make close` and `make test`; both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SAMPLE := data/samples/2026-10/landing
SAMPLE_NOW := 2026-11-05T06:00:00Z

# pytest 9.2 no longer honours the groups of pytest-xdist 3.8: whole files go to a worker.
SPREAD := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: close test test-long lint dev bench bench-peers clean lock

close: $(READY)
	METERBOOK_NOW=$(SAMPLE_NOW) $(BIN)/meterbook ingest $(SAMPLE)
	METERBOOK_NOW=$(SAMPLE_NOW) $(BIN)/meterbook close 2026-10 --finalize

# Every rule, and the sample month end to end; what takes minutes for one fact is in test-long.
test: $(READY)
	$(BIN)/python -m pytest $(SPREAD) -m "not long"

test-long: $(READY)
	$(BIN)/python -m pytest $(SPREAD) -m long

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m orchestration.dbt parse
	cd dbt_project && ../$(BIN)/sqlfluff lint models
	cd dbt_project && ../$(BIN)/dbt-bouncer run

dev: $(READY)
	$(BIN)/meterbook dev

# REQUESTS=20000000 GIGABYTES=10 is what benchmarks/README.md reports; it needs 30 GB of disk.
REQUESTS ?= 2000000
GIGABYTES ?= 1
bench: $(READY)
	$(BIN)/python benchmarks/generate.py build/bench --requests $(REQUESTS) --compressed
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/rollup.py build/bench
	$(BIN)/python benchmarks/duplicates.py build/bench --requests $(REQUESTS)
	$(BIN)/python benchmarks/per_row.py build/bench
	$(BIN)/python benchmarks/big_file.py build/bench --gigabytes $(GIGABYTES)
	$(BIN)/python benchmarks/rating.py build/bench --requests $$((5 * $(REQUESTS)))
	$(BIN)/python benchmarks/peers.py build/bench --requests $(REQUESTS)
	$(BIN)/python benchmarks/months.py build/bench
	$(BIN)/python benchmarks/forecast.py

# The comparison with every peer, those that the project does not need in an environment of its own.
bench-peers:
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --no-deps -r requirements.lock
	.venv-peers/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	.venv-peers/bin/python -m pip install --quiet chdb pandas "litellm>=1.110"
	.venv-peers/bin/python benchmarks/peers.py build/bench --requests $(REQUESTS)

# What can be made again; never the books or what landed.
clean:
	rm -rf data/warehouse data/documents data/documents.stamps data/published data/dagster build
	rm -rf dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Resolve the dependencies anew; the lock holds versions and hashes, no addresses.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --group lint --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header \
	  --quiet --upgrade --output-file requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)
