# Everything here works from a bare clone with Python 3.11 or later and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench samples proto clean

run: $(VENV)/.run
	$(BIN)/goscope sample-profiles/dataclean.cpu.pb.gz sample-profiles/

test: $(VENV)/.test
	$(BIN)/pytest --numprocesses auto --dist loadfile

lint: $(VENV)/.lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.go $(VENV)/.test
	$(BIN)/python -m benchmarks

samples: $(VENV)/.go
	$(BIN)/python sample-profiles/record.py

proto: $(VENV)/.proto
	$(BIN)/python -m grpc_tools.protoc --proto_path=. --python_out=. --pyi_out=. parsers/profile/profile.proto

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# One stamp for the application, and one for each dependency group added to it.
$(VENV)/.run: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("goscope needs Python 3.11 or later: make PYTHON=python3.11") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[fleet]' --group test
	touch $@

$(VENV)/.go $(VENV)/.proto: $(VENV)/.%: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --group $*
	touch $@

$(VENV)/.lint: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --group lint
	touch $@
