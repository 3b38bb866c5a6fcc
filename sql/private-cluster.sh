#!/bin/sh
# private-cluster.sh -- a PostgreSQL of one's own in one folder, for a try-out or a test.
#
#   private-cluster.sh start DIR [NAME=VALUE ...]   make it if needed, start it, print its conninfo
#   private-cluster.sh stop DIR                     orderly stop
#   private-cluster.sh kill DIR                     kill -9 all its processes, as a power cut would
#   private-cluster.sh remove DIR                   stop it and delete the folder
#   private-cluster.sh guard DIR                    wait for end of input, then remove (for tests that may die)
#   private-cluster.sh bindir                       print where the server's programs are
#
# It listens on a Unix socket only, in a folder that its owner alone can enter,
# so everybody who can reach it is trusted.  NAME=VALUE are server settings,
# written when the cluster is made.  Only a folder that this script made (it
# holds a marker file) is ever started, stopped or deleted.
#
# PostgreSQL refuses to run as root: when the caller is root, the cluster runs
# as the account $WARDCAST_PG_ACCOUNT (default postgres).
#
# The programs are taken from $WARDCAST_PG_BINDIR, else the newest
# /usr/lib/postgresql/*/bin, else PATH.  $WARDCAST_PG_TEMPLATE names a file in
# which a fresh data folder is kept and taken from, to spare time.
#
# Exit status: 0 done, 1 failed, 64 called wrongly, 69 no server installed.
set -eu
umask 077
marker=wardcast-private-cluster
account=${WARDCAST_PG_ACCOUNT:-postgres}

fail() { echo "private-cluster: $2" >&2; exit "$1"; }

has_server() { [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/postgres" ]; }

find_bindir() {
    if [ -n "${WARDCAST_PG_BINDIR:-}" ]; then
        has_server "$WARDCAST_PG_BINDIR" || fail 69 "WARDCAST_PG_BINDIR is $WARDCAST_PG_BINDIR, which holds no initdb, pg_ctl and postgres"
        echo "$WARDCAST_PG_BINDIR"
        return
    fi
    for candidate in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -rV); do
        if has_server "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    found=$(command -v initdb) || fail 69 "no PostgreSQL server found; install one (Debian: postgresql) or set WARDCAST_PG_BINDIR"
    found=$(dirname "$(readlink -f "$found")")
    has_server "$found" || fail 69 "$found holds initdb but not the whole server; set WARDCAST_PG_BINDIR"
    echo "$found"
}

# Run a command as the account that owns the cluster.
as_owner() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    elif command -v setpriv >/dev/null; then
        setpriv --reuid="$account" --regid="$(id -g "$account")" --init-groups env HOME="$dir" "$@"
    else
        runuser -u "$account" -- env HOME="$dir" "$@"
    fi
}

check_account() {
    [ "$(id -u)" -ne 0 ] || id "$account" >/dev/null 2>&1 ||
        fail 69 "the account $account does not exist, and PostgreSQL refuses to run as root; install the server's package or set WARDCAST_PG_ACCOUNT"
}

check_ours() {
    [ -f "$dir/$marker" ] || fail 1 "$dir was not made by private-cluster; it is left alone"
}

# A socket's path must fit into 107 bytes: a deep folder gets a short one beside it.
choose_socket() {
    if [ ${#dir} -le 80 ]; then
        echo "$dir"
    else
        short=$(mktemp -d "${TMPDIR:-/tmp}/wardcast-socket.XXXXXX")
        [ "$(id -u)" -ne 0 ] || chown "$account" "$short"
        echo "$short"
    fi
}

init_data() {
    as_owner "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync --wal-segsize=1 \
        >"$dir/initdb.log" 2>&1 || fail 1 "initdb failed: $(tail -n 3 "$dir/initdb.log")"
}

# The template is written apart and renamed, so that two makers at once do no harm.
make_data() {
    if [ -z "${WARDCAST_PG_TEMPLATE:-}" ]; then
        init_data
    elif [ -f "$WARDCAST_PG_TEMPLATE" ]; then
        as_owner tar -x -C "$dir" -f - <"$WARDCAST_PG_TEMPLATE"
    else
        init_data
        if tar -c -C "$dir" -f "$WARDCAST_PG_TEMPLATE.$$" data 2>/dev/null; then
            mv -f "$WARDCAST_PG_TEMPLATE.$$" "$WARDCAST_PG_TEMPLATE"
        fi
    fi
}

make_cluster() {
    mkdir -p "$dir"
    [ -z "$(ls -A "$dir")" ] || fail 1 "$dir is not empty and was not made by private-cluster; name an empty or a new folder"
    [ "$(id -u)" -ne 0 ] || chown "$account" "$dir"
    chmod 700 "$dir"
    (cd / && as_owner test -x "$dir") || fail 1 "the account $account cannot enter $dir; name a folder whose parents let it pass, such as one under /var/tmp"
    socket=$(choose_socket)
    make_data
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$socket'"
        echo "max_connections = 50"
        echo "timezone = 'UTC'"
        echo "log_timezone = 'UTC'"
        for setting in "$@"; do
            value=$(printf %s "${setting#*=}" | sed "s/'/''/g")
            echo "${setting%%=*} = '$value'"
        done
    } >>"$dir/data/postgresql.conf"
    echo "$socket" >"$dir/socket"
    : >"$dir/$marker"
}

# Who has the number that the server left behind: ours, nobody or, after a restart of the machine, a stranger.
whose() {
    pid=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null) || pid=
    case " $(tr "\\0" " " 2>/dev/null <"/proc/${pid:-none}/cmdline" || true) " in
    "  ") echo nobody ;;
    *" -D $dir/data "*) echo ours ;;
    *) echo stranger ;;
    esac
}

is_running() { [ "$(whose)" = ours ]; }

# After a kill the dead server's children may hold its memory for a moment: try again.
start_server() {
    tries=0
    until as_owner "$bin/pg_ctl" start -D "$dir/data" -l "$dir/server.log" -w -t 60 </dev/null >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 20 ] || fail 1 "the server does not start: $(tail -n 3 "$dir/server.log" 2>/dev/null)"
        sleep 0.3
    done
}

stop_server() {
    if is_running; then
        as_owner "$bin/pg_ctl" stop -D "$dir/data" -m "$1" -w -t 30 >/dev/null 2>&1 || kill_server
    fi
}

# Alive, and not merely waiting to be reaped by its parent.
is_alive() {
    case $(ps -o stat= -p "$1" 2>/dev/null) in
    '' | Z*) return 1 ;;
    esac
}

kill_server() {
    is_running || return 0
    pid=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null) || return 0
    [ -n "$pid" ] || return 0
    children=$(ps -o pid= --ppid "$pid" 2>/dev/null || true)
    # Word splitting is wanted: one argument per process.
    kill -9 "$pid" $children 2>/dev/null || true
    tries=0
    while is_alive "$pid" && [ $tries -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    # A dead server that nobody has reaped yet would still count as the owner of its lock file.
    is_alive "$pid" || rm -f "$dir/data/postmaster.pid"
}

remove_cluster() {
    [ -f "$dir/$marker" ] || return 0
    stop_server immediate
    socket=$(cat "$dir/socket")
    # The account of the server may write into its folder: only what choose_socket() makes is deleted.
    case $socket in
    *[!A-Za-z0-9/._-]* | */../*) ;;
    */wardcast-socket.??????) rm -rf "$socket" ;;
    esac
    rm -rf "$dir"
}

[ $# -ge 1 ] || fail 64 "wanted: start|stop|kill|remove|guard DIR, or bindir"
verb=$1
shift
bin=$(find_bindir) || exit $?
if [ "$verb" = bindir ]; then
    echo "$bin"
    exit 0
fi
[ $# -ge 1 ] || fail 64 "$verb wants a folder"
case $1 in
/*) dir=$1 ;;
*) dir=$PWD/$1 ;;
esac
shift
check_account
cd /
case $verb in
start)
    [ -f "$dir/$marker" ] || make_cluster "$@"
    case $(whose) in
    ours) ;;
    stranger) rm -f "$dir/data/postmaster.pid"; start_server ;;
    nobody) start_server ;;
    esac
    echo "host=$(cat "$dir/socket") port=5432 user=postgres dbname=postgres"
    ;;
stop) check_ours; stop_server fast ;;
kill) check_ours; kill_server ;;
remove) check_ours; remove_cluster ;;
guard)
    trap '' HUP INT TERM
    cat >/dev/null
    remove_cluster
    ;;
*) fail 64 "no such verb: $verb; wanted start, stop, kill, remove, guard or bindir" ;;
esac
