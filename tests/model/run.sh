#!/bin/bash
# Checks the model of the refresh with Spin: exhaustively where it must hold, and that it is refuted where it is broken
# on purpose. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/evergrant-model-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

# search NAME FLAG...: what the verifier says, in $scratch/output.
search() {
    rm -rf "$scratch/case"
    mkdir "$scratch/case"
    (
        cd "$scratch/case"
        spin -a "$@" "$OLDPWD/refresh.pml" >spin.log 2>&1
        gcc -O2 -w -DSAFETY -DNOFAIR -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
        ./pan -m1000000 -w24 -n
    ) >"$scratch/output" 2>&1
}

verdict() {
    if [ "$1" = yes ]; then
        passed=$((passed + 1))
        printf 'ok      %-66s %s\n' "$2" "$(sed -nE 's/^ *([0-9]+) states, stored.*/\1 states/p' "$scratch/output")"
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n' "$2"
        tail -20 "$scratch/output"
    fi
}

# holds NAME FLAG...
holds() {
    local name=$1
    shift
    if search "$@" && grep -q 'errors: 0' "$scratch/output" && ! grep -qE 'too small|out of memory' "$scratch/output"; then
        verdict yes "$name"
    else
        verdict no "$name"
    fi
}

# refuted NAME FLAG...
refuted() {
    local name=$1
    shift
    search "$@" || true
    if grep -q 'assertion violated' "$scratch/output"; then verdict yes "$name"; else verdict no "$name"; fi
}

holds "two replicas, static"                       -DSTATIC
holds "two replicas, rotated with grace"           -DGRACE
holds "two replicas, rotated strictly"
holds "three replicas, rotated with grace"         -DGRACE -DN=3 -DREFRESHES=1 -DLOSSES=1
holds "three replicas, rotated strictly"           -DN=3 -DREFRESHES=1 -DLOSSES=1

refuted "refuted: the lease is not exclusive"                   -DNO_LEASE
refuted "refuted: a request leaves after the lease"             -DNO_DEADLINE
refuted "refuted: presentations are not counted"                -DNO_INTENT
refuted "refuted: every write is taken"                         -DNO_GENERATION -DGRACE
refuted "refuted: what the store does not take is forgotten"    -DNO_JOURNAL
refuted "refuted: the token before is not kept"                 -DNO_TOKEN_BEFORE -DGRACE
refuted "refuted: a failure is recorded after the lease"        -DLATE_RECORD

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
