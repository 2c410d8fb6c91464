#!/bin/bash
# Runs the fault tests against the binary with crash points (preset `fault`).
#   tests/fault/run.sh quick    about 30 kills against each kind of rotation and a fleet under 25 harms, for every run of the tests
#   tests/fault/run.sh long     1,000 kills against each, or as many as KILLS says; 10,000 callers; 500 harms and 10,000 refreshes
#   tests/fault/run.sh long rotation.test.ts    that file alone; ROTATION_VALUES says how many values have their key replaced
#
# Those of a fleet need PostgreSQL, pgbouncer and Redis, and are skipped without. As root each part has a network namespace
# of its own, and can be cut off; else all is on loopback.
set -euo pipefail
cd "$(dirname "$0")/../functional"
export FAULT_FORM="${1:-quick}"
case $FAULT_FORM in
    long) export KILLS="${KILLS:-1000}" ;;
    *) export KILLS="${KILLS:-26}" ;;
esac
# 10,000 callers are as many sockets.
ulimit -n "$(ulimit -Hn)"
export EVERGRANT_BINARY="${EVERGRANT_BINARY:-$PWD/../../build/fault/evergrant}"
[ -d node_modules ] || npm ci --no-fund --no-audit
if [ $# -gt 1 ]; then
    shift
    exec node --import tsx --test --test-force-exit "${@/#/../fault/}"
fi
exec npm run --silent test:fault
