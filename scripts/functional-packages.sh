#!/usr/bin/env bash
# The npm packages of tests/functional, which demo and benchmarks use too: installed once, and again when they change.
set -euo pipefail
cd "$(dirname "$0")/../tests/functional"
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules ]; then
    echo "Installing the npm packages of tests/functional …" >&2
    npm ci --no-fund --no-audit --loglevel=error >/dev/null
    touch node_modules
fi
