#!/bin/bash
# with_galera.sh COMMAND…: runs a command beside a cluster of three MariaDB nodes (Galera) on loopback, with the users of
# ../unit/with_mariadb.sh. The command finds them by the environment: HIPBRIDGE_DB_PORT (the first node), HIPBRIDGE_GALERA_PORTS
# (all three), HIPBRIDGE_DB_CA and HIPBRIDGE_DB_OTHER_CA.
#
# Galera, rsync and the scripts by which a node joins come as packages, unpacked into build/servers/galera and kept for the next
# time; the server itself is this machine's. Needs root: the nodes run as nobody.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
root=$top/build/servers/galera
export PATH=$root/usr/bin:$PATH:/usr/sbin

if [[ ! -e $root/done ]]; then
    echo "with_galera.sh: fetching Galera into build/servers/galera (once)"
    rm -rf "$root"
    mkdir -p "$root/packages"
    (cd "$root/packages" && apt-get -qq -o APT::Sandbox::User=root download galera-4 rsync libpopt0 lsof socat mariadb-server mariadb-client)
    for package in "$root"/packages/*.deb; do
        dpkg -x "$package" "$root"
    done
    rm -rf "$root/packages"
    touch "$root/done"
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/hipbridge-galera.XXXXXX")
chmod 755 "$dir"
nodes=()
cleanup() {
    local node
    for node in "${nodes[@]}"; do
        kill -9 "$node" 2>/dev/null || :
        wait "$node" 2>/dev/null || :
    done
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=HIP Bridge test authority" -addext basicConstraints=critical,CA:TRUE \
    -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
printf 'subjectAltName=DNS:localhost\n' >"$dir/extensions"
openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 -extfile "$dir/extensions" \
    -out "$dir/server.pem" 2>/dev/null
chmod 644 "$dir"/*.key

base=$((20000 + $$ % 20000))
members=127.0.0.1:$((base + 10)),127.0.0.1:$((base + 11)),127.0.0.1:$((base + 12))
# The scripts find what they need beside them, and the libraries of what was unpacked.
export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
start() { # start NUMBER OPTION…
    local number=$1
    shift
    mkdir -p "$dir/tmp$number" "$dir/data$number"
    if [[ ! -d $dir/data$number/mysql ]]; then
        TMPDIR=$dir/tmp$number mariadb-install-db --no-defaults --datadir="$dir/data$number" --auth-root-authentication-method=normal \
            --skip-test-db --user=root >"$dir/install$number.log" 2>&1 || { cat "$dir/install$number.log" >&2; exit 1; }
    fi
    chown -R nobody "$dir/data$number" "$dir/tmp$number"
    TMPDIR=$dir/tmp$number mariadbd --no-defaults --user=nobody --datadir="$dir/data$number" --socket="$dir/data$number/socket" \
        --pid-file="$dir/data$number/pid" --bind-address=127.0.0.1 --port=$((base + number)) --innodb-buffer-pool-size=32M \
        --innodb-flush-log-at-trx-commit=2 --binlog-format=ROW --innodb-autoinc-lock-mode=2 --max-allowed-packet=1M \
        --ssl-ca="$dir/ca.pem" --ssl-cert="$dir/server.pem" --ssl-key="$dir/server.key" \
        --wsrep-on=ON --wsrep-provider="$root/usr/lib/galera/libgalera_smm.so" --wsrep-cluster-name=hip$$ \
        --wsrep-cluster-address="gcomm://$members" --wsrep-sst-method=rsync --wsrep-node-name="node$number" \
        --wsrep-node-address=127.0.0.1:$((base + 10 + number)) --wsrep-sst-receive-address=127.0.0.1:$((base + 20 + number)) \
        --wsrep-provider-options="gmcast.listen_addr=tcp://127.0.0.1:$((base + 10 + number));ist.recv_addr=127.0.0.1:$((base + 30 + number));gcache.size=16M" \
        "$@" >"$dir/server$number.log" 2>&1 &
    nodes+=($!)
    for _ in $(seq 300); do
        kill -0 "${nodes[-1]}" 2>/dev/null || { tail -60 "$dir/server$number.log" >&2; exit 1; }
        [[ $(mariadb --no-defaults --socket="$dir/data$number/socket" -uroot -BNe "SHOW STATUS LIKE 'wsrep_ready'" 2>/dev/null) == *ON ]] && return 0
        sleep 0.2
    done
    tail -60 "$dir/server$number.log" >&2
    exit 1
}
start 0 --wsrep-new-cluster
mariadb --no-defaults --socket="$dir/data0/socket" -uroot <<'SQL'
DROP USER IF EXISTS ''@'localhost';
CREATE DATABASE hip CHARACTER SET utf8mb4;
CREATE USER hip@'%' IDENTIFIED BY 'right';
GRANT ALL ON hip.* TO hip@'%';
CREATE USER poor@'%' IDENTIFIED BY 'right';
SQL
start 1
start 2
unset LD_LIBRARY_PATH
HIPBRIDGE_DB_KIND=galera HIPBRIDGE_DB_PORT=$base HIPBRIDGE_GALERA_PORTS="$base $((base + 1)) $((base + 2))" \
    HIPBRIDGE_DB_CA=$dir/ca.pem HIPBRIDGE_DB_OTHER_CA=$dir/ca.pem "$@"
