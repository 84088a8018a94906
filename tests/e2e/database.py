"""A private MariaDB server: real, with TLS."""

import contextlib
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import time

import pymysql

from support import free_port, wait_for

TABLE = "device_logs"


class PortTaken(Exception):
    """Somebody listens where the server was to."""


class Database:
    """A private mariadbd on loopback: TLS with a certificate for localhost by a private CA."""

    USER, PASSWORD, NAME = "bridge", "p\"a\\ss'wörd", "attendance"
    HOSTILE_ISSUER = "<b>ผู้ออกใบรับรอง</b>"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.ca = self.folder / "ca.pem"
        self.named_ca = self.folder / "ใบรับรอง.pem"  # the same, by a name that no code page of this machine has
        self.socket = self.folder / "socket"
        self.temporary = self.folder / "tmp"
        self.port = free_port()
        self.process = None
        self.options = ()  # of mariadbd, at every start
        self.as_user = ["--user=root"] if os.geteuid() == 0 else []

    def _certificates(self):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder)

        def authority(name, called=None):
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "400", "-utf8",
                    "-subj", f"/CN={called or 'HIP Bridge test ' + name}",
                    "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", f"{name}.key", "-out", f"{name}.pem")

        def certificate(name, host, signer="ca", days="90"):
            (self.folder / "san").write_text(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n")
            openssl("x509", "-req", "-in", "server.csr", "-CA", f"{signer}.pem", "-CAkey", f"{signer}.key",
                    "-CAcreateserial", "-days", days, "-extfile", "san", "-out", f"{name}.pem")

        authority("ca")
        shutil.copy(self.ca, self.named_ca)
        authority("another-ca")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key",
                "-out", "server.csr")
        certificate("server", "localhost")
        certificate("expired", "localhost", days="-1")
        certificate("short", "localhost", days="5")
        authority("hostile-ca", self.HOSTILE_ISSUER.replace("/", "\\/"))
        certificate("hostile", "localhost", signer="hostile-ca", days="60")
        certificate("other-name", "elsewhere.example")
        certificate("other-ca", "localhost", signer="another-ca")
        # With its authority's: Wine, unlike Windows, takes a chain whose end it cannot find for a good one.
        with open(self.folder / "other-ca.pem", "ab") as chain:
            chain.write((self.folder / "another-ca.pem").read_bytes())
        shutil.copy(self.folder / "server.pem", self.folder / "used.pem")

    def days_left(self, name="server"):
        """Whole days that this certificate is still good for, as OpenSSL reads it."""
        said = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in", self.folder / f"{name}.pem"], check=True,
                              capture_output=True, text=True).stdout
        return int((ssl.cert_time_to_seconds(said.strip().partition("=")[2]) - time.time()) // 86400)

    def use_certificate(self, name):
        """From now on, for new connections: "server", or one that should not be trusted."""
        shutil.copy(self.folder / f"{name}.pem", self.folder / "used.pem")
        with self.connect() as cursor:
            cursor.execute("FLUSH SSL")

    def create(self):
        self.temporary.mkdir(parents=True, exist_ok=True)
        self._certificates()
        made = subprocess.run(["mysql_install_db", "--no-defaults", *self.as_user, f"--datadir={self.data}",
                               "--auth-root-authentication-method=normal", "--skip-test-db"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._env())
        assert made.returncode == 0, f"mysql_install_db: {made.stdout[-2000:]}"
        for _ in range(5):  # what was free may have been taken while the data folder was made
            try:
                self.start()
                break
            except PortTaken:
                self.process, self.port = None, free_port()
        assert self.process is not None, f"no port can be listened on, not {self.port} either"
        with self.connect(database=None) as cursor:
            # The anonymous user of localhost would shadow ours.
            cursor.execute("DELETE FROM mysql.global_priv WHERE User = ''")
            cursor.execute("FLUSH PRIVILEGES")
            cursor.execute(f"CREATE DATABASE {self.NAME} CHARACTER SET utf8mb4")
            cursor.execute(f"CREATE USER '{self.USER}'@'%%' IDENTIFIED BY %s REQUIRE SSL", (self.PASSWORD,))
            cursor.execute(f"GRANT ALL ON {self.NAME}.* TO '{self.USER}'@'%'")

    def _env(self):
        # A folder of its own: a mariadbd that starts removes every other's temporary tables beside its own.
        return dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", TMPDIR=str(self.temporary))

    def start(self, *options):
        assert self.process is None
        with open(self.folder / "mariadbd.log", "ab") as log:
            self.process = subprocess.Popen(
                ["mariadbd", "--no-defaults", *self.as_user, f"--datadir={self.data}", f"--socket={self.socket}",
                 f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
                 f"--pid-file={self.folder}/pid", f"--ssl-ca={self.ca}", f"--ssl-cert={self.folder}/used.pem",
                 f"--ssl-key={self.folder}/server.key", "--innodb-buffer-pool-size=64M", "--skip-log-bin",
                 *self.options, *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env(), start_new_session=True)

        def answers():
            if self.process.poll() is not None:
                said = (self.folder / "mariadbd.log").read_text("utf-8", "replace")[-2000:]
                raise PortTaken(said) if "Bind on TCP/IP port" in said else AssertionError(said)
            try:
                with self.connect(database=None):
                    return True
            except pymysql.Error:
                return False

        wait_for(answers, 60, "the database answers")

    def stop(self, kill=False):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    @contextlib.contextmanager
    def connect(self, database=NAME):
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", database=database, autocommit=True,
                                     charset="utf8mb4")
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def clear(self):
        if self.process is None:
            self.start()
        with self.connect() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")

    def sessions(self):
        """Who is connected and what each does, and the transactions that are open: for whoever asks why a run stands still."""
        with contextlib.suppress(pymysql.Error), self.connect() as cursor:
            cursor.execute("SELECT p.ID, p.USER, p.COMMAND, p.TIME, p.STATE, LEFT(p.INFO, 60), t.trx_state, t.trx_rows_locked, "
                           "t.trx_rows_modified FROM information_schema.PROCESSLIST p LEFT JOIN information_schema.INNODB_TRX t "
                           "ON t.trx_mysql_thread_id = p.ID WHERE p.ID <> CONNECTION_ID() AND p.USER <> 'system user'")
            return cursor.fetchall()
        return "none can be asked for"

    def rows(self, columns="device_sn, user_id, check_time", order="id"):
        """The table's rows; none when there is no table yet."""
        with self.connect() as cursor:
            try:
                cursor.execute(f"SELECT {columns} FROM {TABLE} ORDER BY {order}")
            except pymysql.err.ProgrammingError:
                return []
            return cursor.fetchall()

    def punches(self):
        """(sn, pin, "YYYY-MM-DD HH:MM:SS") of each row."""
        return [(sn, pin, str(at)) for sn, pin, at in self.rows()]

    def punches_of(self, punches):
        """Those of these that are in the table."""
        return sorted(set(punches) & set(self.punches()))
