#!/usr/bin/env bash
# A real grant obtained from a real authorization server, kept, expired and refreshed, on this machine alone.
# DEMO_ONCE=1 ends when it is told; else the server goes on running until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."

cd tests/functional
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules ]; then
    echo "Installing the authorization server (npm) …"
    npm ci --no-fund --no-audit --loglevel=error >/dev/null
    touch node_modules
fi
exec node --import tsx demo/demo.ts
