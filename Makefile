# The commands of the project; `make help` lists them.
PYTHON ?= python3
PORT ?= 8000
DATA ?= .local
CASES ?= 5000
EXAMPLES ?= 2000
STEPS ?= 50
BIN := .venv/bin
# onnxruntime reports to its maker unless told otherwise.
export ORT_DISABLE_TELEMETRY := 1
# Each job is a process: without byte code each would compile us anew.
unexport PYTHONDONTWRITEBYTECODE
# As jobs have it: see infra/local/environment/process.py.
export OPENBLAS_NUM_THREADS := 1

HAS_NODE := npm --version >/dev/null 2>&1 && node -e \
	'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'

# What npm brings to the checks, where there is npm.
MODULES = $(shell $(HAS_NODE) && echo clients/js/node_modules/.setup miniprogram/node_modules/.setup \
	studio/node_modules/.setup-dev)

# Lambda's layer and the jobs read with the same file.
ENCODER := layers/text/python/dh_text/mandarin/encoder.npz

.DEFAULT_GOAL := help
.PHONY: checks py-test deploy destroy docs faults help images-check lock miniprogram scan setup setup-asr setup-dev demo serve studio test lint types format bench bench-short flame fuzz hostile js-test visemes clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.setup .weights/.setup $(ENCODER) studio ## Install what `dh` needs: packages, default weights, the Studio

studio: ## Build the page that `dh serve` shows at /
	@if $(HAS_NODE); then $(MAKE) --no-print-directory studio/dist/index.html; \
	else echo "studio: skipped: Node 20.19 or later with npm is not installed"; fi

setup-asr: setup .venv/.setup-asr .weights/.setup-asr ## ... and subtitles of recordings

# Installing keeps one core busy, so two go on at a time: the longest first, which needs its .venv to
# be there. Weights and page need what is installed.
setup-dev: .venv/bin/python ## ... and what the tests need
	@$(MAKE) --no-print-directory -j 2 .venv/.setup-dev .venv-sam/.setup .venv-lambda/.setup $(MODULES)
	@$(MAKE) --no-print-directory -j 2 .weights/.setup-asr studio $(ENCODER)

demo: setup ## Make a video of a person speaking a sentence
	$(BIN)/dh demo

serve: setup ## Run everything on http://127.0.0.1:$(PORT)
	$(BIN)/dh serve --port $(PORT) --data $(DATA)

test: setup-dev ## Lint, types, unit, integration and end-to-end tests
	@$(MAKE) --no-print-directory -j 2 py-test checks

# Three at a time on two cores: many tests wait for a server or a job.
py-test: .venv/.setup-dev
	$(BIN)/pytest -n 3 --dist loadfile

# Beside those, one after the other.
checks: .venv/.setup-dev
	@$(MAKE) --no-print-directory -j 1 lint types js-test

js-test: setup ## Test client and mini-program on the embedded cloud, and the Studio's logic
	@if $(HAS_NODE); then $(MAKE) --no-print-directory clients/js/node_modules/.setup \
		miniprogram/node_modules/.setup studio/node_modules/.setup-dev && \
		(cd clients/js && npm run -s generate && npm test --silent -- test ../../miniprogram/test) && \
		(cd miniprogram && npm run -s types) && \
		cd studio && npm run -s types && npm test --silent; \
	else echo "js-test: skipped: Node 20.19 or later with npm is not installed"; fi

scan: .venv-scan/.setup ## checkov over every template; what it is to pass over says why there
	.venv-scan/bin/checkov --quiet --compact --skip-download --framework cloudformation --file template.yaml infra/*.yaml

miniprogram: clients/js/node_modules/.setup ## Write what the mini-program shares with client and Studio
	node miniprogram/scripts/lib.mjs

lint: .venv/.setup-dev ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.setup-dev ## mypy --strict on our packages, a looser one on the tests
	$(BIN)/mypy

format: .venv/.setup-dev ## Format and fix what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev .venv/.setup-bench ## Ratios against named peers; PARTS="voice api" for some
	$(BIN)/python -m bench $(PARTS)

bench-short: setup-dev ## Two minutes of it, beside the last landed figures
	$(BIN)/python -m bench --short --json out/bench-short.json --against bench/landed.json

flame: setup-dev .venv/.setup-bench ## A flame chart of one talking video: out/flame.svg
	mkdir -p out && $(BIN)/py-spy record --rate 200 --output out/flame.svg -- \
		$(BIN)/python -m bench.workers.stages --seconds 10

fuzz: setup .venv-fuzz/.setup ## Thousands of requests made from the OpenAPI document
	$(BIN)/python -m tests.fuzz --cases $(CASES)

hostile: setup-dev ## Hundreds of hostile files through every task that they could reach
	$(BIN)/python -m tests.hostile

model: setup-dev ## Thousands of random histories of the whole system, judged after every step
	$(BIN)/python -m tests.model --examples $(EXAMPLES) --steps $(STEPS)

faults: setup-dev ## Hundreds of real tasks under kills, power cuts, a full disk and a failing S3
	$(BIN)/python -m bench.faults

deploy: setup .venv-sam/.setup ## From an AWS account to a video: ENVIRONMENT=dev or prod
	$(BIN)/python -m tools.deploy up --environment $(or $(ENVIRONMENT),dev)

destroy: .venv/.setup ## Take ENVIRONMENT away; asks before it deletes data
	$(BIN)/python -m tools.deploy down --environment $(or $(ENVIRONMENT),dev)

visemes: setup-dev ## Train the viseme network again (an hour of synthesis, then minutes)
	$(BIN)/python -m training.visemes.synthesise
	$(BIN)/python -m training.visemes.train
	$(BIN)/python -m eval.visemes

images-check: setup-dev ## Build steps of the CPU image without Docker, then a task in what came of them
	$(BIN)/python -m tools.images.check cpu

lock: setup-dev ## Write the versions of this .venv into tools/requirements/lock.txt and the images' file
	$(BIN)/python -m tools.requirements.lock

docs: .venv/.setup ## Write docs/errors.md, docs/options.md, docs/cost-and-scale.md, the client's types and the Studio's warnings again
	$(BIN)/python -m tools.pages.error_page
	$(BIN)/python -m tools.pages.options_page
	$(BIN)/python -m tools.pages.client_types
	$(BIN)/python -m simulation.cost_page
	@if $(HAS_NODE); then $(MAKE) --no-print-directory miniprogram; fi

clean: ## Remove everything that make made, data included
	rm -rf .venv .venv-sam .venv-lambda .venv-fuzz .venv-scan .weights .local .aws-sam out
	rm -rf clients/js/node_modules clients/js/dist studio/node_modules studio/dist miniprogram/node_modules

# Packages of their own: what functions and jobs share, and the client with what `dh` needs.
PACKAGES := layers/core layers/text clients/python
OURS := -e layers/core -e layers/text -e 'clients/python[cli]'

# Versions that passed the tests; `make lock` writes them anew.
LOCK ?= tools/requirements/lock.txt
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint $(LOCK)

REQUIREMENTS := $(LOCK) pyproject.toml $(PACKAGES:%=%/pyproject.toml) functions/requirements.txt \
	functions/api/requirements.txt gpu_jobs/images/requirements.txt infra/local/requirements.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
		{ echo "Python 3.11 or 3.12 is needed; name one: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.setup: .venv/bin/python $(REQUIREMENTS)
	@echo "Python packages, 1.4 GB: nothing more is said until they are there, a minute or two"
	$(PIP_INSTALL) $(OURS) -e '.[functions,jobs,local]'
	@touch $@

.venv/.setup-asr: .venv/.setup gpu_jobs/engines/asr/requirements.txt
	$(PIP_INSTALL) $(OURS) \
		-e '.[functions,jobs,local,asr]'
	@touch $@

# Everything at once: each run of pip builds our packages again.
# voxcpm comes without its 80 packages, and without torchaudio, which needs CUDA's libraries.
.venv/.setup-dev: .venv/bin/python $(REQUIREMENTS) gpu_jobs/engines/asr/requirements.txt \
		gpu_jobs/engines/lipsync/musetalk/requirements.txt \
		gpu_jobs/engines/speech/voxcpm2/requirements.txt tests/requirements.txt
	$(PIP_INSTALL) $(OURS) -e 'clients/python[mcp]' \
		-e '.[functions,jobs,local,gpu,asr,dev]'
	$(PIP_INSTALL) --no-deps \
		"$$(grep '^voxcpm' gpu_jobs/engines/speech/voxcpm2/requirements.txt)"
	@touch .venv/.setup .venv/.setup-asr $@

.weights/.setup: .venv/.setup gpu_jobs/weights/weights.lock
	$(BIN)/python -m tools.weights.setup --folder .weights
	@touch $@

.weights/.setup-text: .weights/.setup
	$(BIN)/python -m tools.weights.setup --folder .weights --set text
	@touch $@

$(ENCODER): .weights/.setup-text
	cp .weights/$(@F) $@

.weights/.setup-asr: .weights/.setup .venv/.setup-asr
	$(BIN)/python -m tools.weights.setup --folder .weights --set asr
	@touch $@

# What npm brings runs no script of its own. The checks need more than the page.
studio/node_modules/.setup: studio/package-lock.json
	cd studio && npm ci --omit=dev --ignore-scripts --silent
	@touch $@

studio/node_modules/.setup-dev: studio/package-lock.json
	cd studio && npm ci --ignore-scripts --silent
	@touch studio/node_modules/.setup $@

studio/dist/index.html: studio/node_modules/.setup studio/index.html studio/vite.config.ts \
		$(shell find studio/src studio/public clients/js/src -type f 2>/dev/null)
	cd studio && npm run --silent build -- --logLevel warn
	@touch $@

.venv-sam/.setup: tools/requirements/sam.txt
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/pip install --quiet --disable-pip-version-check -r tools/requirements/sam.txt
	@touch $@

# The functions' runtime is Python 3.11; without it the emulator test skips and says so.
.venv-lambda/.setup: tools/requirements/lambda-runtime.txt
	$(or $(shell command -v python3.11),$(PYTHON)) -m venv .venv-lambda
	.venv-lambda/bin/pip install --quiet --disable-pip-version-check -r tools/requirements/lambda-runtime.txt
	@touch $@

.venv/.setup-bench: .venv/.setup-dev bench/requirements.txt
	$(PIP_INSTALL) -r bench/requirements.txt
	@touch $@

# checkov has its own versions of nearly everything.
.venv-scan/.setup: tools/requirements/scan.txt
	$(PYTHON) -m venv .venv-scan
	.venv-scan/bin/pip install --quiet --disable-pip-version-check -r tools/requirements/scan.txt
	@touch $@

# schemathesis has its own pytest and its own hypothesis.
.venv-fuzz/.setup: tests/fuzz/requirements.txt
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/pip install --quiet --disable-pip-version-check -r tests/fuzz/requirements.txt
	@touch $@

clients/js/node_modules/.setup miniprogram/node_modules/.setup: %/node_modules/.setup: %/package-lock.json
	cd $* && npm ci --silent --ignore-scripts
	@touch $@
