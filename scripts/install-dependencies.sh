#!/usr/bin/env bash
# Installs what the project needs from the distribution's packages: Debian 12 and later, Ubuntu 24.04 and later.
#
#   scripts/install-dependencies.sh [build] [test] [lint] [bench] [demo]
#
# Without an argument: build. Asks for root only when something is missing; silent when nothing is.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
groups=${*:-build}

# Boost 1.81 is the oldest that has all the project uses; the first version found installed or on offer is taken.
boost_versions=(1.81 1.83 1.84 1.85 1.86 1.87 1.88 1.89 1.90)

# The oldest node that the packages of tests/functional run on: oauth2-mock-server 8 asks for ^20.19.
node_major=20
node_minor=19

packages_of() {
    case $1 in
        build) echo make git g++ clang-19 cmake ninja-build mold ccache libssl-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev \
            libhiredis-dev libspdlog-dev libyaml-cpp-dev libphonenumber8 libprotobuf-dev libabsl-dev libcli11-dev prometheus-cpp-dev \
            tzdata ;;
        test) echo libclang-rt-19-dev libgtest-dev libgmock-dev python3 curl default-jre-headless sqlite3 procps openssl \
            nginx-light spin postgresql pgbouncer redis-server prometheus prometheus-alertmanager iproute2 nftables faketime util-linux chromium ;;
        lint) echo clang-tidy-19 clang-format-19 llvm-19 python3 prometheus ;;
        bench) echo nginx-light wrk nghttp2-client curl procps python3 ;;
        demo) ;;
        *)
            echo "unknown group \"$1\": build, test, lint, bench or demo" >&2
            exit 2
            ;;
    esac
}

# What only some releases have: tests that want it are skipped where it is not.
packages_on_some_releases_of() {
    case $1 in
        test) echo glewlwyd dbconfig-sqlite3 ;;
    esac
}

boost_packages() {
    printf 'libboost%s-dev libboost-json%s-dev libboost-url%s-dev' "$1" "$1" "$1"
}

is_installed() {
    local states
    states=$(dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null) || return 1
    ! grep -qvx installed <<<"$states"
}

is_on_offer() {
    [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]
}

have_boost() {
    local version
    for version in "${boost_versions[@]}"; do
        # shellcheck disable=SC2046
        is_installed $(boost_packages "$version") && return
    done
    return 1
}

boost_on_offer() {
    local version
    for version in "${boost_versions[@]}"; do
        if is_on_offer "libboost-url$version-dev"; then
            boost_packages "$version"
            return
        fi
    done
    return 1
}

have_node() {
    PATH=$root/build/node/node_modules/node/bin:$PATH node -e "
        const [major, minor] = process.versions.node.split('.').map(Number);
        process.exit(major > $node_major || (major === $node_major && minor >= $node_minor) ? 0 : 1)" 2>/dev/null
}

# The packages named that are not installed, one a line.
missing_of() {
    local installed
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | awk '$2 == "installed" {print $1}' || true)
    printf '%s\n' "$@" | sort -u | { grep -vxF "$installed" || true; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "This needs root and there is no sudo. As root, run:" >&2
        echo "  apt-get update && apt-get install ${missing[*]}" >&2
        exit 1
    fi
}

# apt's own lock time-out covers dpkg's lock, not that of the package lists.
lists_are_fresh=no
update_lists() {
    [ "$lists_are_fresh" = no ] || return 0
    local tries=60 output
    echo "Reading the package lists anew"
    until output=$(as_root apt-get update -q 2>&1); do
        if ! grep -q 'Could not get lock' <<<"$output" || [ $((--tries)) = 0 ]; then
            printf '%s\n' "$output" >&2
            return 1
        fi
        echo "Another program holds the package lists' lock; waiting"
        sleep 5
    done
    lists_are_fresh=yes
}

install_packages() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 "$@"
}

install_missing() {
    local package
    for package in "${missing[@]}"; do
        is_on_offer "$package" || update_lists
    done
    # Tests start these servers themselves: none shall start with its package.
    for package in prometheus prometheus-alertmanager glewlwyd nginx-light; do
        if [[ " ${missing[*]} " == *" $package "* ]] && command -v systemctl >/dev/null; then
            as_root systemctl mask --quiet "${package%-light}.service" || true
        fi
    done
    # Nor shall it make a database and a user for a service.
    if [[ " ${missing[*]} " == *" glewlwyd "* ]]; then
        as_root debconf-set-selections <<<"glewlwyd glewlwyd/config_type select No configuration"
    fi
    echo "Installing: ${missing[*]}"
    # Lists may be older than what the mirrors still hold; once more with fresh ones then.
    install_packages "${missing[@]}" || { [ "$lists_are_fresh" = no ] && update_lists && install_packages "${missing[@]}"; }
}

# Debian 12 and Ubuntu 24.04 have node 18: npm then brings a newer one into build/node, for the tests alone.
install_node() {
    mapfile -t missing < <(missing_of nodejs npm)
    if ! command -v npm >/dev/null && [ ${#missing[@]} -gt 0 ]; then
        install_missing
    fi
    have_node && return
    echo "node $(node --version 2>/dev/null || echo '(none)') is older than $node_major.$node_minor: npm fetches node 22 into build/node"
    npm install --silent --no-save --no-fund --no-audit --prefix "$root/build/node" node@22
    have_node || {
        echo "The functional tests need node $node_major.$node_minor or later; install one and run this again." >&2
        exit 1
    }
}

# Debian 12's libphonenumber-dev wants that release's older Boost, which the Boost that we use excludes; nothing in its
# headers does. They are unpacked from the package then, beside the sources.
install_phone_number_headers() {
    [ ! -d /usr/include/phonenumbers ] && [ ! -d "$root/.packages/usr/include/phonenumbers" ] || return 0
    is_on_offer libphonenumber-dev || update_lists
    local plan
    # A plan that removes something would remove our Boost.
    if plan=$(apt-get install -s -q --no-install-recommends libphonenumber-dev 2>/dev/null) && ! grep -q '^Remv' <<<"$plan"; then
        missing=(libphonenumber-dev)
        install_missing
        return
    fi
    local folder
    folder=$(mktemp -d)
    (cd "$folder" && apt-get download -q libphonenumber-dev >/dev/null 2>&1) || {
        update_lists
        (cd "$folder" && apt-get download -q libphonenumber-dev)
    }
    dpkg-deb -x "$folder"/libphonenumber-dev_*.deb "$folder/unpacked"
    mkdir -p "$root/.packages/usr/include"
    cp -r "$folder/unpacked/usr/include/phonenumbers" "$root/.packages/usr/include/"
    rm -r "$folder"
}

wanted=()
for group in $groups; do
    names=$(packages_of "$group")
    read -r -a some <<<"$names"
    wanted+=("${some[@]}")
done
missing=()
[ ${#wanted[@]} = 0 ] || mapfile -t missing < <(missing_of "${wanted[@]}")

if [[ " $groups " == *" build "* ]] && ! have_boost; then
    boost_on_offer >/dev/null || update_lists
    names=$(boost_on_offer) || {
        echo "This release offers no Boost from 1.81 on (libboost1.81-dev or later); Debian 12 and Ubuntu 24.04 do." >&2
        exit 1
    }
    read -r -a boost <<<"$names"
    missing+=("${boost[@]}")
fi
for group in $groups; do
    for package in $(packages_on_some_releases_of "$group"); do
        is_installed "$package" && continue
        is_on_offer "$package" || [ ${#missing[@]} = 0 ] || update_lists
        if is_on_offer "$package"; then missing+=("$package"); fi
    done
done
[ ${#missing[@]} = 0 ] || install_missing
if [[ " $groups " == *" build "* ]]; then
    install_phone_number_headers
fi
if [[ " $groups " =~ " "(test|demo)" " ]] && ! have_node; then
    install_node
fi
