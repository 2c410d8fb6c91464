# Every task of the project, one word each. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Where scripts/install-dependencies.sh puts a newer node, if the distribution's is too old for the tests.
export PATH := $(CURDIR)/build/node/node_modules/node/bin:$(PATH)

export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CCACHE_SLOPPINESS := pch_defines,time_macros
export NINJA_STATUS := [%f/%t, %es] 

FUZZ_SECONDS ?= 30
SEEDS ?= 20000
ROTATION_VALUES ?= 1000000
ANSWERS ?= 100000
STORM_ALERTS ?= 10000

.PHONY: help
help: ## List these tasks
	@printf 'Evergrant: what you can ask for\n\n'
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'
	@printf '\nThe shortest way to see it work: make demo\nBuilds are kept in build/<preset>; the presets are in CMakePresets.json.\n'

.PHONY: build
build: ## Build the server, optimised and hardened: build/release/evergrant
	@scripts/install-dependencies.sh build
	@start=$$SECONDS; \
	mkdir -p build; cmake --preset release >build/configure.log || { cat build/configure.log; exit 1; }; \
	cmake --build --preset release; \
	printf 'Built build/release/evergrant in %d s\n' "$$((SECONDS - start))"

.PHONY: demo
demo: build ## A real grant, obtained, kept, expired and refreshed before your eyes
	@scripts/install-dependencies.sh demo
	@scripts/demo.sh

.PHONY: test
test: ## Install what is missing, build, run every test, and print the sum
	@scripts/install-dependencies.sh build test lint
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/run_tests.py

.PHONY: test-fault
test-fault: ## Kill and cut the server at every step of a refresh, and harm a fleet, in the long form (up to an hour)
	@scripts/install-dependencies.sh build test
	@FAULT_FORM=long scripts/run_tests.py fault

.PHONY: test-rotation
test-rotation: ## Replace the master key of ROTATION_VALUES (a million) values on each engine, killed 20 times
	@scripts/install-dependencies.sh build test
	@mkdir -p build; cmake --preset fault >build/configure.log && cmake --build --preset fault
	@ROTATION_VALUES=$(ROTATION_VALUES) tests/fault/run.sh long rotation.test.ts

.PHONY: test-storm
test-storm: build ## Kill the server ten times while it sends STORM_ALERTS (ten thousand) alerts; and a hundred thousand deaths at once
	@scripts/install-dependencies.sh build test
	@scripts/functional-packages.sh
	@cd tests/functional && STORM_ALERTS=$(STORM_ALERTS) node --import tsx --test --test-force-exit tests/alert_storm.test.ts

.PHONY: misbehaviour
misbehaviour: build ## Measure what becomes of misbehaving providers' connections, and rewrite docs/providers-behaving-badly.md
	@scripts/install-dependencies.sh build test
	@scripts/functional-packages.sh
	@cd tests/functional && REWRITE_DOCUMENTS=1 node --import tsx --test --test-force-exit tests/providers_behaving_badly.test.ts

.PHONY: misbehaviour-long
misbehaviour-long: build ## ANSWERS (a hundred thousand) faulty token answers at random, of which none may end a connection
	@scripts/install-dependencies.sh build test
	@scripts/functional-packages.sh
	@cd tests/functional && ANSWERS=$(ANSWERS) node --import tsx --test --test-force-exit tests/faulty_answers.test.ts

.PHONY: simulate
simulate: ## Refreshes of a fleet in 20,000 simulated kinds of bad weather, or SEEDS of them; a seed that fails can be replayed
	@scripts/install-dependencies.sh build
	@SEEDS=$(SEEDS) scripts/run_tests.py simulation

.PHONY: model
model: ## Check a model of the refresh exhaustively with Spin, and that it refutes what is broken on purpose
	@scripts/install-dependencies.sh build test
	@scripts/run_tests.py model

.PHONY: bench
bench: build ## Measure what docs/performance.md claims
	@scripts/install-dependencies.sh bench test
	@for script in bench/*.sh; do printf '==> %s\n' "$$script"; "$$script"; done

.PHONY: tsan
tsan: ## The unit tests of every folder that shares something between threads, with ThreadSanitizer
	@scripts/install-dependencies.sh build test
	@cmake --preset tsan -DEVERGRANT_TEST_FOLDERS="base;async;net;cache;storage;broker;health;connectors;api;app"
	@cmake --build --preset tsan --target unit_tests
	@scripts/run_unit_programs.py build/tsan

.PHONY: headers
headers: ## Every header compiles alone; `make test` takes those that no source opens with
	@scripts/install-dependencies.sh build test
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev --target check_headers

.PHONY: proxy-long
proxy-long: build ## Stream 10 GB through the proxy, down and up, and say what memory that took
	@scripts/install-dependencies.sh test
	@scripts/functional-packages.sh
	@cd tests/functional && PROXY_MEGABYTES=10240 node --import tsx --test --test-force-exit tests/proxy_memory.test.ts

.PHONY: fuzz
fuzz: ## Fuzz every target for FUZZ_SECONDS (30) each; a crash prints how to see it again
	@scripts/install-dependencies.sh build test lint
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz.sh

.PHONY: coverage
coverage: ## Line and branch coverage of the pure folders: oauth, catalog, crypto
	@scripts/install-dependencies.sh build test lint
	@scripts/coverage.sh

.PHONY: lint
lint: ## Every check that runs no code: folders, coroutines, headers, format, clang-tidy
	@scripts/install-dependencies.sh build lint
	@scripts/run_tests.py checks headers tidy

.PHONY: format
format: ## Format every C++ file in place
	@git ls-files --cached --others --exclude-standard '*.cpp' '*.h' | xargs -r clang-format-19 -i

.PHONY: clean
clean: ## Remove what builds and tests made
	@rm -rf build
