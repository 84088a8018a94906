#!/bin/sh
# with_mariadb.sh COMMAND…: runs a command beside a private MariaDB server, which is gone when the command ends.
#
# The server has its own data folder, socket and loopback port, and TLS with a certificate for "localhost" from a
# private authority. The command finds it by the environment:
#   HIPBRIDGE_DB_PORT, HIPBRIDGE_DB_SOCKET   where it listens
#   HIPBRIDGE_DB_CA, HIPBRIDGE_DB_OTHER_CA   the authority's certificate; one that did not sign
# Users: hip (password "right", all rights on database hip), poor (no rights but to log in).
# Exits with the command's code; 77 where there is no MariaDB server to run.
set -eu
PATH=$PATH:/usr/sbin

for tool in mariadbd mariadb mariadb-install-db openssl; do
    command -v "$tool" >/dev/null || { echo "with_mariadb.sh: no $tool here" >&2; exit 77; }
done

dir=$(mktemp -d "${TMPDIR:-/tmp}/hipbridge-db.XXXXXX")
server=
cleanup() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :; }
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

authority() { # authority FILE NAME
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$2" \
        -addext basicConstraints=critical,CA:TRUE -keyout "$dir/$1.key" -out "$dir/$1.pem" 2>/dev/null
}
authority ca "HIP Bridge test authority"
authority other "Another authority"
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
printf 'subjectAltName=DNS:localhost\n' >"$dir/extensions"
openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 \
    -extfile "$dir/extensions" -out "$dir/server.pem" 2>/dev/null

# A mariadbd that starts removes every other's temporary tables beside its own: so a folder for each.
mkdir "$dir/data" "$dir/tmp"
as_user=
if [ "$(id -u)" = 0 ]; then
    as_user=--user=root
fi
TMPDIR=$dir/tmp mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal \
    --skip-test-db $as_user >"$dir/install.log" 2>&1 || { cat "$dir/install.log" >&2; exit 1; }

# A free port is one that the server can take: try a few.
start() { # start PORT
    TMPDIR=$dir/tmp mariadbd --no-defaults $as_user --datadir="$dir/data" --socket="$dir/socket" --pid-file="$dir/pid" \
        --bind-address=127.0.0.1 --port="$1" --innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=2 \
        --skip-log-bin --performance-schema=off --max-allowed-packet=1M \
        --ssl-ca="$dir/ca.pem" --ssl-cert="$dir/server.pem" --ssl-key="$dir/server.key" \
        >"$dir/server.log" 2>&1 &
    server=$!
    for _ in $(seq 150); do
        kill -0 "$server" 2>/dev/null || { server=; return 1; }
        mariadb --no-defaults --socket="$dir/socket" -uroot -e "DO 1" >/dev/null 2>&1 && return 0
        sleep 0.2
    done
    return 1
}
port=$((20000 + $$ % 20000))
tries=0
until start "$port"; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { cat "$dir/server.log" >&2; exit 1; }
    port=$((port + 37))
done

mariadb --no-defaults --socket="$dir/socket" -uroot <<'SQL'
DROP USER IF EXISTS ''@'localhost';
DELETE FROM mysql.global_priv WHERE User = '';
FLUSH PRIVILEGES;
CREATE DATABASE hip CHARACTER SET utf8mb4;
CREATE USER hip@'%' IDENTIFIED BY 'right';
GRANT ALL ON hip.* TO hip@'%';
CREATE USER poor@'%' IDENTIFIED BY 'right';
SQL

HIPBRIDGE_DB_PORT=$port HIPBRIDGE_DB_SOCKET=$dir/socket HIPBRIDGE_DB_CA=$dir/ca.pem \
    HIPBRIDGE_DB_OTHER_CA=$dir/other.pem "$@"
