#!/bin/sh
# Installs what the interop tests drive: Node >= 22 with the official TypeScript SDKs, Playwright
# and the MCP conformance suite; the official Python SDK in two generations; Schemathesis; Chromium; and, for the
# rest of the test suite, PostgreSQL. Run again it does nothing, quickly.
#
#   tests/interop/install.sh            install what is missing
#   tests/interop/install.sh --check    only say what is missing (exit 1)
#
# Debian packages are installed when this runs as root or sudo needs no password; otherwise the
# command to run is printed. Everything else stays inside the repository: node_modules beside this
# file, virtual environments under target/interop. What was found is written to target/interop/env,
# one NAME=PATH per line, for the tests to read.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
home=${CARGO_TARGET_DIR:-$here/../../target}/interop
mkdir -p "$home"
home=$(CDPATH='' cd -- "$home" && pwd)

# One installer at a time, when flock exists.
if [ -z "${GATEWRIGHT_INTEROP_LOCKED-}" ] && command -v flock > /dev/null; then
    export GATEWRIGHT_INTEROP_LOCKED=1
    exec flock "$home/lock" "$0" "$@"
fi

find_program() {
    for candidate in "$@"; do
        if path=$(command -v "$candidate" 2> /dev/null); then
            echo "$path"
            return
        fi
    done
}

find_postgres() {
    path=$(find_program initdb)
    if [ -z "$path" ]; then
        for path in /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb; do
            [ -x "$path" ] && break
            path=
        done
    fi
    echo "$path"
}

find_chromium() {
    find_program chromium chromium-browser google-chrome-stable google-chrome
}

missing() {
    [ -n "$(find_chromium)" ] || echo chromium chromium-driver
    [ -n "$(find_postgres)" ] || echo postgresql
    command -v npm > /dev/null || echo nodejs npm
    python3 -c 'import ensurepip, venv' 2> /dev/null || echo python3 python3-venv
}

packages=$(missing | tr '\n' ' ')
if [ -n "$packages" ]; then
    install="apt-get install -y --no-install-recommends $packages"
    if [ "${1-}" = --check ] || ! command -v apt-get > /dev/null; then
        echo "missing: $packages(on Debian: sudo $install)" >&2
        exit 1
    elif [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2> /dev/null; then
        as_root=sudo
    else
        echo "missing: $packages; run: sudo $install" >&2
        exit 1
    fi
    echo "installing $packages" >&2
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    DEBIAN_FRONTEND=noninteractive $as_root $install > "$home/apt.log" 2>&1 || { cat "$home/apt.log" >&2; exit 1; }
fi

# A folder is up to date when its stamp equals the checksum of what it was made from.
current() {
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

modules=$here/node_modules
stamp=$(cat "$here/package-lock.json" "$here/.npmrc" | cksum)
if ! current "$modules/.stamp" "$stamp"; then
    [ "${1-}" = --check ] && { echo "missing: node_modules" >&2; exit 1; }
    echo "installing the TypeScript SDKs, Playwright and the conformance suite" >&2
    (cd "$here" && npm ci --no-fund --no-audit --loglevel=error > "$home/npm.log" 2>&1) || { cat "$home/npm.log" >&2; exit 1; }
    echo "$stamp" > "$modules/.stamp"
fi

for program in 1 2 schemathesis; do
    venv=$home/python-$program
    pins=$here/python-$program.txt
    stamp=$(cksum < "$pins")
    if ! current "$venv/.stamp" "$stamp"; then
        [ "${1-}" = --check ] && { echo "missing: $venv" >&2; exit 1; }
        echo "installing Python packages: $program" >&2
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$pins" > "$home/pip.log" 2>&1 || { cat "$home/pip.log" >&2; exit 1; }
        echo "$stamp" > "$venv/.stamp"
    fi
done

# The suite needs Node >= 22: the one from npm when this platform has it, else the system's.
node=
for bundled in "$modules"/node-*/bin/node; do
    [ -x "$bundled" ] && node=$bundled
done
[ -n "$node" ] || node=$(find_program node)
"$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 22 ? 0 : 1)' || {
    echo "Node 22 or newer is needed, $node is $("$node" --version)" >&2
    exit 1
}

cat > "$home/env.new" << END
NODE=$node
CHROMIUM=$(find_chromium)
PYTHON1=$home/python-1/bin/python
PYTHON2=$home/python-2/bin/python
SCHEMATHESIS=$home/python-schemathesis/bin/schemathesis
INITDB=$(find_postgres)
END
mv "$home/env.new" "$home/env"
