#!/usr/bin/env bash
# A real grant obtained from a real authorization server, kept, expired and refreshed, on this machine alone.
# DEMO_ONCE=1 ends when it is told; else the server goes on running until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")"
./functional-packages.sh
cd ../tests/functional
exec node --import tsx demo/demo.ts
