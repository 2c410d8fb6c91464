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
server_core=0 client_core=1

work=$(mktemp -d)
pids=()
clean_up() {
    exec 3>&- || true
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

wait_for_words() {  # in file $1, from process $2
    until [[ -s $1 ]]; do
        kill -0 "$2" || exit 1
        sleep 0.05
    done
}

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

start_ours() {
    if [[ ${FLOOR:-} ]]; then start_floor; else start_evergrant; fi
    taskset -apc $server_core "$ours" >/dev/null
}

# nginx cannot tell which port it got, so ports are tried until one is free.
start_nginx() {
    local answer
    mkdir -p "$work/logs"
    for _ in $(seq 50); do
        their_port=$((20000 + RANDOM % 12000))
        cat >"$work/nginx.conf" <<END
daemon off;
master_process off;
pid $work/nginx.pid;
error_log $work/error.log crit;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_timeout 60;
    keepalive_requests 1000000000;
    client_body_temp_path $work/body; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    server {
        listen 127.0.0.1:$their_port;
        default_type application/json;
        location / { return 200 '$body'; }
    }
}
END
        taskset -c $server_core nginx -p "$work" -e "$work/error.log" -c "$work/nginx.conf" 2>/dev/null &
        theirs=$!
        for _ in $(seq 100); do
            kill -0 "$theirs" 2>/dev/null || continue 2
            answer=$(curl -s "http://127.0.0.1:$their_port/") && break
            sleep 0.05
        done
        pids+=("$theirs")
        [[ $answer == "$body" ]] && return
    done
    echo "nginx does not answer: $(tail -1 "$work/error.log")" >&2
    exit 1
}

# Nanoseconds that all threads of process $1 have been on a CPU.
cpu_time() { cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }

# CPU nanoseconds for each request of one wrk run of $3 seconds against process $1 on port $2.
cost() {
    local before after
    before=$(cpu_time "$1")
    taskset -c $client_core wrk -t1 -c"$connections" -d"${3}s" -H "$key" "http://127.0.0.1:$2$path" >"$work/wrk"
    after=$(cpu_time "$1")
    if grep -E "Non-2xx|Socket errors" "$work/wrk" >&2; then
        echo "the run does not count" >&2
        exit 1
    fi
    awk -v spent=$((after - before)) '/requests in/ { printf "%.0f\n", spent / $1 }' "$work/wrk"
}

median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

start_ours
body=$(curl -s -H "$key" "http://127.0.0.1:$our_port$path")
start_nginx
cost "$ours" "$our_port" 1 >/dev/null
cost "$theirs" "$their_port" 1 >/dev/null
for ((pair = 1; pair <= pairs; pair++)); do
    a=$(cost "$ours" "$our_port" "$seconds")
    b=$(cost "$theirs" "$their_port" "$seconds")
    ratio=$(awk "BEGIN { printf \"%.3f\", $a / $b }")
    echo "$a" >>"$work/ours"
    echo "$b" >>"$work/theirs"
    echo "$ratio" >>"$work/ratios"
    echo "pair $pair: ours $a ns, nginx $b ns a request, ratio $ratio"
done
echo "machine: $(nproc) cores, $(sed -n "s/^model name.*: //p" /proc/cpuinfo | head -1); answers of ${#body} bytes, $connections connections"
echo "median: ours $(median <"$work/ours") ns, nginx $(median <"$work/theirs") ns, ratio $(median <"$work/ratios")"
