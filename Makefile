# Wanmi. `make run` on a fresh Debian or Ubuntu machine is all that is needed; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run setup test lint stop clean bench drill audit pictures

help: ## This list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: setup ## Set up and serve at http://127.0.0.1:8000 (PORT=… for another)
	@.ci/serve.sh

setup: ## Install what is missing, start the private PostGIS, load the demo city
	@.ci/setup.sh app

test: ## Set up, lint, and run every test, browser tests included (ARGS="-k locator")
	@.ci/test.sh $(ARGS)

lint: ## Style, templates, types, layers, settings, migrations
	@.ci/lint.sh

stop: ## Stop the server and the private PostGIS of this checkout
	@.ci/stop.sh

clean: ## Stop, and remove everything that set-up made in this checkout, the databases included
	@.ci/stop.sh --remove
	rm -rf .venv .local maps/node_modules maps/static/maps/vendor .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find maps/locale -name '*.mo' -delete 2>/dev/null || true

audit: ## Known faults of the locked packages (pip-audit, npm audit), or that nobody could be asked
	@.ci/setup.sh tests
	@.ci/audit.sh

bench: ## Speed, as ratios beside rivals in one run (ARGS=--small)
	@.ci/setup.sh tests
	@.venv/bin/python -m tests.bench $(ARGS)

drill: ## Bad days on purpose: kill -9, database away, disk full, clocks that jump, restore, upgrade (ARGS=--small)
	@.ci/setup.sh tests
	@.venv/bin/python -m tests.drills $(ARGS)

pictures: ## Take the README's pictures from a demo city
	@.ci/setup.sh tests
	@.venv/bin/python -m tests.browser.pictures $(ARGS)
