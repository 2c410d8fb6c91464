#!/usr/bin/env bash
# What a read of a cached token costs, against nginx that answers a fixed string of the same size: CPU time of the server
# process for each request, both pinned to one core, wrk on the other, A B A B in one run. Prints both medians and the
# median of the pairs' ratios.
#   bench/read_cost.sh [pairs] [seconds] [connections]
# Needs wrk, nginx, curl and node. The server is the real one, with its key check, on one thread; FLOOR=1 measures the
# least that the HTTP server alone could cost instead.
set -euo pipefail
cd "$(dirname "$0")/.."
pairs=${1:-7} seconds=${2:-3} connections=${3:-64}
build=${BUILD:-build/release}
source bench/support/cost.bash

start_floor() {
    cmake --preset release -B "$build" -DEVERGRANT_BENCH=ON >/dev/null
    cmake --build "$build" --target server_floor >/dev/null
    "$build/bench/server_floor" >"$work/words" &
    ours=$!
    pids+=("$ours")
    wait_for_words "$work/words" "$ours"
    our_port=$(<"$work/words")
    path=/api/oauth/token/tenant-0001/zoho_crm
    key="Authorization: Bearer eg_0123456789abcdef_0123456789abcdef0123456789abcdef"
}

# The server ends when this script lets go of its standard input.
start_evergrant() {
    scripts/functional-packages.sh
    mkfifo "$work/hold"
    (cd tests/functional && exec node --import tsx ../../bench/seeded_server.ts) <"$work/hold" >"$work/words" &
    local seeder=$!
    exec 3>"$work/hold"
    wait_for_words "$work/words" "$seeder"
    local secret
    read -r ours our_port path secret <"$work/words"
    key="Authorization: Bearer $secret"
}

if [[ ${FLOOR:-} ]]; then start_floor; else start_evergrant; fi
taskset -apc $server_core "$ours" >/dev/null
body=$(curl -s -H "$key" "http://127.0.0.1:$our_port$path")
start_nginx $server_core "location / { return 200 '$body'; }"
our_url=http://127.0.0.1:$our_port$path their_url=http://127.0.0.1:$nginx_port$path
cost "$ours" "$our_url" 1 "$key" "$connections" >/dev/null
cost "$nginx_pid" "$their_url" 1 "$key" "$connections" >/dev/null
for ((pair = 1; pair <= pairs; pair++)); do
    a=$(cost "$ours" "$our_url" "$seconds" "$key" "$connections")
    b=$(cost "$nginx_pid" "$their_url" "$seconds" "$key" "$connections")
    ratio=$(awk "BEGIN { printf \"%.3f\", $a / $b }")
    echo "$a" >>"$work/ours"
    echo "$b" >>"$work/theirs"
    echo "$ratio" >>"$work/ratios"
    echo "pair $pair: ours $a ns, nginx $b ns a request, ratio $ratio"
done
echo "$(machine); answers of ${#body} bytes, $connections connections"
echo "median: ours $(median <"$work/ours") ns, nginx $(median <"$work/theirs") ns, ratio $(median <"$work/ratios")"
