# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export GOMP_SPINCOUNT = 0

.PHONY: run test slow heavy check bench format clean system

run: $(READY)
	@$(BIN)/layerloom

# Quick and whole: style, types, architecture, then every test that is not marked slow.
test: check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -q

slow: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow -q

# The largest of the published architectures, trained and exported: needs 6 GiB and some minutes.
heavy: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m heavy -q

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m benchmarks

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV)

# The stamp is the last thing written, so that an interrupted set-up is done again.
$(READY): pyproject.toml constraints.txt resources/system.sh
	sh resources/system.sh
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $(READY)
