#!/usr/bin/env bash
# Start-up, memory, latency and refreshes of the real server: bench/served.ts says how. CONNECTIONS=10000 by default.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/functional-packages.sh
cd tests/functional
exec node --import tsx ../../bench/served.ts
