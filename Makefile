# make run: set up and start the product. make test: set up and pass all tests. Quick the second time.
# make run-scaled: the same on PostgreSQL and Redis with several processes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MINUTES := 10

.PHONY: run run-scaled test faults bench check texts clean

run: $(VENV)/.run-ready
	@exec $(BIN)/python app.py

run-scaled: $(VENV)/.scaled-ready
	@exec $(BIN)/python -m deploy.run_scaled

test: $(VENV)/.test-ready
	@$(BIN)/python tests/chromium.py
	@$(BIN)/python -m pytest -n 2

bench: $(VENV)/.test-ready $(VENV)/.scaled-ready
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.peers
	@$(BIN)/python -m bench.scaled
	@$(BIN)/python -m bench.closing
	@$(BIN)/python -m bench.usage
	@$(BIN)/python -m bench.two_browsers
	@$(BIN)/python -m bench.phone

faults: $(VENV)/.test-ready
	@$(BIN)/python -m tests.faults --minutes $(MINUTES)

check: $(VENV)/.test-ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# Collect the texts of code, templates and scripts into the French catalogue; what is new waits there for its words.
texts: $(VENV)/.test-ready
	@$(BIN)/python -m data.i18n.collect

$(VENV)/.run-ready: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.scaled-ready: requirements.txt requirements-scaled.txt $(VENV)/.run-ready
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-scaled.txt
	@touch $@

$(VENV)/.test-ready: requirements.txt requirements-scaled.txt requirements-dev.txt $(VENV)/.run-ready
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .hypothesis
