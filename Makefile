# make demo: everything from a fresh checkout to a served demo district. make test: every check and test.
# make fuzz: random inputs, many more than in make test. make bench: the figures. make bench-nation: those of counting.
# Each installs what it needs into .venv first.

PYTHON ?= python3
PIP = PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/pip install --quiet --editable
VERSIONS = pyproject.toml constraints.txt
# What pages load in the browser; npm itself writes the file by which it is known to be there.
NPM = server/npm
NPM_DONE = $(NPM)/node_modules/.package-lock.json
NPM_INSTALL = npm ci --prefix $(NPM) --ignore-scripts --no-audit --no-fund --silent && touch $(NPM_DONE)

.PHONY: browser demo test check fuzz bench bench-nation clean

demo: .venv/.run browser
	.venv/bin/python -m server.demo.run

test: check
	.venv/bin/pytest --numprocesses 2 --dist worksteal

check: .venv/.test $(NPM_DONE)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

# So many times as many random examples as in make test, new ones each time.
FUZZ ?= 25

fuzz: .venv/.test
	FUZZ=$(FUZZ) .venv/bin/pytest tests/properties/test_poison.py tests/server/cli/test_commands_never_crash.py

bench: .venv/.test
	.venv/bin/python -m tests.bench

bench-nation: .venv/.test
	.venv/bin/python -m tests.bench.nation

# The server runs without it; its pages then say what to install.
browser:
	@[ $(NPM_DONE) -nt $(NPM)/package-lock.json ] || { command -v npm >/dev/null && $(NPM_INSTALL); } || { \
		echo "Formulir di peramban tidak tersedia. Jalankan dahulu, lalu ulangi: sudo apt-get install npm"; \
		echo "Forms in the browser are left out. Run this first, then again: sudo apt-get install npm"; }

$(NPM_DONE): $(NPM)/package.json $(NPM)/package-lock.json | .venv/.test
	@$(NPM_INSTALL)

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Perlu Python 3.11 atau lebih baru / Python 3.11 or newer is needed: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "Jalankan dahulu / run this first: sudo apt-get install python3-venv"; exit 1; }

.venv/.run: .venv/bin/pip $(VERSIONS)
	@echo "Memasang / installing ..."
	@$(PIP) .
	@touch $@

.venv/.test: .venv/bin/pip $(VERSIONS) tests/need.sh
	@sh tests/need.sh
	@echo "Memasang / installing ..."
	@$(PIP) '.[test]'
	@touch $@ .venv/.run

clean:
	rm -rf .venv $(NPM)/node_modules build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
