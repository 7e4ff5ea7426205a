# Everything a newcomer needs: `make demo` shows it work, `make test` proves it, `make check` is what
# every change must pass. All of it lives in .venv; .constraints.txt holds the versions it was made with.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check install --quiet --constraint .constraints.txt

# torch is needed once, to export the model; the service never imports it. On Linux, a CPU build
# saves several GB of download: name an index that has one in TORCH_INDEX.
TORCH       ?= torch==2.13.0
TORCH_INDEX ?=

# A ready ONNX folder (model.onnx, tokenizer.json, memsvc-model.json) makes torch unnecessary.
MODEL ?=

# Files of real text for `make bench`, JSON or pages; without any, the project's own pages.
TEXTS ?=

MODELS := $(abspath $(VENV))/models
export MEMSVC_MODELS ?= $(MODELS)
ifneq ($(MODEL),)
export MEMSVC_EMBEDDER := $(abspath $(MODEL))
EXTRAS := server,documents,fast,mcp,postgres
else
EXTRAS := server,documents,fast,mcp,models,postgres
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo serve browser test test-postgres fuzz check lint format types contracts openapi bench bench-1m bench-graph measure-graph measure-stream tour load torture soak wheel clean

help: ## show these targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.service ## everything that running the service needs

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("memsvc needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.service: pyproject.toml .constraints.txt | $(VENV)/bin/pip
ifeq ($(MODEL),)
	$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) '$(TORCH)'
endif
	$(PIP) --editable '.[$(EXTRAS)]'
	$(BIN)/memsvc model
	@touch $@

$(VENV)/.tools: $(VENV)/.service
	$(PIP) --editable '.[$(EXTRAS),dev]'
	@touch $@

demo: setup ## write a sample conversation, ask it questions, show hits and their reasons
	@$(BIN)/memsvc demo

serve: setup ## run the service on this machine
	$(BIN)/memsvc serve

browser: $(VENV)/.tools ## make sure of a Chromium for the tests of the admin page
	@$(BIN)/python -m tests.admin.chromium

measure-graph: browser ## print what the graph view of the admin page takes of a browser
	$(BIN)/python -m tests.admin.measure_graph

measure-stream: browser ## print what a stream of 20,000 turns takes of a browser
	$(BIN)/python -m tests.admin.measure_stream

tour: browser ## take the walks of docs/admin.md in a browser, and their pictures
	$(BIN)/python -m tests.admin.tour

test: browser ## run every test, a file on each core
	$(BIN)/pytest --numprocesses auto --dist loadfile

# What opens a store. Its own files, statements and plans are SQLite's: tests of those are left out.
OPENING := $(addprefix tests/,agent app contracts fuzz mcp sdk server store)

test-postgres: $(VENV)/.tools ## run the tests of the service with its rows in PostgreSQL
	MEMSVC_TEST_POSTGRES=1 $(BIN)/pytest --numprocesses auto --dist loadfile $(OPENING)

fuzz: $(VENV)/.tools ## ask every endpoint far more than the tests do; MEMSVC_FUZZ is how often
	MEMSVC_FUZZ=$${MEMSVC_FUZZ:-500} $(BIN)/pytest tests/fuzz

check: format lint types contracts test ## what every change must pass

format: $(VENV)/.tools
	$(BIN)/ruff format --check .

lint: $(VENV)/.tools
	$(BIN)/ruff check .

types: $(VENV)/.tools
	$(BIN)/mypy

contracts: $(VENV)/.tools
	$(BIN)/lint-imports

openapi: $(VENV)/.service ## write docs/openapi.json anew
	$(BIN)/python -m memsvc.server.openapi > docs/openapi.json

$(VENV)/.peers: $(VENV)/.tools
	$(PIP) --editable '.[$(EXTRAS),dev,bench]'
	@touch $@

bench: $(VENV)/.peers ## measure every target of speed beside its peers, in half an hour; QUICK=1 in minutes
	$(BIN)/memsvc bench all $(TEXTS) $(if $(QUICK),--quick) --report docs/reports

bench-1m: $(VENV)/.peers ## measure a space of up to 1M turns; TEXTS='a.json b.json', DATA=folder to go on in
	$(BIN)/memsvc bench million $(TEXTS) --data $(or $(DATA),bench-1m) --report docs/reports

bench-graph: $(VENV)/.peers ## measure the graph at 10k, 100k and 1M nodes beside other libraries
	$(BIN)/memsvc bench graph

load: $(VENV)/.tools ## load the service, at half its capacity and beyond it, and count what it kept
	$(BIN)/memsvc bench load

torture: $(VENV)/.tools ## kill the service at KILLS=200 random moments and look what is left
	$(BIN)/python -m tests.torture --kills $(or $(KILLS),200) --seed $(or $(SEED),2026)

soak: $(VENV)/.tools ## ten minutes of mixed load with kills: SQLite, PostgreSQL, replicas; SECONDS=60 is short
	$(BIN)/python -m tests.torture.soak --seconds $(or $(SECONDS),600) --seed $(or $(SEED),2026)

wheel: $(VENV)/.tools ## build the distribution
	$(BIN)/python -m build --wheel --no-isolation

clean: ## remove the environment and everything built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
