# Dateline's commands. `make help` lists them. Each makes .venv first, when it is missing or out of date.

PYTHON ?= python3
VENV ?= .venv
CORPUS ?= seeds
STORE ?= vectorstore
HOST ?= 127.0.0.1
PORT ?= 7860

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: chat test check eval format clean help

chat: $(INSTALLED) ## index CORPUS (seeds) and open the chat page; PORT, HOST and STORE can be set too
	$(BIN)/dateline chat --corpus "$(CORPUS)" --store "$(STORE)" --host "$(HOST)" --port "$(PORT)"

test: $(INSTALLED) ## run all tests
	$(BIN)/python -m pytest

check: $(INSTALLED) ## format, lint, types and tests: what must pass before a change lands
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python -m pytest

eval: $(INSTALLED) ## answer eval_questions.yaml over seeds/ and compare with the baseline that is kept in tests/
	$(BIN)/dateline eval eval_questions.yaml --corpus seeds --against tests/baseline.json

format: $(INSTALLED) ## rewrite the code in the one format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## remove .venv, the index and all caches; pages and votes on answers are never touched
	rm -rf "$(VENV)" build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find vectorstore -mindepth 1 ! -name README.md ! -name feedback.jsonl -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | awk -F'\t' '{ printf "  make %-8s %s\n", $$1, $$2 }'

# torch before the rest, so that its pinned CPU build is there when other packages ask for a range of versions.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Dateline needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@
