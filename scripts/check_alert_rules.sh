#!/usr/bin/env bash
# The Prometheus rules of deploy/: they can be read, they fire when their tests say so, and every metric they name is one
# that the server's sources make. Needs promtool (Debian: prometheus).
set -euo pipefail
cd "$(dirname "$0")/../deploy/prometheus"

promtool check rules evergrant.rules.yml
promtool test rules evergrant.rules.test.yml

unknown=0
for metric in $(grep -oh 'evergrant_[a-z_]*' evergrant.rules.yml | sort -u); do
    if ! grep -rqF "\"$metric\"" ../../src; then
        echo "evergrant.rules.yml names $metric, which no source makes" >&2
        unknown=1
    fi
done
exit $unknown
