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
        cp "$OLDPWD/refresh.pml" .
        spin -a "$@" refresh.pml
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

holds "two replicas, static: two refreshes, a message lost"              -DSTATIC -DREFRESHES=2
holds "two replicas, rotated with grace: a message lost"                 -DGRACE
holds "two replicas, rotated with grace: two refreshes"                  -DGRACE -DREFRESHES=2 -DLOSSES=0
holds "two replicas, rotated strictly: a message lost"
holds "two replicas, rotated strictly: two refreshes"                    -DREFRESHES=2 -DLOSSES=0
holds "three replicas, rotated strictly"                                 -DN=3 -DLOSSES=0 -DCRASHES=0

refuted "refuted: the lease is not exclusive"                            -DNO_LEASE
refuted "refuted: a request leaves after the lease"                      -DNO_DEADLINE
refuted "refuted: presentations are not counted"                         -DNO_INTENT
refuted "refuted: every write is taken"                                  -DNO_GENERATION -DGRACE -DREFRESHES=2
refuted "refuted: what the store does not take is forgotten"             -DNO_JOURNAL
refuted "refuted: the token before is not kept"                          -DNO_TOKEN_BEFORE -DGRACE -DREFRESHES=2 -DLOSSES=0
refuted "refuted: a failure is recorded after the lease"                 -DLATE_RECORD

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
