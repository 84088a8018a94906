#!/bin/bash
# with_mysql.sh COMMAND…: runs a command beside a private MySQL server, as ../unit/with_mariadb.sh does beside MariaDB:
# the same environment and users, but that MySQL has no way to log in without TLS that shows no password.
#
# MySQL is in no stable Debian release: its package comes from the unstable one into a folder of its own,
# build/servers/mysql, kept for the next time. Needs root, for a chroot. HIPBRIDGE_DB_OWN_CA is the authority that the server
# made for itself; its certificates lie beside it.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
root=$top/build/servers/mysql

mirror() {
    sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p; s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/debian* 2>/dev/null | head -1
}

install_mysql() {
    echo "with_mysql.sh: fetching MySQL into build/servers/mysql (once, 500 MB)"
    rm -rf "$root.new"
    mkdir -p "$(dirname "$root")"
    debootstrap --variant=minbase sid "$root.new" "$(mirror)"
    cp /etc/resolv.conf "$root.new/etc/"
    cp /etc/apt/apt.conf.d/* "$root.new/etc/apt/apt.conf.d/" 2>/dev/null || :
    printf '#!/bin/sh\nexit 101\n' >"$root.new/usr/sbin/policy-rc.d"
    chmod +x "$root.new/usr/sbin/policy-rc.d"
    unshare -m sh -ec 'mount --bind /proc "$0/proc"; mount --bind /dev "$0/dev"
        chroot "$0" apt-get -qq update
        DEBIAN_FRONTEND=noninteractive chroot "$0" apt-get -qq -y --no-install-recommends install mysql-server-core
        chroot "$0" apt-get clean' "$root.new"
    mv "$root.new" "$root"
}
[[ -x $root/usr/sbin/mysqld ]] || install_mysql

dir=$(mktemp -d "${TMPDIR:-/tmp}/hipbridge-mysql.XXXXXX")
server=
cleanup() {
    [[ -z $server ]] || { kill "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :; }
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

authority() { # authority FILE NAME
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$2" -addext basicConstraints=critical,CA:TRUE \
        -keyout "$dir/$1.key" -out "$dir/$1.pem" 2>/dev/null
}
authority ca "HIP Bridge test authority"
authority other "Another authority"
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
printf 'subjectAltName=DNS:localhost\n' >"$dir/extensions"
openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 \
    -extfile "$dir/extensions" -out "$dir/server.pem" 2>/dev/null
cat >"$dir/init.sql" <<'SQL'
CREATE USER root@'%' IDENTIFIED BY '';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
CREATE DATABASE hip CHARACTER SET utf8mb4;
CREATE USER hip@'%' IDENTIFIED BY 'right';
GRANT ALL ON hip.* TO hip@'%';
CREATE USER poor@'%' IDENTIFIED BY 'right';
SQL
mysqld() {
    unshare -m sh -ec 'root=$0; dir=$1; shift; mkdir -p "$root/mnt/data"; mount --bind /proc "$root/proc"; mount --bind /dev "$root/dev"
        mount --bind "$dir" "$root/mnt"; exec chroot "$root" /usr/sbin/mysqld --no-defaults --user=root --datadir=/mnt/data \
        --secure-file-priv=NULL "$@"' "$root" "$dir" "$@"
}
mkdir -p "$root/mnt"
mysqld --initialize-insecure --init-file=/mnt/init.sql >"$dir/install.log" 2>&1 || { cat "$dir/install.log" >&2; exit 1; }
port=$((20000 + $$ % 20000))
mysqld --port="$port" --bind-address=127.0.0.1 --socket=/mnt/socket --mysqlx=OFF --skip-log-bin --max-allowed-packet=1M \
    --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=2 --ssl-ca=/mnt/ca.pem --ssl-cert=/mnt/server.pem \
    --ssl-key=/mnt/server.key >"$dir/server.log" 2>&1 &
server=$!
for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || { cat "$dir/server.log" >&2; server=; exit 1; }
    grep -q "ready for connections" "$dir/server.log" && break
    sleep 0.2
done
HIPBRIDGE_DB_KIND=mysql HIPBRIDGE_DB_PORT=$port HIPBRIDGE_DB_CA=$dir/ca.pem HIPBRIDGE_DB_OTHER_CA=$dir/other.pem \
    HIPBRIDGE_DB_OWN_CA=$dir/data/ca.pem "$@"
