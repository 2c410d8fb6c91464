#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_SECONDS (30) from its seeds. The seeds are read, never written: what the fuzzer finds
# on the way is kept in build/fuzz-corpus and used again. A crash prints how to see it once more.
#
#   scripts/fuzz.sh [target...]     (without the leading fuzz_)
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-30}

cmake --preset fuzz >build/fuzz-configure.log 2>&1 || { cat build/fuzz-configure.log; exit 1; }
cmake --build --preset fuzz --target fuzz_targets

run_target() {
    local name=$1 seeds=tests/fuzz/corpus/$1 found=build/fuzz-corpus/$1 crashes=build/fuzz-crashes/$1
    local log=build/fuzz-corpus/$1.log
    mkdir -p "$found" "$crashes"
    [ -d "$seeds" ] || seeds=
    # shellcheck disable=SC2086
    if "build/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$crashes/" "$found" $seeds >"$log" 2>&1; then
        echo "fuzz_$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, no crash"
        return
    fi
    tail -n 40 "$log"
    echo "FAILED: fuzz_$name"
    for crash in "$crashes"/*; do
        [ ! -f "$crash" ] || echo "To see it again: build/fuzz/tests/fuzz/fuzz_$name $crash"
    done
    return 1
}
export -f run_target
export seconds

targets=("$@")
if [ ${#targets[@]} = 0 ]; then
    for source in tests/fuzz/*.cpp; do
        [ ! -f "$source" ] || targets+=("$(basename "$source" .cpp)")
    done
fi
mkdir -p build/fuzz-corpus
passed=0
failed=0
while read -r result; do
    if [ "$result" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done < <(printf '%s\n' "${targets[@]}" | xargs -r -P "$(nproc)" -I{} bash -c 'run_target {} >&2 && echo 0 || echo 1')
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
