# Each line calls a tool; the scripts are in tools/.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
ETC := $(shell find extensions/etc -type f)
SOURCES := $(wildcard locks/*.txt) pyproject.toml extensions/pyproject.toml extensions/hatch_build.py $(ETC)
export PYTHONDONTWRITEBYTECODE ?=

.DEFAULT_GOAL := help
.PHONY: help system system-perf setup up demo check format lint types contracts unit test e2e cluster perf docs front wheels locks messages sizes clean

help:  ## This list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

system:
	tools/system_packages.sh test

system-perf:
	tools/system_packages.sh perf

setup: $(READY)  ## The environment in .venv, from the hashed lock files; a second time it is instant

$(READY): $(SOURCES)
	$(PYTHON) tools/setup_environment.py

front: $(READY)  ## Build the JupyterLab extension and the pages, when their sources changed
	$(BIN)/python tools/front.py

up: front  ## The platform on this machine, until Ctrl-C
	$(BIN)/hubkin up

demo: front  ## Everything at once: a training job submitted from a notebook, finished and paid
	$(BIN)/python tools/demo.py

check: format lint types contracts unit  ## The inner loop: format, lint, types, import contracts, unit tests

format: $(READY)
	$(BIN)/ruff format --check --quiet .

lint: $(READY)  ## ruff only
	$(BIN)/ruff check --quiet .

types: $(READY)
	$(BIN)/mypy --no-error-summary

contracts: $(READY)
	$(BIN)/lint-imports --no-cache

unit: $(READY)  ## The unit tests
	$(BIN)/pytest -q tests/unit

test: system front  ## Every tier, with a table of what it ran against
	$(BIN)/python tools/tiers.py

e2e: front  ## A person in a browser
	$(BIN)/pytest -q tests/e2e

cluster: $(READY)  ## Real Kubernetes
	$(BIN)/pytest -q tests/cluster

perf: system-perf front  ## Benchmarks, both sides in one run
	$(BIN)/python tools/perf.py

docs: $(READY)  ## The reference pages that are generated
	$(BIN)/python tools/docs.py

wheels: front  ## Both distributions as wheels in dist/
	$(BIN)/uv build --wheel --no-build-isolation --out-dir dist extensions
	$(BIN)/uv build --wheel --no-build-isolation --out-dir dist .

locks: $(READY)  ## Resolve locks/*.in again
	$(BIN)/python tools/locks.py

messages: $(READY)  ## Bring the Chinese catalogs in step with the texts in the code
	$(BIN)/python tools/messages.py

sizes: $(READY)  ## Which files and functions have grown long
	$(BIN)/python tools/sizes.py

clean:  ## Remove what was built
	rm -rf .venv dist build reports .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf labextension/node_modules labextension/lib labextension/tsconfig.tsbuildinfo
	rm -rf extensions/hubkin_server/labextension services/platform/hubkin_platform/static
