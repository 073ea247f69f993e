# One word per job. A machine without make: the same commands stand in README.md.

# The first Python on the path that starts and is 3.11, 3.12 or 3.13.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

.DEFAULT_GOAL := help
.PHONY: help book serve lab test freeze lint bench lock clean

help: ## List the jobs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

book: .venv/installed ## Build the site into _build/html; a warning is an error
	@# Cleaned first: Sphinx does not repeat the warnings of a page that it need not build again.
	$(BIN)/jupyter-book clean .
	$(BIN)/jupyter-book build . -W --keep-going

serve: ## Show the built site at http://127.0.0.1:8000
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

lab: .venv/installed ## Open the notebooks in JupyterLab
	$(BIN)/python -m jupyterlab chapters

test: .venv/installed-for-tests book ## Build the site, then run every test and every notebook
	$(BIN)/python -m pytest -n 2 --dist loadfile

freeze: .venv/installed ## Run the notebooks again and store their outputs (NOTEBOOKS="chapters/04-…ipynb" for some)
	$(BIN)/python -m largemodels.book.freeze $(NOTEBOOKS)

lint: .venv/installed-for-tests ## Check the style of code and notebooks
	$(BIN)/python -m ruff check .

bench: .venv/installed-for-tests book ## Measure labs, pages, builds and training beside what is usual
	$(BIN)/python -m tests.bench

lock: .venv/installed ## Renew requirements-lock.txt from the two requirements files
	$(BIN)/python -m pip install --quiet uv
	sed '/^-/d' requirements.txt requirements-test.txt > .venv/unlocked.txt
	head -2 requirements-lock.txt > .venv/locked.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header .venv/unlocked.txt >> .venv/locked.txt
	mv .venv/locked.txt requirements-lock.txt

clean: ## Remove what was built; the environment stays
	rm -rf _build code/build .cache .ruff_cache .hypothesis

.venv/installed: requirements.txt requirements-lock.txt code/pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found. Install one, or name it: make book PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

.venv/installed-for-tests: .venv/installed requirements-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-test.txt
	@touch $@
