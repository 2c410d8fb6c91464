#!/usr/bin/env bash
# What a proxied GET costs, against nginx's proxy_pass of the same request to the same local upstream: CPU time of the
# proxy process for each request, both on one core, wrk and the upstream on the other, A B C A B C in one run. nginx is
# measured as it is by default, with a connection for each request, and with a keepalive pool; it is given the token.
#   bench/proxy_cost.sh [rounds] [seconds] [connections]
# Needs wrk, nginx, curl and node. Evergrant is the real server on one thread, with its key check and all it counts.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-7} seconds=${2:-3} connections=${3:-64}
source bench/support/cost.bash

scripts/functional-packages.sh
body='{"data":[{"id":"5079000000123","Last_Name":"Lovelace","Phone":"+14155552671","Email":"ada@example.com"}]}'
start_nginx $client_core "location / { return 200 '$body'; }"
upstream=$nginx_port
mkfifo "$work/hold"
(cd tests/functional && UPSTREAM="http://127.0.0.1:$upstream" exec node --import tsx ../../bench/proxying_server.ts) \
    <"$work/hold" >"$work/words" &
seeder=$!
exec 3>"$work/hold"
wait_for_words "$work/words" "$seeder"
read -r ours our_port path secret <"$work/words"
taskset -apc $server_core "$ours" >/dev/null
key="Authorization: Bearer $secret"
our_url=http://127.0.0.1:$our_port$path

token='proxy_set_header Authorization "Zoho-oauthtoken 1000.0123456789abcdef0123456789abcdef.0123456789abcdef";'
start_nginx $server_core "location / { proxy_pass http://127.0.0.1:$upstream; $token }"
plain_pid=$nginx_pid plain_url=http://127.0.0.1:$nginx_port/crm/v3/Leads
start_nginx $server_core \
    "location / { proxy_pass http://pool; proxy_http_version 1.1; proxy_set_header Connection \"\"; $token }" \
    "upstream pool { server 127.0.0.1:$upstream; keepalive 64; }"
pooled_pid=$nginx_pid pooled_url=http://127.0.0.1:$nginx_port/crm/v3/Leads

[[ $(curl -s -H "$key" "$our_url") == "$body" ]] || { echo "the proxy does not answer: $(curl -s -H "$key" "$our_url")" >&2; exit 1; }
[[ $(curl -s "$pooled_url") == "$body" ]] || { echo "nginx does not pass on" >&2; exit 1; }
for one in "$ours $our_url" "$plain_pid $plain_url" "$pooled_pid $pooled_url"; do
    cost ${one% *} "${one#* }" 1 "$key" "$connections" >/dev/null
done
for ((round = 1; round <= rounds; round++)); do
    a=$(cost "$ours" "$our_url" "$seconds" "$key" "$connections")
    b=$(cost "$plain_pid" "$plain_url" "$seconds" "$key" "$connections")
    c=$(cost "$pooled_pid" "$pooled_url" "$seconds" "$key" "$connections")
    plain=$(awk "BEGIN { printf \"%.3f\", $a / $b }") pooled=$(awk "BEGIN { printf \"%.3f\", $a / $c }")
    echo "$a" >>"$work/ours"
    echo "$b" >>"$work/plain"
    echo "$c" >>"$work/pooled"
    echo "$plain" >>"$work/plain_ratios"
    echo "$pooled" >>"$work/pooled_ratios"
    echo "round $round: ours $a ns, proxy_pass $b ns, with keepalive $c ns a request; ratios $plain and $pooled"
done
echo "$(machine); answers of ${#body} bytes, $connections connections"
echo "median: ours $(median <"$work/ours") ns, proxy_pass $(median <"$work/plain") ns (ratio $(median <"$work/plain_ratios"))," \
    "with keepalive $(median <"$work/pooled") ns (ratio $(median <"$work/pooled_ratios"))"
