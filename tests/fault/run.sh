#!/bin/bash
# Runs the fault tests against the binary with crash points (preset `fault`).
#   tests/fault/run.sh quick    about 30 kills, for every run of the tests
#   tests/fault/run.sh long     1,000 kills, or as many as KILLS says
set -euo pipefail
cd "$(dirname "$0")/../functional"
case "${1:-quick}" in
    long) export KILLS="${KILLS:-1000}" ;;
    *) export KILLS="${KILLS:-33}" ;;
esac
export EVERGRANT_BINARY="${EVERGRANT_BINARY:-$PWD/../../build/fault/evergrant}"
[ -d node_modules ] || npm ci --no-fund --no-audit
exec npm run --silent test:fault
