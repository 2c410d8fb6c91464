#!/usr/bin/env bash
# Reads and refreshes a second of one, two and three replicas on one PostgreSQL and one Redis, and how many round trips to
# the database a refresh costs: bench/fleet.ts says how.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/functional-packages.sh
cd tests/functional
export EVERGRANT_BINARY="${EVERGRANT_BINARY:-$PWD/../../build/release/evergrant}"
exec node --import tsx ../../bench/fleet.ts
