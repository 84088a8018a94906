"""The installed product in a private Wine prefix, a private MariaDB, and simulated terminals.

Nothing here looks inside the product: it is driven as a person at a PC would (msiexec, net, sc, hipctl, config.json,
files dropped into the log folder) and judged by what arrives in the database and what ReportEventW was told.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

import pymysql
from backlog import Waker

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICE = "HipBridge"
TABLE = "device_logs"
# Debian's `wine` is a script that complains about its 32-bit part, which nothing here needs.
WINE = next((path for path in ("/usr/lib/wine/wine64",) if os.access(path, os.X_OK)), "wine")


def wait_for(condition, seconds, what):
    """The condition's first true value; polled until the deadline, then an AssertionError names what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_root(*command):
    """Runs a command as root; False when this user may not."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    try:
        subprocess.run([*prefix, *command], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@contextlib.contextmanager
def other_address():
    """An IPv4 address of this machine that is not loopback: its own, or one that lo is lent for the time, where this
    user may; else None."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        own = probe.getsockname()[0]
        if not own.startswith("127."):
            yield own
            return
    # One of those kept for documents; another run at the same time takes another one.
    candidates = [f"198.51.100.{1 + (os.getpid() + i) % 254}" for i in range(20)]
    lent = next((address for address in candidates if as_root("ip", "addr", "add", f"{address}/32", "dev", "lo")), None)
    try:
        yield lent
    finally:
        if lent:
            as_root("ip", "addr", "del", f"{lent}/32", "dev", "lo")


def windows_path(path):
    """Z: is the root folder in every prefix."""
    return "Z:" + str(path).replace("/", "\\")


class Event:
    """A call of ReportEventW, as Wine traces it. Long strings are cut by Wine (some 280 characters)."""

    LEVELS = {1: "error", 2: "warning", 4: "information"}

    def __init__(self, level, number, strings):
        self.level = self.LEVELS.get(level, str(level))
        self.id = number & 0xFFFF
        self.strings = strings

    @property
    def text(self):
        return " | ".join(self.strings)

    def __repr__(self):
        return f"<{self.id} {self.level}: {self.text}>"


_CALL = re.compile(r"^([0-9a-f]{4}):fixme:\w+:ReportEventW [^,]*,0x([0-9a-f]+),0x[0-9a-f]+,0x([0-9a-f]+),[^,]*,0x([0-9a-f]+),")
_LINE = re.compile(r'^([0-9a-f]{4}):(?:trace|warn|err|fixme):eventlog:ReportEventW L"(.*)$')


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def _unescape(text):
    def one(match):
        code = match[1]
        return chr(int(code, 16)) if len(code) == 4 else _ESCAPES.get(code, code)

    return re.sub(r"\\([0-9a-f]{4}|.)", one, text)


def parse_events(log):
    """The events in a Wine log, in order. Threads' lines may be interleaved."""
    events, open_calls = [], {}
    for line in log.splitlines():
        if call := _CALL.match(line):
            event = Event(int(call[2], 16), int(call[3], 16), [])
            events.append(event)
            open_calls[call[1]] = event
        elif (text := _LINE.match(line)) and text[1] in open_calls:
            open_calls[text[1]].strings.append(_unescape(text[2].removesuffix('"')))
    return events


class Wine:
    """A private prefix, copied from a template that is made once."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.prefix = self.folder / "prefix"
        self.log = self.folder / "wine.log"
        self.drive_c = self.prefix / "drive_c"
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MYSQL", "MARIADB", "WINE", "DISPLAY", "WAYLAND"))
        }
        self.env.update(
            WINEPREFIX=str(self.prefix),
            WINEDEBUG="+eventlog",
            WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe=",
            LC_ALL="C.UTF-8",
        )
        if WINE != "wine":
            self.env["WINELOADER"] = WINE

    @staticmethod
    def template():
        version = subprocess.run([WINE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        ready = ROOT / "build" / ("prefix-" + re.sub(r"[^\w.-]", "_", version))
        if not ready.exists():
            ready.parent.mkdir(exist_ok=True)
            making = pathlib.Path(tempfile.mkdtemp(prefix="prefix-", dir=ready.parent))
            wine = Wine(making)
            try:
                # Output to a file: Wine's background processes would hold a pipe open.
                with open(wine.log, "wb") as log:
                    for command in (["wineboot", "-i"], ["winecfg", "-v", "win10"]):
                        subprocess.run([WINE, *command], env=wine.env, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, check=True, timeout=300)
                    subprocess.run(["wineserver", "-w"], env=wine.env, check=True, timeout=120)
                with contextlib.suppress(FileExistsError, OSError):
                    wine.prefix.rename(ready)
            finally:
                wine.stop()
                shutil.rmtree(making, ignore_errors=True)
        return ready

    def start(self):
        if not self.prefix.exists():
            shutil.copytree(self.template(), self.prefix, symlinks=True)
        subprocess.run(["wineserver", "-p"], env=self.env, check=True, timeout=60)
        # The first process decides where the services' stderr goes.
        with open(self.log, "ab") as log:
            subprocess.run([WINE, "wineboot"], env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                           check=True, timeout=120)
        wait_for(lambda: self.run("sc", "query", "EventLog").returncode == 0, 60, "the service manager answers")

    def stop(self):
        subprocess.run(["wineserver", "-k"], env=self.env, stderr=subprocess.DEVNULL, timeout=60)
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(["wineserver", "-w"], env=self.env, stderr=subprocess.DEVNULL, timeout=20)
        for pid in self.processes(""):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def run(self, *command, timeout=120, stdin=None):
        """A Windows program, its output as text. Files, not pipes: what it starts may outlive it."""
        with tempfile.TemporaryFile(dir=self.folder) as out, open(self.log, "ab") as log:
            done = subprocess.run([WINE, *command], env=self.env, input=stdin, stdout=out, stderr=log,
                                  stdin=subprocess.DEVNULL if stdin is None else None, timeout=timeout)
            out.seek(0)
            text = out.read().decode("utf-8", "replace").replace("\r\n", "\n")
        return subprocess.CompletedProcess(command, done.returncode, text, "")

    def program(self, name, *arguments, timeout=120, stdin=None):
        """One of the product's own programs; its stderr is kept apart from Wine's by being shown too."""
        path = self.drive_c / "Program Files" / "HipBridge" / name
        with tempfile.TemporaryFile(dir=self.folder) as out:
            env = dict(self.env, WINEDEBUG="-all")
            done = subprocess.run([WINE, str(path), *arguments], env=env, input=stdin, stdout=out, stderr=out,
                                  stdin=subprocess.DEVNULL if stdin is None else None, timeout=timeout)
            out.seek(0)
            text = out.read().decode("utf-8", "replace").replace("\r\n", "\n")
        return subprocess.CompletedProcess(arguments, done.returncode, text, "")

    def processes(self, name):
        """Unix ids of this prefix's processes whose command line holds the name."""
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if name.encode() in command and b"WINEPREFIX=" + str(self.prefix).encode() in environment:
                found.append(int(folder.name))
        return found

    def threads(self):
        """What each thread of the service, of Wine's drivers and of wineserver waits in, a line each: for whoever must
        find out why something hangs."""
        lines = []
        for name in ("HipBridge.exe", "winedevice.exe", "wineserver"):
            for pid in self.processes(name):
                for task in sorted(pathlib.Path(f"/proc/{pid}/task").glob("*")):
                    with contextlib.suppress(OSError):
                        told = [(task / part).read_text().strip() for part in ("comm", "wchan", "syscall")]
                        lines.append(f"{pid} {name} {task.name} {told[0]}: {told[1]}, system call {told[2].split(' ')[0]}")
        return lines

    def events(self):
        return parse_events(self.log.read_text("utf-8", "replace"))


class Database:
    """A private mariadbd on loopback: TLS with a certificate for localhost by a private CA."""

    USER, PASSWORD, NAME = "bridge", "p\"a\\ss'wörd", "attendance"
    HOSTILE_ISSUER = "<b>ผู้ออกใบรับรอง</b>"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.ca = self.folder / "ca.pem"
        self.socket = self.folder / "socket"
        self.temporary = self.folder / "tmp"
        self.port = free_port()
        self.process = None
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
        self.start()
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
                 *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env(), start_new_session=True)

        def answers():
            assert self.process.poll() is None, (self.folder / "mariadbd.log").read_text()[-2000:]
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


class Terminals:
    """A run of the simulator: own process, own ledger."""

    def __init__(self, program, url, folder, name, *options):
        self.ledger_path = pathlib.Path(folder) / f"{name}.ledger"
        self.name = name
        self.error_path = pathlib.Path(folder) / f"{name}.err"
        with open(self.error_path, "wb") as error:
            self.process = subprocess.Popen(
                [program, "--url", url, "--ledger", str(self.ledger_path), "--json", *map(str, options)],
                stdout=subprocess.PIPE, stderr=error, text=True)

    def acknowledged(self):
        """What the server has said OK to, so far. A last line without its end is not counted: it is being written."""
        try:
            text = self.ledger_path.read_text()
        except FileNotFoundError:
            return []
        return [tuple(line.split("\t")) for line in text[: text.rfind("\n") + 1].splitlines()]

    def wait(self, seconds=120):
        """The summary; the run must have got everything through."""
        summary, status = self.end(seconds)
        assert status == 0, f"terminals {self.name}: {summary} {self.error_path.read_text()}"
        return summary

    def end(self, seconds=120):
        """The summary and the exit status, whatever they are."""
        try:
            out, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"terminals {self.name}: not done in {seconds} s") from None
        return (json.loads(out) if out else {}), self.process.returncode

    def interrupt(self):
        """Ends it by hand; what it had under way is not acknowledged."""
        self.process.send_signal(signal.SIGINT)
        return self.end(20)[0]

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


class Bridge:
    """The product: its installation, configuration, service and tools."""

    def __init__(self, folder, msi, terminal):
        self.folder = pathlib.Path(folder)
        self.msi = pathlib.Path(msi)
        self.terminal = terminal
        self.wine = Wine(self.folder)
        self.database = Database(self.folder / "database")
        self.data = self.wine.drive_c / "ProgramData" / "HipBridge"
        self.config_path = self.data / "config.json"
        self.program_folder = self.wine.drive_c / "Program Files" / "HipBridge"
        self.alog = self.wine.drive_c / "alog"
        self.archive = self.alog / "processed"
        self.port = free_port()
        self.runs = []
        self.mark = 0
        self.waker = Waker()

    # ---- configuration ----

    def config(self, **changes):
        """A configuration for this PC and database; changes by section: config(listener={"timezone": 8})."""
        config = {
            "listener": {"port": self.port, "open_firewall": False, "error_delay_s": 1, "delay_s": 1},
            "sync": {"log_directory": "C:\\alog"},
            "database": {
                "host": "localhost", "port": self.database.port, "user": Database.USER,
                "password": Database.PASSWORD, "database": Database.NAME, "tls": "verify",
                "tls_ca": windows_path(self.database.ca),
            },
        }
        for section, values in changes.items():
            if isinstance(values, dict):
                config.setdefault(section, {}).update(values)
            else:
                config[section] = values
        return config

    def write_config(self, config):
        """A dict, or the text itself."""
        text = config if isinstance(config, str) else json.dumps(config, indent=2, ensure_ascii=False)
        self.config_path.parent.mkdir(parents=True, exist_ok=True)
        self.config_path.write_text(text, "utf-8")

    # ---- installation ----

    def msiexec(self, *arguments, timeout=180):
        log = self.folder / "msiexec.log"
        return self.wine.run("msiexec", *arguments, "/qn", "/l*v", windows_path(log), timeout=timeout).returncode

    def install(self, msi=None):
        status = self.msiexec("/i", windows_path(msi or self.msi))
        assert status == 0, f"msiexec /i ended with {status}"
        wait_for(lambda: self.state() == "RUNNING", 30, f"the installed service runs; told: {self.events()}")
        self.waker.watch(self.port)

    def uninstall(self, msi=None):
        status = self.msiexec("/x", windows_path(msi or self.msi))
        assert status == 0, f"msiexec /x ended with {status}"

    # ---- the service ----

    def query(self):
        """The service's state as sc says it: {"STATE": "RUNNING", "WIN32_EXIT_CODE": 0, "SERVICE_EXIT_CODE": 0};
        empty when there is none."""
        done = self.wine.run("sc", "query", SERVICE)
        if done.returncode != 0:
            return {}
        found = {}
        for line in done.stdout.splitlines():
            name, colon, value = line.partition(":")
            words = value.split()
            if colon and words:
                number = words[0]
                found[name.strip()] = words[1] if name.strip() == "STATE" and len(words) > 1 else \
                    int(number) if number.isdigit() else number
        return found

    def state(self):
        return self.query().get("STATE", "")

    def start(self, seconds=30):
        """Starts the service; it must come up."""
        self.try_start()
        wait_for(lambda: self.state() == "RUNNING" and self.pids(), seconds, f"the service runs; told: {self.events()}")
        self.waker.watch(self.port)

    def try_start(self):
        return self.wine.run("net", "start", SERVICE).returncode

    def stop(self, seconds=30):
        """Stops the service by its control; returns how long that took."""
        began = time.monotonic()
        self.wine.run("net", "stop", SERVICE)
        wait_for(lambda: self.state() in ("STOPPED", ""), seconds, "the service has stopped")
        wait_for(lambda: not self.pids(), 10, "its process has ended")
        return time.monotonic() - began

    def pids(self):
        return self.wine.processes("HipBridge.exe")

    def kill(self):
        """TerminateProcess, as far as the program can tell. Wine's service manager does not notice before the next start.

        The process is frozen wherever it is, then killed once its terminals all wait for an answer: Wine's http.sys
        deadlocks (http_cs against irp_completion_cs) when a request arrives while a process's receives are cancelled."""
        pids = self.pids()
        assert pids, "there is no service process to kill"
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(0.3)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not self.pids(), 10, "the killed process is gone")

    # ---- events ----

    def forget_events(self):
        self.mark = len(self.wine.events())

    def events(self, number=None):
        """Those since forget_events, of this id or all."""
        return [event for event in self.wine.events()[self.mark:] if number in (None, event.id)]

    def wait_event(self, number, seconds=30):
        wait_for(lambda: self.events(number), seconds, f"event {number}; told so far: {self.events()}")
        return self.events(number)[0]

    # ---- tools ----

    def hipctl(self, *arguments, timeout=60, stdin=None):
        return self.wine.program("hipctl.exe", *arguments, timeout=timeout, stdin=stdin)

    def status(self):
        done = self.hipctl("status", "--json")
        assert done.returncode == 0, done.stdout
        return json.loads(done.stdout)

    # ---- sources ----

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def terminals(self, *options, name=None):
        """Starts the simulator; retries come quickly unless the options say otherwise. Wine's http.sys leaves the
        connections of a killed service open, where Windows closes them: so the wait for an answer is short too."""
        name = name or f"run{len(self.runs)}"
        run = Terminals(self.terminal, self.url, self.folder, name, "--retry", "0.3", "--timeout", "5", *options)
        self.runs.append(run)
        return run

    def request(self, text, body=b"", seconds=20):
        """A request in our own bytes; Host and Content-Length are added. Returns status, headers (lower case), body."""
        head = text + f"\r\nHost: 127.0.0.1:{self.port}\r\n"
        if body or text.startswith("POST"):
            head += f"Content-Length: {len(body)}\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(head.encode() + b"\r\n" + body)
            return read_answer(connection, text.startswith("HEAD"))

    def drop_log(self, name, punches, heading=True):
        """A Premium Time log: (user id, "dd/mm/yyyy hh:mm:ss AM") pairs. Appears whole, as by a rename."""
        lines = []
        if heading:
            lines = ["Date Export : 15/01/2026 09:00:05 AM", "-" * 52, "No.    ID        Time                        Verify",
                     "-" * 52]
        for number, (user, at) in enumerate(punches, 1):
            lines.append(f"{number:<6} {user:<9} {at:<27} 1 T")
        self.alog.mkdir(exist_ok=True)
        making = self.alog / (name + ".making")
        making.write_bytes(("\r\n".join(lines) + "\r\n").encode())
        making.rename(self.alog / name)

    # ---- judgement ----

    def assert_arrive(self, expected, seconds=60, exactly=True):
        """Each of these (sn, pin, time) comes to stand in the table once, and (exactly) nothing else."""
        expected = set(expected)
        wait_for(lambda: expected <= set(self.database.punches()), seconds,
                 f"all {len(expected)} punches are in the table; {self._missing(expected)}")
        punches = self.database.punches()
        assert len(punches) == len(set(punches)), "a punch stands in the table twice"
        if exactly:
            assert set(punches) == expected, f"not expected: {sorted(set(punches) - expected)[:5]}"

    def _missing(self, expected):
        return LazyText(lambda: f"missing e.g. {sorted(expected - set(self.database.punches()))[:3]}; told: {self.events()[-6:]}")

    # ---- life ----

    def prepare(self):
        """Prefix and database, not yet the product."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database.create()
        self.wine.start()

    def reset(self):
        """As freshly installed and stopped: no terminals, no outbox, no logs, no table; the configuration of config()."""
        for run in self.runs:
            run.kill()
        self.runs.clear()
        if self.pids():  # a test before could not stop it, and has said so
            self.wine.stop()
            self.wine.start()
            wait_for(lambda: self.state() == "RUNNING", 30, "the service has started with Wine")
            self.stop()
        for path in self.data.glob("*"):
            path.unlink() if not path.is_dir() else shutil.rmtree(path)
        shutil.rmtree(self.alog, ignore_errors=True)
        self.alog.mkdir()
        for ledger in self.folder.glob("*.ledger"):
            ledger.unlink()
        self.database.clear()
        self.write_config(self.config())
        self.forget_events()

    def close(self):
        self.waker.close()
        for run in self.runs:
            run.kill()
        self.wine.stop()
        self.database.stop(kill=True)


class LazyText:
    """Words that are worked out only when they are shown."""

    def __init__(self, make):
        self.make = make

    def __format__(self, spec):
        return self.make()


def read_answer(connection, bodyless=False):
    """One HTTP answer with Content-Length (or until the end)."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None, {}, data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = 0 if bodyless else int(headers.get("content-length", "0"))
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            break
        body += more
    return int(first.split()[1]), headers, body


@contextlib.contextmanager
def temporary_folder(keep=False):
    """Short and on a local disk: a Unix socket's path must fit."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hipbridge-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
