#!/usr/bin/env bash
# A million connections against a thousand, on each engine: start, reads, memory, and what they cost while none is due:
# bench/million.ts says how. ENGINES="sqlite postgres" and CONNECTIONS=1000000 by default.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/functional-packages.sh
cd tests/functional
export EVERGRANT_BINARY="${EVERGRANT_BINARY:-$PWD/../../build/release/evergrant}"
exec node --import tsx ../../bench/million.ts
