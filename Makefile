# Bare `make` lists the targets: a target with a `## ` comment is in the list.
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo

# The first that is new enough; `make PYTHON=/path/to/python3 …` names another.
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13; do \
	$$name -c '$(IS_NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)

.PHONY: help
help: ## Print this list
	@echo "Usage: make TARGET. The first time, it installs what the target needs into $(VENV)."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/with-demo ## Render the demo's doodle, portrait, texture and grid through Ray, into out/demo
	$(BIN)/python jobs/demo_photographs.py
	$(BIN)/semstyle manifest build manifests/demo.yaml -o $(DEMO)/manifest.parquet
	$(BIN)/semstyle run $(DEMO)/manifest.parquet -o $(DEMO)

.PHONY: paper
paper: $(VENV)/with-demo ## Render the paper's comparisons into out/paper and judge its claims by their metrics; some minutes
	$(BIN)/python jobs/demo_photographs.py
	$(BIN)/semstyle manifest build manifests/paper.yaml -o out/paper/manifest.parquet
	$(BIN)/semstyle run out/paper/manifest.parquet -o out/paper
	$(BIN)/semstyle report out/paper

.PHONY: quality
quality: $(VENV)/with-demo ## Render scenes before and now into out/quality and write docs/quality.md; some minutes, more with SAMPLES=DIR
	$(BIN)/python jobs/quality.py out/quality --page docs/quality.md $(if $(SAMPLES),--samples "$(SAMPLES)")

# Folders whose tests run beside each other; a cluster, a browser or a program that is hurried has the machine alone.
BESIDE := cost dataset distillation engine evaluate hostile maps manifest planning release report storage studio web
BESIDE := $(addprefix tests/,$(BESIDE))

.PHONY: test
test: check chromium ## Check the code, then run every test: first those that may run beside each other
	@ended=0; $(MAKE) --no-print-directory test-beside || ended=1; $(MAKE) --no-print-directory test-alone || ended=1; exit $$ended

.PHONY: test-beside
test-beside: $(VENV)/with-test
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile $(BESIDE)

.PHONY: test-alone
test-alone: $(VENV)/with-test
	$(BIN)/python -m pytest $(addprefix --ignore=,$(BESIDE))

.PHONY: test-all
test-all: check chromium ## The same with the tests that take minutes, and those of make chaos but for the fuzzing
	$(BIN)/python -m pytest -m 'not gpu'

.PHONY: test-gpu
test-gpu: $(VENV)/with-test ## Run the engine, the metrics and a local Ray on this machine's GPU; says so where there is none
	@if $(BIN)/python tests/gpu/usable.py; then $(BIN)/python -m pytest -m 'not chaos' tests/gpu tests/engine tests/evaluate; fi

.PHONY: chromium
chromium:  # reports are looked at with it; without it, and off CI, those tests are skipped with a word
	@command -v chromium || command -v google-chrome || $(MAKE) --no-print-directory debian-chromium || test -z "$$CI"

.PHONY: chaos
chaos: $(VENV)/with-test ## Break things while renders run, and fuzz what strangers send; some minutes
	$(BIN)/python -m pytest -m '' tests/chaos
	for reader in manifest map grid_spec weights; do $(BIN)/python tests/chaos/fuzz_$$reader.py -max_total_time=20 || exit; done

.PHONY: soak
soak: $(VENV)/with-test ## Run 20,000 tiny renders while things break, and write docs/scale.md's figures; half an hour (ROWS=N: fewer)
	$(BIN)/python tests/chaos/soak --out out/soak $(if $(ROWS),--rows $(ROWS),--page docs/scale.md)

.PHONY: debian-chromium
debian-chromium:
	@test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo "There is no Chromium." \
		"Install it (Debian: sudo apt-get install chromium) and run make again." >&2; exit 1; }
	apt-get update
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium

.PHONY: bench
bench: RENDER := $(BIN)/semstyle bench render $(DEMO)/manifest.parquet
bench: $(VENV)/with-demo $(VENV)/with-bench ## Measure everything in docs/benchmarks.md and write it anew; a quarter of an hour
	mkdir -p out/bench
	$(BIN)/python jobs/demo_photographs.py
	$(BIN)/semstyle manifest build manifests/demo.yaml -o $(DEMO)/manifest.parquet
	$(BIN)/semstyle bench match --sides 64,128 --channels 64,128,256 --json > out/bench/match.json
	$(RENDER) --size 400 --iterations 40 --json > out/bench/render400.json
	$(RENDER) --size 400 --iterations 40 --precision bfloat16 --no-plain --json > out/bench/bfloat16.json
	$(RENDER) --size 512 --iterations 100 --json > out/bench/render512.json
	$(RENDER) --size 256 --iterations 40 --rows 8 --json > out/bench/schedule.json
	$(RENDER) --size 256 --iterations 20 --grid 3x3 --json > out/bench/grid.json
	$(BIN)/semstyle bench sizes $(DEMO)/manifest.parquet --iterations 5 --json > out/bench/sizes.json
	$(BIN)/semstyle bench sizes $(DEMO)/manifest.parquet --sizes 2048 --iterations 1 --json > out/bench/large.json
	$(BIN)/semstyle bench device --json > out/bench/device.json
	$(BIN)/semstyle bench farm --rows 5000 --each 3 --json > out/bench/farm.json
	$(BIN)/semstyle bench report out/bench -o docs

.PHONY: check
check: $(VENV)/with-test ## Check style, format, types and arrows: ruff, mypy and import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: pages
pages: ## Build the report's and the studio's pages from web/ into the package; needs node 20 and npm
	@command -v npm >/dev/null || { echo "There is no npm. Install node 20 or newer and run make pages again." >&2; exit 1; }
	cd web && npm ci && npm run build

.PHONY: cluster
cluster: $(VENV)/with-cluster $(VENV)/with-demo ## Start a Ray cluster and an S3 bucket on this machine, until Ctrl-C
	@$(BIN)/python cluster/local

.PHONY: cluster-down
cluster-down: ## Stop that cluster, and end what a crash has left of it
	@$(if $(wildcard $(BIN)/python),$(BIN)/python,python3) cluster/local stop

.PHONY: release-check
release-check: $(VENV)/with-release ## Build wheel and source distribution into dist/, and check all that a release must be; some minutes
	$(BIN)/python -m release

.PHONY: setup
setup: $(VENV)/with-test ## Install everything, for work without make

.PHONY: clean
clean: ## Remove what was installed and cached; out/ stays
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# One stamp for each of pyproject.toml's extras that is installed; what the tests need includes the other two's.
$(VENV)/with-test: INCLUDED = $(VENV)/with-demo $(VENV)/with-cluster $(VENV)/with-bench
$(VENV)/with-%: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Installing semstyle[$*] into $(VENV)"
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable ".[$*]"
	@touch $@ $(INCLUDED)

$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "semstyle needs Python 3.11 or newer, and there is none on the PATH." \
		"Install one (Debian 12: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory debian-venv
	$(PYTHON) -m venv $(VENV)
	@echo "The first installation downloads about 3 GB, nearly all of it PyTorch's CUDA libraries. pip names each package"
	@echo "as it comes; its last step, 'Installing collected packages', says nothing for a minute or two."

# Debian keeps the part of Python that makes virtual environments in a package of its own.
.PHONY: debian-venv
debian-venv: PACKAGE = $(shell $(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
debian-venv:
	@test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo "$(PYTHON) cannot make a virtual environment." \
		"Install what is missing (Debian: sudo apt-get install $(PACKAGE)) and run make again." >&2; exit 1; }
	apt-get update
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(PACKAGE)
