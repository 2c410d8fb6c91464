#!/usr/bin/env bash
# clang-tidy over the server's sources, as the release build compiles them. Checks and their reasons: .clang-tidy.
#
#   scripts/check_tidy.sh [path pattern]     (a regular expression; without it: src/)
set -euo pipefail
cd "$(dirname "$0")/.."
pattern=${1:-src/}

[ -f build/release/compile_commands.json ] || cmake --preset release
cmake --build --preset release --target evergrant_precompiled
# The pattern is anchored so that the generated files under build/ stay out.
run-clang-tidy-19 -quiet -use-color=0 -j "$(nproc)" -p build/release "^$PWD/(?!build/).*$pattern" 2>&1 |
    grep -vE '^[0-9]+ warnings? (generated|treated)|^$|^Suppressed|^Use -header-filter'
exit "${PIPESTATUS[0]}"
