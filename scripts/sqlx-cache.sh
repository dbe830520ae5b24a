#!/usr/bin/env bash
# Regenerates crates/store/.sqlx, the committed description of every SQL statement.
#
#   scripts/sqlx-cache.sh           rewrite the cache
#   scripts/sqlx-cache.sh --check   fail when the cache is not what the statements say
#
# With DATABASE_URL, a scratch database is created on that server and dropped again; otherwise
# a private PostgreSQL is started from the system's binaries in a temporary directory.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=write
case "${1-}" in
    "") ;;
    --check) mode=check ;;
    *) echo "usage: $0 [--check]" >&2; exit 2 ;;
esac

work=$(mktemp -d)
cleanup() {
    if [ -n "${scratch-}" ]; then
        "${psql[@]}" "$DATABASE_URL" -c "DROP DATABASE IF EXISTS $scratch" >/dev/null || true
    fi
    if [ -n "${started-}" ]; then
        as_server "$bin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT

find_bin() {
    local candidate
    for candidate in "$(dirname "$(readlink -f "$(command -v initdb 2>/dev/null)" 2>/dev/null)" 2>/dev/null)" \
        $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) \
        /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin \
        /Applications/Postgres.app/Contents/Versions/latest/bin; do
        if [ -x "$candidate/initdb" ] && [ -x "$candidate/postgres" ]; then
            echo "$candidate"
            return
        fi
    done
    echo "no PostgreSQL found: install it (Debian: postgresql; macOS: brew install postgresql) or set DATABASE_URL" >&2
    exit 1
}

# PostgreSQL refuses to run as root.
as_server() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    else
        local user=postgres
        id -u "$user" >/dev/null 2>&1 || user=nobody
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
    fi
}

if [ -n "${DATABASE_URL-}" ]; then
    psql=(psql --no-psqlrc --quiet --set ON_ERROR_STOP=1)
    scratch="gatewright_sqlx_$$"
    "${psql[@]}" "$DATABASE_URL" -c "CREATE DATABASE $scratch"
    # The scratch database's URL: the same one with another path.
    url=$(printf '%s' "$DATABASE_URL" | sed -E "s#^([a-z]+://[^/?]*)(/[^?]*)?#\1/$scratch#")
else
    bin=$(find_bin)
    psql=("$bin/psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1)
    if [ "$(id -u)" = 0 ]; then
        chown "$(id -u postgres 2>/dev/null || id -u nobody)" "$work"
    fi
    cd "$work"
    as_server "$bin/initdb" -D "$work/data" -U gatewright -A trust -E UTF8 --no-locale -N >/dev/null
    as_server "$bin/pg_ctl" -D "$work/data" -w -l "$work/log" \
        -o "-c listen_addresses='' -k $work -c fsync=off" start >/dev/null
    started=yes
    cd - >/dev/null
    url="postgres://gatewright@localhost/postgres?host=$work"
fi

for migration in migrations/*.sql; do
    "${psql[@]}" "$url" -f "$migration"
done

# Whether a column may be null is read from a plan: the one that the server's own settings lead to.
database=$("${psql[@]}" "$url" --tuples-only --no-align -c "SELECT current_database()")
for setting in enable_seqscan=off jit=off plan_cache_mode=force_generic_plan; do
    "${psql[@]}" "$url" -c "ALTER DATABASE $database SET $setting"
done

mkdir "$work/cache"
touch crates/store/src/lib.rs
SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$work/cache" DATABASE_URL="$url" cargo check --quiet -p gatewright-store

if [ "$mode" = check ]; then
    if ! diff -rq crates/store/.sqlx "$work/cache"; then
        echo "crates/store/.sqlx is out of date: run scripts/sqlx-cache.sh and commit what it changes" >&2
        exit 1
    fi
    echo "crates/store/.sqlx is up to date ($(ls "$work/cache" | wc -l | tr -d ' ') statements)"
else
    rm -rf crates/store/.sqlx
    mkdir crates/store/.sqlx
    cp "$work"/cache/query-*.json crates/store/.sqlx/
    echo "crates/store/.sqlx: $(ls crates/store/.sqlx | wc -l | tr -d ' ') statements"
fi
