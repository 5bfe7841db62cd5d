# make run      the shop, at http://127.0.0.1:8000/      make test   everything that is tested
# make tablets  the shop over https, for the wifi        make bench  what is measured
# make faults   what is tried to lose or double a tap    PYTHON=...  another Python, 3.11 or newer

SHELL := bash
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
HTTPS_PORT ?= 8443
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run tablets test test-postgres bench bench-memory faults lint messages

run: $(VENV)/requirements.installed
	@$(BIN)/python manage.py start --host $(HOST) --port $(PORT)

# The same over https, with a certificate of the shop's own; plain http then only helps a tablet to trust it.
tablets: HOST = 0.0.0.0
tablets: $(VENV)/requirements.installed
	@$(BIN)/python manage.py start --tablets --host $(HOST) --port $(PORT) --https-port $(HTTPS_PORT)

test: lint
	@$(BIN)/python -m pytest

lint: $(VENV)/requirements-dev.installed
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	@$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0 || { echo "A model was changed without its migration."; exit 1; }

# The same suite on a PostgreSQL that lives as long as the run, but for what is about SQLite's file; and browsers have
# seen the pages by then.
test-postgres: $(VENV)/requirements-dev.installed
	@pg_virtualenv -o fsync=off -o log_min_messages=fatal -i '--encoding=UTF8 --locale=C.UTF-8' bash -c 'DATABASE_URL=postgres://$$PGUSER:$$PGPASSWORD@$$PGHOST:$$PGPORT/postgres \
	    $(BIN)/python -m pytest -m "not browser and not sqlite"'

# Extracts what the pages say; translate what is new in the catalogues, then run it again to compile them.
# What is borrowed are sentences of Django's own that its Hindi and Marathi lack.
messages: $(VENV)/requirements-dev.installed
	@$(BIN)/python manage.py makemessages -v0 -l hi -l mr --no-location -i .venv -i data -i tests
	@for po in crm/locale/*/LC_MESSAGES/django.po; do set -o pipefail; \
	    msgattrib --clear-obsolete --only-file=crm/locale/borrowed.pot $$po | msgattrib --no-obsolete - \
	    | msgcat --use-first -o $$po - crm/locale/borrowed.pot || exit 1; done
	@$(BIN)/python manage.py compilemessages -v0 -i .venv

bench: $(VENV)/requirements-bench.installed
	@$(BIN)/python -m tests.benchmarks

# How good the memory is, beside the published methods; writes the charts in docs/memory. Six minutes on two idle cores.
bench-memory: $(VENV)/requirements-bench.installed
	@$(BIN)/python -m tests.benchmarks.memory

# Kills the server and the browser, spoils answers, is away for a week: nothing may be lost or doubled, and each guard is
# taken out once to see that it would be noticed. Some seven minutes on two idle cores.
faults: $(VENV)/requirements-dev.installed
	@$(BIN)/python -m tests.faults

# A stamp says which list was installed: a second start looks at nothing else and needs no network.
$(VENV)/%.installed: %.lock | $(VENV)/pyvenv.cfg
	@count=$$(grep -c '^[a-z]' $<); echo "Installing up to $$count packages, once ..."; set -o pipefail; \
	$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off --require-hashes -r $< \
	    | awk '/^Collecting/ { printf "  %s\n", $$2; fflush() }' \
	    || { echo "The packages could not be installed. With the internet reachable, run this again: nothing is lost."; exit 1; }
	@touch $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Regulars needs Python 3.11 or newer, and $(PYTHON) is not: name another, as in make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null || { rm -rf $(VENV); \
	    echo "No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
