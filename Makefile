# Running and testing need Python 3.11 or later and make; `make help` lists the targets.

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/runtime.stamp
DEVELOPMENT := $(VENV)/development.stamp
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --upgrade

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run setup test browser sweep check lock assets bench faults hostile attack fuzz drill

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: $(RUNTIME) ## Start everything: servers, demonstration, web and workers
	@exec $(BIN)/python -m app.runtime serve

setup: $(RUNTIME) $(DEVELOPMENT) ## Make .venv with what running and testing need

test: setup ## Run the suite on throw-away servers
	$(BIN)/python -m pytest -m "not browser" --numprocesses auto --maxschedchunk 1 $(PYTEST_OPTIONS)

browser: setup ## Open every page in a real Chromium, in both languages and sizes
	REQUIRE_BROWSER=1 $(BIN)/python -m pytest -m browser --numprocesses auto --maxschedchunk 1 $(PYTEST_OPTIONS)

sweep: setup ## Send foreign ids of every kind to every route as every role, whole; print the number of cases
	SWEEP=whole $(BIN)/python -m pytest -q -s -p no:cacheprovider \
		tests/gates/test_idor_sweep.py tests/gates/test_guards_are_load_bearing.py \
		tests/gates/test_hostile_values.py tests/gates/test_jobs_survive_every_boundary.py

check: setup ## Run linters, types, contracts, catalogue and migration checks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy app worker migrations/env.py wsgi.py
	$(BIN)/lint-imports
	$(BIN)/djlint app --lint --quiet
	$(BIN)/python -m app.web.catalogue check
	$(BIN)/python -m app.runtime migrations-sql >$(VENV)/migrations.sql
	$(BIN)/squawk $(VENV)/migrations.sql
	$(BIN)/python -m app.runtime check-migrations

lock: ## Pin the newest versions that requirements/*.in allow (needs uv)
	$(LOCK) requirements/runtime.in --output-file requirements/runtime.txt
	$(LOCK) requirements/development.in --output-file requirements/development.txt

assets: ## Rebuild the committed front-end files (needs Node)
	npm ci --ignore-scripts
	npm run build

bench: setup ## Measure the key figures on a synthetic province
	$(BIN)/python benchmarks/run.py

faults: setup ## Kill processes at random under writers: FAULTS="--kills 1000 --minutes 60"
	$(BIN)/python faults/run.py $(FAULTS)

hostile: setup ## Slow, huge, crowding and greedy clients, wrong clocks, a full disk (root, nginx, faketime)
	$(BIN)/python faults/hostile.py $(HOSTILE)

attack: setup ## Let sqlmap at the demonstration
	$(BIN)/python faults/attack.py $(ATTACK)

fuzz: setup ## Give every parser 20,000 texts and files that are almost right, every route to schemathesis
	EXAMPLES=20000 $(BIN)/python -m pytest -q --numprocesses auto -k "read or refused or any or damaged" \
		tests/core tests/imports
	SWEEP=whole $(BIN)/python -m pytest -q -s --show-capture=no tests/gates/test_described_answers.py

drill: setup ## Destroy a loaded database, restore it to a second, and judge what came back
	$(BIN)/python faults/drill.py $(DRILL)
	$(BIN)/python faults/server_drill.py $(DRILL)

# A stamp is newer than the lock it was made from, so an unchanged environment costs nothing.
$(RUNTIME): requirements/runtime.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
			$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
			python=; \
		done; \
		[ -n "$$python" ] || { echo "Python 3.11 or later was not found; name it: make PYTHON=…"; exit 1; }; \
		$$python -m venv --clear $(VENV); \
	}
	@echo "Installing what the program needs …"
	@$(INSTALL) --only-binary :all: --requirement $<
	@$(BIN)/python -m app.runtime.fetch_redis
	@touch $@

$(DEVELOPMENT): requirements/development.txt $(RUNTIME)
	@echo "Installing what testing needs …"
	@$(INSTALL) --requirement $<
	@touch $@
