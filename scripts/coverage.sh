#!/usr/bin/env bash
# Line and branch coverage of the pure folders by their own unit tests. The page with the sources: build/coverage/html.
set -euo pipefail
cd "$(dirname "$0")/.."
folders=(crypto oauth catalog)
build=build/coverage

cmake --preset coverage >/dev/null
cmake --build --preset coverage --target "${folders[@]/%/_tests}"

rm -f "$build"/*.profraw
objects=()
sources=()
for folder in "${folders[@]}"; do
    echo "Running ${folder}_tests"
    LLVM_PROFILE_FILE=$PWD/$build/$folder.profraw "$build/tests/${folder}_tests" --gtest_brief=1
    objects+=(-object "$build/tests/${folder}_tests")
    sources+=("src/$folder")
done
llvm-profdata-19 merge -sparse "$build"/*.profraw -o "$build/all.profdata"

common=("${objects[@]:1:1}" "${objects[@]:2}" -instr-profile="$build/all.profdata")
llvm-cov-19 show "${common[@]}" -format=html -show-branches=count -output-dir="$build/html" "${sources[@]}" >"$build/llvm-cov.log" 2>&1
llvm-cov-19 export -summary-only "${common[@]}" "${sources[@]}" 2>"$build/llvm-cov.log" | python3 scripts/coverage_table.py
echo "Line by line: $build/html/index.html"
