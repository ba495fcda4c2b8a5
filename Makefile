# Everything sets itself up: a fresh clone needs Python 3.13 (or uv, or pyenv with one), make and bash.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help setup demo up down build test bench check lock clean simulate simulate-mutants mutants

# First on PATH for all that is started, so that `python3.13` is one that runs.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## Make the environments (.venv, .tools); the others call it
	@bash local/setup.sh

demo: setup ## Run the main job twice, from order to message, and leave nothing running
	@.venv/bin/python -m local.demo

up: setup ## Start the local world in the background and print its addresses
	@.venv/bin/python -m local.world up

down: setup ## End the local world
	@.venv/bin/python -m local.world down

build: setup ## Build what `sam deploy` deploys (ARCHITECTURE=x86_64 for the other processor)
	@.venv/bin/vistka texts check
	@.tools/sam/bin/sam build --parameter-overrides Architecture=$(or $(ARCHITECTURE),arm64)
	@.venv/bin/python -m local.layer .aws-sam/build

test: setup ## All tests: unit, integration, end to end (PYTEST_ARGS="-k name" for some)
	@.venv/bin/python -m pytest $(PYTEST_ARGS)

bench: setup ## Measure: ratios of things timed in one run (BENCH="floor starts --rounds 21" for some; benchmarks/README.md)
	@.venv/bin/python -m benchmarks $(BENCH)

simulate: setup ## The rules under faults, in simulated time (SEEDS=2000 FROM=0; SEED=N tells one story)
	@.venv/bin/python -m tests.simulation --seeds $(or $(SEEDS),2000) --from $(or $(FROM),0) $(if $(SEED),--seed $(SEED))

simulate-mutants: setup ## Plant every bug into the simulation and count the seeds that find it (SEEDS=60)
	@.venv/bin/python -m tests.simulation --mutants --seeds $(or $(SEEDS),60)

mutants: setup ## Plant small bugs into the code; the unit tests must find 90 % (ONLY="vistka.domain.*" tries some)
	@nice -n 10 .venv/bin/python -m tests.mutants $(ONLY)

check: setup ## Lint, format, types, template, locks, no paths of one machine
	@bash local/check.sh

lock: setup ## Write the lock files anew (UPGRADE=1 for the newest versions)
	@bash local/locks.sh $(if $(UPGRADE),--upgrade)

clean: ## Remove what was built and installed
	@if [ -x .venv/bin/python ]; then .venv/bin/python -m local.world down; fi
	rm -rf .venv .tools .local .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find layers -name '*.egg-info' -type d -prune -exec rm -rf {} +
