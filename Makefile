# Vividly. `make run` and `make test` are all a newcomer needs; both install what they need by themselves.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test setup setup-dev check prove docs vectors lock clean

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: setup ## install and start everything at http://localhost:8000
	@exec $(BIN)/vividly up

test: setup-dev ## install what the tests need and run them all
	@bash deploy/system.sh test
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "not prove"

setup: .venv/.installed ## create .venv and install, idempotent
setup-dev: .venv/.installed-dev

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Vividly needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python has no venv here. On Debian or Ubuntu: sudo apt-get install -y python3-venv"; exit 1; }
	@bash deploy/system.sh run
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing packages into .venv (first time: a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python deploy/install_self.py
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

check: setup-dev ## format, lint, types, import contracts, generated docs
	@$(BIN)/ruff format --check --quiet src tests && echo "format ok"
	@$(BIN)/ruff check --quiet src tests && echo "lint ok"
	@$(BIN)/mypy --no-error-summary && echo "types ok"
	@$(BIN)/lint-imports --no-logo >/dev/null && echo "imports ok" || { $(BIN)/lint-imports; exit 1; }
	@$(BIN)/python docs/generate.py --check && echo "docs ok"

prove: setup-dev ## the long proofs
	@bash deploy/system.sh test
	@$(BIN)/python -m pytest -q -m prove

docs: setup-dev ## write the generated pages of docs/ anew
	@$(BIN)/python docs/generate.py

vectors: setup ## embed what changed in the packs and write the vectors that ship
	@$(BIN)/python deploy/vectors.py

lock: ## resolve and pin all packages anew (needs uv)
	@bash deploy/lock.sh

clean: ## remove what was built; data/ stays
	@rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache
