#!/bin/sh
# A PostgreSQL of its own for a test run.
#   eval "$(tests/support/postgres.sh start DIR [--no-fsync])"
#       makes a cluster in DIR, starts it on a free port of the loopback and prints `export SPOKEHUB_TEST_PG=URL`
#   tests/support/postgres.sh halt DIR
#       ends it as a crash would
#   tests/support/postgres.sh resume DIR
#       starts it again, on the same port
#   tests/support/postgres.sh stop DIR
#       ends it and removes DIR
# PostgreSQL refuses to run as root: then the cluster belongs to the user postgres.
set -eu

usage() {
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

[ $# -ge 2 ] || usage
verb=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)

bin=$(find /usr/lib/postgresql/*/bin -name pg_ctl 2>/dev/null | sort -V | tail -n 1)
bin=${bin:-$(command -v pg_ctl || true)}
if [ -z "$bin" ]; then
    echo "postgres.sh: no PostgreSQL server is installed (apt-get install postgresql)" >&2
    exit 1
fi
bin=$(dirname "$bin")

as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@")
    else
        "$@"
    fi
}

# Where the cluster really is: DIR, unless its owner cannot get there (below /root, for one).
home_of() {
    if [ -f "$dir/elsewhere" ]; then
        cat "$dir/elsewhere"
    else
        echo "$dir/cluster"
    fi
}

make() {
    home=$(home_of)
    [ -f "$home/data/PG_VERSION" ] && return
    mkdir -p "$home"
    if [ "$(id -u)" = 0 ]; then
        chown postgres: "$home"
        if ! as_owner test -w "$home"; then
            rmdir "$home"
            home=$(as_owner mktemp -d /tmp/spokehub-postgres.XXXXXX)
            echo "$home" >"$dir/elsewhere"
        fi
    fi
    as_owner "$bin/initdb" --no-sync -D "$home/data" -U spokehub --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
        >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
}

run() {
    as_owner "$bin/pg_ctl" -D "$home/data" -w -t 60 -l "$home/server.log" start -o "$(cat "$dir/options")" \
        >"$dir/start.log" 2>&1
}

halt() {
    as_owner "$bin/pg_ctl" -D "$(home_of)/data" -m immediate -w stop >/dev/null 2>&1
}

resume() {
    home=$(home_of)
    run || {
        cat "$dir/start.log" "$home/server.log" >&2
        exit 1
    }
}

start() {
    fsync=on
    [ "${1:-}" = --no-fsync ] && fsync=off
    make
    for try in 1 2 3 4 5 6 7 8 9 10; do # a port may be taken
        port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
        echo "-h 127.0.0.1 -p $port -k '' -c fsync=$fsync -c max_connections=200 -c shared_buffers=128MB -c max_wal_size=2GB" \
            >"$dir/options"
        if run; then
            echo "export SPOKEHUB_TEST_PG=postgresql://spokehub@127.0.0.1:$port/postgres"
            return
        fi
    done
    cat "$dir/start.log" "$home/server.log" >&2
    exit 1
}

stop() {
    home=$(home_of)
    if [ -f "$home/data/postmaster.pid" ]; then
        as_owner "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null 2>&1 || true
    fi
    rm -rf "$home" "$dir"
}

case $verb in
start) start "${3:-}" ;;
halt) halt ;;
resume) resume ;;
stop) stop ;;
*) usage ;;
esac
