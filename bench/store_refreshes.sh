#!/usr/bin/env bash
# Builds bench/store_refreshes.cpp with the compiler settings of the preset release, in a folder of its own, and runs it:
# refreshes a second that the SQLite store makes durable, beside the rate at which the disk syncs a bare file.
#   bench/store_refreshes.sh [folder on the disk to measure] [connections] [seconds]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build/bench}
cmake --preset release -B "$build" -DEVERGRANT_BENCH=ON >/dev/null
cmake --build "$build" --target store_refreshes >/dev/null
exec "$build/bench/store_refreshes" "${@:-$build}"
