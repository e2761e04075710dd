# make demo    a filled desk on http://localhost:8000/, everything set up on the way
# make test    the tests
# make check   the tests, and everything else that has to hold before a change goes in
# make setup   the set-up alone: environment, database, messages
# make lint    style, types and imports
# make lock    new pins from requirements*.in (needs uv)
# make clean   remove the environment and caches; `make reset` removes the data in var/

.DEFAULT_GOAL := demo
.PHONY: demo test check verify setup lint lock clean reset runtime tools
unexport PYTHONPATH PYTHONHOME

PORT ?= 8000
PYTHON_IN = .venv/bin/python
MANAGE = $(PYTHON_IN) manage.py

runtime:
	@sh scripts/setup.sh

tools:
	@sh scripts/setup.sh dev

setup: runtime
	@$(MANAGE) compile_messages
	@$(MANAGE) migrate --verbosity 0
	@echo "setup: done"

demo: runtime
	@exec $(MANAGE) demo --port $(PORT)

test: tools
	@$(MANAGE) compile_messages
	@exec $(PYTHON_IN) -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

lint: tools
	$(PYTHON_IN) -m ruff check .
	$(PYTHON_IN) -m ruff format --check .
	$(PYTHON_IN) -m mypy
	.venv/bin/lint-imports --no-cache

verify: lint
	$(MANAGE) check_messages
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) lintmigrations --no-cache --quiet ok ignore
	sh scripts/check_production.sh

# The tests run whatever else fails, and last, so that their summary is the end of the report.
check: tools
	@failed=; \
	$(MAKE) --no-print-directory verify || failed=yes; \
	$(MAKE) --no-print-directory test || failed=yes; \
	test -z "$$failed"

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --upgrade requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --upgrade requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete 2>/dev/null || true

reset: runtime
	@$(MANAGE) reset_data
