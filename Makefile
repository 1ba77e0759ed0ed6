# make demo: install, train, play and export Cartpole.   make test: the tests.   make test-fast: the quick ones.
# make check: format, lint, types, floors.
# make audit: are vulnerabilities known in the dependencies? It needs the network; without it, it says that it skipped.
# make docs: write docs/commands.md from the commands, the drawing in docs/architecture.md from the imports, and the list
# in docs/isaacgym.md from the methods.   make site: the documentation as a web site, in build/site.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PARALLEL = --numprocesses auto --maxprocesses 8 --dist loadfile

.PHONY: demo test test-fast check audit format docs site clean

demo: $(VENV)/installed
	$(BIN)/gymctl train Cartpole --seed 42
	$(BIN)/gymctl play Cartpole --sigma 0 --episodes 512
	$(BIN)/gymctl export Cartpole --format onnx
	@echo "All policies that come with gymctl, in your browser: $(BIN)/gymctl demo --open"

test: $(VENV)/installed-dev
	$(BIN)/pytest $(PARALLEL)

test-fast: $(VENV)/installed-dev
	$(BIN)/pytest $(PARALLEL) -m 'not slow and not soak'

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

audit: $(VENV)/installed
	-test -x $(VENV)/audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)/audit && \
	  $(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit; }
	-$(VENV)/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --format json \
	  --progress-spinner off >$(VENV)/audit.json 2>$(VENV)/audit.log
	$(BIN)/python .ci/audit.py <$(VENV)/audit.json

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/installed-dev
	$(BIN)/python docs/commands.py
	$(BIN)/python docs/imports.py
	$(BIN)/python docs/isaacgym.py

site: $(VENV)/installed-dev
	$(BIN)/python -m docs.site

clean:
	rm -rf $(VENV) dist build

INSTALL = $(BIN)/pip install --constraint constraints.txt --editable

$(VENV)/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(INSTALL) '.[dev]'
	touch $@
