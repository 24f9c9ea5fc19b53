# Every target sets up .venv first; that takes a quarter of a second when nothing changed.
.DEFAULT_GOAL := help
.PHONY: help setup run train test test-fast chaos shell check fmt lock nlu-report nlu-compare pictures looks
PYTHON := .venv/bin/python

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Find or fetch Python 3.10 and install everything into .venv
	@scripts/setup.sh

run: setup ## Start the assistant: http://127.0.0.1:8080 (another port: PORT=8090 make run)
	@$(PYTHON) -m scripts.run

shell: setup ## Talk to the assistant in the terminal
	@$(PYTHON) -m scripts.shell

train: setup ## Train the model, if what it is made of has changed
	@$(PYTHON) -m scripts.train

test: setup ## Run every check and test
	@$(PYTHON) -m scripts.checks

test-fast: setup ## Run the tests that need neither Rasa nor a browser
	@$(PYTHON) -m pytest -q -n 2 --dist worksteal -m "not slow" -p scripts.refuse_rasa

chaos: setup ## Talk, write and kill everything with -9, then count (about an hour): make chaos SEED=7 WRITES=100 DATABASE=sqlite
	@$(PYTHON) -m tests.chaos --writes $(or $(WRITES),1000) --database $(or $(DATABASE),both) $(if $(SEED),--seed $(SEED))

check: setup ## Run the linters, the type checker and the import contracts
	@$(PYTHON) -m scripts.checks static

nlu-report: setup ## Tell how well messages are understood, with every sentence that was not
	@$(PYTHON) -m scripts.nlu.report

nlu-compare: setup ## Tell which sentences are understood differently since a commit: BASE=main make nlu-compare
	@$(PYTHON) -m scripts.nlu.compare $(or $(BASE),HEAD)

pictures: setup ## Take the pictures of the documents anew, from the real stack
	@$(PYTHON) -m tests.e2e.pictures

looks: setup ## Keep how the widget's states look now, after looking at what differs (var/looks/)
	@RENEW_LOOKS=1 $(PYTHON) -m pytest -q tests/e2e/test_looks.py

fmt: setup ## Format the code and mend what the linter can mend
	@.venv/bin/ruff check --fix --quiet
	@.venv/bin/ruff format

lock: setup ## Resolve requirements.in anew and write the locks
	@$(PYTHON) -m scripts.lock
