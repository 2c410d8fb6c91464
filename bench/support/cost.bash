# For scripts that compare what two servers cost: CPU time for each request of a load that wrk makes. Sourced.
#   work        a folder that goes with the script
#   pids        processes that are ended with the script
#   client_core where wrk runs

work=$(mktemp -d)
pids=()
server_core=0 client_core=1

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

# nginx with the locations of $2 in the core $1, on a port that is tried until one is free: sets `nginx_pid` and
# `nginx_port`, and `$3` may bring more for its http block.
start_nginx() {
    local folder
    for _ in $(seq 50); do
        nginx_port=$((20000 + RANDOM % 12000))
        folder=$(mktemp -d -p "$work")
        mkdir -p "$folder/logs"
        cat >"$folder/nginx.conf" <<END
daemon off;
master_process off;
pid $folder/nginx.pid;
error_log $folder/error.log crit;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_timeout 60;
    keepalive_requests 1000000000;
    client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
    ${3:-}
    server {
        listen 127.0.0.1:$nginx_port;
        default_type application/json;
        $2
    }
}
END
        taskset -c "$1" nginx -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" 2>/dev/null &
        nginx_pid=$!
        for _ in $(seq 100); do
            kill -0 "$nginx_pid" 2>/dev/null || continue 2
            curl -s -o "$folder/answer" "http://127.0.0.1:$nginx_port/" && break
            sleep 0.05
        done
        pids+=("$nginx_pid")
        return
    done
    echo "nginx does not start: $(tail -1 "$folder/error.log")" >&2
    exit 1
}

# Nanoseconds that all threads of process $1 have been on a CPU.
cpu_time() { cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }

# CPU nanoseconds for each request of a wrk run of $3 seconds against process $1 by URL $2 with header $4, $5 connections.
cost() {
    local before after
    before=$(cpu_time "$1")
    taskset -c $client_core wrk -t1 -c"$5" -d"${3}s" -H "$4" "$2" >"$work/wrk"
    after=$(cpu_time "$1")
    if grep -E "Non-2xx|Socket errors" "$work/wrk" >&2; then
        echo "the run does not count" >&2
        exit 1
    fi
    awk -v spent=$((after - before)) '/requests in/ { printf "%.0f\n", spent / $1 }' "$work/wrk"
}

median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

machine() { echo "machine: $(nproc) cores, $(sed -n "s/^model name.*: //p" /proc/cpuinfo | head -1)"; }
