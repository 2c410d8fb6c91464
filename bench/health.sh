#!/usr/bin/env bash
# What a sweep of the health monitor costs among a million connections, and the reports and counts of all of them:
# bench/health.ts says how. CONNECTIONS=1000000, DUE=1000 and PAIRS=7 by default.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/functional-packages.sh
cd tests/functional
export EVERGRANT_BINARY="${EVERGRANT_BINARY:-$PWD/../../build/release/evergrant}"
exec node --import tsx ../../bench/health.ts
