#!/usr/bin/env bash
# No path of one machine, no figure that is still to come, no unfinished word, no conflict mark and no private key outside
# the tests in the tree.
set -uo pipefail
cd "$(dirname "$0")/.."
wrong=0

# refuse <why> <git grep argument>...
refuse() {
    local why=$1 found
    shift
    found=$(git grep --untracked -nI "$@" 2>/dev/null) || return 0
    printf '%s:\n%s\n' "$why" "$found" | cut -c1-200
    wrong=1
}

code=(':(exclude)scripts/check_tree.sh' ':(exclude,glob)**/package-lock.json' ':(exclude,glob)**/*.svg')
# Of anybody's home and mounts, and of where this checkout stands.
here=$(sed 's/[^A-Za-z0-9_/-]/\\&/g' <<<"${PWD#/}")
refuse "A path of one machine" -E "(^|[^A-Za-z0-9_.\$}])/(home/[a-z]+|root|Users|mnt|media|$here)/[A-Za-z.]" -- . "${code[@]}"
refuse "A figure to come" -E '@@[A-Z0-9]+@@' -- . "${code[@]}"
refuse "Unfinished by its own words" -iwE 'TODO|FIXME|XXX|not implemented|unimplemented|placeholder (for|until)' \
    -- src web/src tests catalog scripts "${code[@]}"
refuse "A conflict mark" -E '^(<<<<<<<|>>>>>>>) ' -- .
refuse "A private key" -E 'BEGIN ([A-Z]+ )?PRIVATE KEY' -- . ':(exclude)tests' ':(exclude)docs' "${code[@]}"
exit $wrong
