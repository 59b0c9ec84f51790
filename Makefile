PYTHON ?= python3
BIN := .venv/bin
CORE := .venv/core
DEV := .venv/dev

.PHONY: demo test check docs long

demo: $(CORE) ## documents in, a data set out, offline
	$(BIN)/gristmill run examples/first_flour/recipe.yaml
	$(BIN)/gristmill show --project examples/first_flour --html examples/first_flour/out/report.html
	$(BIN)/gristmill run examples/first_flour/spans.yaml
	$(BIN)/gristmill show --project examples/first_flour --html examples/first_flour/out/report_spans.html

test: check ## what CI runs: lint, types, all tests but the long ones
	$(BIN)/pytest -m "ci and not long"

check: $(DEV) ## before each commit: format, lint, types, the fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

docs: $(CORE) ## the reference pages and the README's tree, written from the code
	$(BIN)/python docs/make_reference.py

long: $(DEV) ## kills, full disks, big inputs; results go to docs/long.md
	$(BIN)/pytest -m long

$(CORE): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $(CORE)

$(DEV): $(CORE)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $(DEV)
