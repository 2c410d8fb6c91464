#!/usr/bin/env bash
# What a cached read costs against nginx answering a fixed string of the same size: CPU time of the server process
# for each request, both pinned to one core, wrk on the other, A B A B in one run. Prints both medians and the ratio.
#   bench/read_cost.sh [pairs] [seconds] [connections]
# Needs wrk, nginx, and server_floor (built here if BUILD does not hold it).
set -euo pipefail
cd "$(dirname "$0")/.."
pairs=${1:-7} seconds=${2:-3} connections=${3:-64}
build=${BUILD:-build/release}
server_core=0 client_core=1

if [[ ! -x $build/bench/server_floor ]]; then
    cmake --preset release -B "$build" -DEVERGRANT_BENCH=ON >/dev/null
    cmake --build "$build" --target server_floor
fi

work=$(mktemp -d)
pids=()
clean_up() {
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

# --- ours
taskset -c $server_core "$build/bench/server_floor" >"$work/port" &
ours=$!
pids+=("$ours")
for _ in $(seq 100); do [[ -s $work/port ]] && break; sleep 0.05; done
our_port=$(<"$work/port")

# --- nginx, answering the very same body
body=$(curl -s "http://127.0.0.1:$our_port/")
their_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$work/logs"
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
taskset -c $server_core nginx -p "$work" -e "$work/error.log" -c "$work/nginx.conf" &
theirs=$!
pids+=("$theirs")
for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$their_port/" && break; sleep 0.05; done
[[ $(curl -s "http://127.0.0.1:$their_port/") == "$body" ]] || { echo "nginx does not answer the same" >&2; exit 1; }

# Nanoseconds on the CPU for each request of one wrk run against the process $1 on port $2.
cost() {
    local before after requests
    before=$(cut -d' ' -f1 "/proc/$1/schedstat")
    requests=$(taskset -c $client_core wrk -t1 -c"$connections" -d"${3}s" \
        -H "Authorization: Bearer eg_0123456789abcdef_0123456789abcdef0123456789abcdef" \
        "http://127.0.0.1:$2/api/oauth/token/tenant-0001/zoho_crm" | awk '/requests in/ { print $1 }')
    after=$(cut -d' ' -f1 "/proc/$1/schedstat")
    echo $(((after - before) / requests))
}
median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

cost "$ours" "$our_port" 1 >/dev/null
cost "$theirs" "$their_port" 1 >/dev/null
for ((pair = 1; pair <= pairs; pair++)); do
    a=$(cost "$ours" "$our_port" "$seconds")
    b=$(cost "$theirs" "$their_port" "$seconds")
    echo "$a" >>"$work/ours"
    echo "$b" >>"$work/theirs"
    awk "BEGIN { print $a / $b }" >>"$work/ratios"
    echo "pair $pair: ours $a ns, nginx $b ns for each request"
done
echo "median: ours $(median <"$work/ours") ns, nginx $(median <"$work/theirs") ns, ratio of pairs $(median <"$work/ratios")"
