"""The benchmark: each figure beside a limit measured in the same run, and the share of it that is the goal.

    bench.py [NAME…] [--json] [--full]

NAME: outbox, beside, pull, vendor, logfile, status, http (with kinds, which is also one by itself), upload, reader, sync, backlog, delay, fleet,
start, costs, growth; without one, all. --full: the sizes the goals are stated for, where the quick run's are smaller. Ends 0 when all could be measured, whether or not a goal was met.
"""

import argparse
import http.client as http_client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import bench_costs  # noqa: E402
import bench_fleet  # noqa: E402
import bench_growth  # noqa: E402
import bench_reader  # noqa: E402
import bench_start  # noqa: E402
import bench_sync  # noqa: E402
import harness  # noqa: E402
import pymysql  # noqa: E402
from proxy import Proxy  # noqa: E402

NATIVE = ROOT / "build" / "host-release" / "bin"
WINDOWS = ROOT / "build" / "windows" / "bin"


def figure(name, value, unit, limit=None, goal=None):
    ratio = round(value / limit, 3) if limit else None
    return {"name": name, "value": round(value, 3), "unit": unit,
            "limit": round(limit, 3) if limit else None, "ratio": ratio, "goal": goal}


def native(program, *arguments, goals):
    """The figures a native program prints, one a line; goals by the unit."""
    done = subprocess.run([NATIVE / program, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
    yield from read_figures(done.stdout.splitlines(), goals)


def read_figures(lines, goals):
    for line in lines:
        name, value, unit, limit = line.split("\t")
        yield figure(name, float(value), unit, None if limit == "-" else float(limit), goals.get(unit))


# ---- protocol and outbox, and log parsing ----

def outbox(folder, full):
    yield from native("bench_outbox", folder, goals={"requests/s": 0.8})


def beside(folder, full):
    """A terminal's OK while a log is read, beside the same with no log; five runs, each with turns and loose, alternating."""
    found = {"": {}, ", loose": {}}
    for _ in range(5):
        for how, arguments in (("", ()), (", loose", ("loose",))):
            shutil.rmtree(folder / "beside", ignore_errors=True)
            for one in native("bench_beside", folder, 1200000 if full else 400000, *arguments, goals={}):
                found[how].setdefault(one["name"], []).append(one)
    for how, figures in found.items():
        for name, several in figures.items():
            limits = [one["limit"] for one in several if one["limit"] is not None]
            yield figure(name + how, statistics.median(one["value"] for one in several), several[0]["unit"],
                         statistics.median(limits) if limits else None)


def pull(folder, full):
    """What is read of terminals, from their bytes to the outbox; without the line."""
    yield from native("bench_pull", folder, *((100, 100000) if full else ()), goals={})


def vendor(folder, full):
    """The vendor's database: 300,000 punches for the first time, and a round with nothing new beside a bare read of the file."""
    yield from native("bench_vendor", folder, goals={})


def logfile(folder, full):
    yield from native("bench_logfile", goals={})


def status(folder, full):
    yield from native("bench_status", folder, goals={"refresh/CPUs": 1.0})


# ---- the service beside a bare http.sys server, under Wine ----

HTTP_GOALS = {(16, 1): 0.8, (16, 100): 0.6}
HTTP_ROUNDS = 3
FLUSH_S = 8  # after so long all is kept that the listener keeps late
HTTP_TURN_S = 2  # about so long each server is posted to in a turn


class Server:
    """A server under Wine that terminals post to, and what it did so far."""

    def __init__(self, wine, port, pid):
        self.wine = wine
        self.port = port
        self.pid = pid
        self.acked = 0
        self.clear()

    @classmethod
    def bare(cls, wine, *arguments):
        """The server that only answers; with a file, one that flushes what has arrived before."""
        port = harness.free_port()
        before = wine.processes("bare_http.exe")
        process = subprocess.Popen([harness.WINE, WINDOWS / "bare_http.exe", str(port), *arguments],
                                   env=dict(wine.env, WINEDEBUG="-all"), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if "listening" not in process.stdout.readline():
            raise RuntimeError("the bare server does not start")
        return cls(wine, port, next(pid for pid in wine.processes("bare_http.exe") if pid not in before))

    def clear(self):
        self.posts, self.unanswered, self.seconds, self.cpu, self.p50, self.p99 = 0, 0, 0.0, 0.0, [], []

    def cpu_seconds(self):
        """Of the server's own process; the driver's and wineserver's work is theirs."""
        words = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def post(self, label, connections, punches, posts):
        """Posts from that many terminals at once, on connections that are kept."""
        before = self.cpu_seconds()
        done = subprocess.run(
            [os.environ.get("HIPBRIDGE_TERMINAL", NATIVE / "terminal"), "--url", f"http://127.0.0.1:{self.port}",
             "--terminals", str(connections), "--batch", str(punches), "--punches",
             str(max(1, posts // connections) * punches), "--sn-prefix", label, "--no-handshake", "--timeout", "20",
             "--give-up", "300", "--json"],
            stdout=subprocess.PIPE, text=True)
        summary = json.loads(done.stdout)
        if done.returncode != 0:
            raise RuntimeError(f"port {self.port}: {connections} connections: {summary}")
        self.cpu += self.cpu_seconds() - before
        self.posts += summary["posts"]
        self.acked += summary["acked"]
        self.unanswered += summary["retries"]
        self.seconds += summary["seconds"]
        self.p50.append(summary["latency_ms"]["p50"])
        self.p99.append(summary["latency_ms"]["p99"])


def compare_http(servers, connections, punches, full):
    bare, durable, service = servers
    posts = 3000 if full else 640
    for server in servers:
        server.clear()
        server.post(f"W{connections}x{punches}x", connections, punches, max(32, connections))  # warms up
        if not full:  # no longer than a turn may last
            posts = max(2 * connections, min(posts, int(HTTP_TURN_S * server.posts / server.seconds)))
        server.clear()
    for turn in range(HTTP_ROUNDS):
        for server in servers:
            server.post(f"R{turn}x{connections}x{punches}x", connections, punches, posts)
    name = f"http, {connections} connections, punches a POST {punches}"
    yield figure(name, service.posts / service.seconds, "requests/s", bare.posts / bare.seconds,
                 HTTP_GOALS.get((connections, punches)))
    yield figure(f"{name}, beside one that flushes", service.posts / service.seconds, "requests/s",
                 durable.posts / durable.seconds)
    for what in ("p50", "p99"):
        ours, theirs = (statistics.median(getattr(server, what)) for server in (service, bare))
        yield figure(f"{name}, {what}", ours, "ms", theirs)
    ours, theirs = (server.cpu / server.posts * 1000 for server in (service, bare))
    yield figure(f"{name}, CPU", ours, "ms/request", theirs)
    if any(server.unanswered for server in servers):
        yield figure(f"{name}, sent again", service.unanswered, "requests", bare.unanswered)


KINDS_EACH = 200  # terminals of a kind; Wine forgets requests where more are under way than receives wait
KINDS_AT_ONCE = 32
KINDS_GOAL = 0.85


def together(bridge, label, *kinds):
    """Terminals of these kinds at once, each of which asks for orders after each punch: requests, seconds, and the
    time that an upload took of each kind (p50, ms)."""
    began = time.monotonic()
    running = [subprocess.Popen(
        [os.environ.get("HIPBRIDGE_TERMINAL", NATIVE / "terminal"), "--url", f"http://127.0.0.1:{bridge.port}",
         "--terminals", str(KINDS_EACH), "--punches", str(punches), "--sn-prefix", f"{label}{i}x", "--no-handshake",
         "--poll-between", "--at-once", str(KINDS_AT_ONCE), "--timeout", "60", "--give-up", "300", "--json", *how],
        stdout=subprocess.PIPE, text=True) for i, (punches, how) in enumerate(kinds)]
    said = [json.loads(process.communicate()[0]) for process in running]
    seconds = time.monotonic() - began
    if any(process.returncode != 0 for process in running):
        raise RuntimeError(f"{label}: {said}")
    return sum(one["requests"] for one in said), seconds, [one["latency_ms"]["p50"] for one in said]


def compare_kinds(bridge, full):
    """200 that speak FkWeb beside 200 of iclock, and as many requests from 400 of iclock, in turns."""
    punches = 10 if full else 1  # a quick turn is about as long as those above
    iclock, fkweb = (punches, ()), (punches, ("--fkweb",))
    pairs = {"mixed": (iclock, fkweb), "alike": (iclock, iclock)}
    sums = {name: [0, 0.0] for name in pairs}
    latency = {name: [] for name in pairs}
    for turn in range(HTTP_ROUNDS + 1):
        for name, kinds in pairs.items():
            requests, seconds, p50 = together(bridge, f"K{turn}{name[0]}", *kinds)
            if turn > 0:  # the first warms up
                sums[name][0] += requests
                sums[name][1] += seconds
                latency[name].append(p50[1])
    if sums["mixed"][0] != sums["alike"][0]:
        raise RuntimeError(f"not as many requests: {sums}")
    rates = {name: requests / seconds for name, (requests, seconds) in sums.items()}
    name = f"http, {KINDS_EACH} FkWeb beside {KINDS_EACH} iclock"
    yield figure(name, rates["mixed"], "requests/s", rates["alike"], KINDS_GOAL)
    yield figure(f"{name}, p50 of FkWeb", statistics.median(latency["mixed"]), "ms", statistics.median(latency["alike"]))


def kinds(folder, full):
    bridge = harness.Bridge(folder / "kinds", os.environ["HIPBRIDGE_MSI"], NATIVE / "terminal")
    bridge.folder.mkdir()
    try:
        listen(bridge)
        yield from compare_kinds(bridge, full)
    finally:
        bridge.wine.stop()


def listen(bridge):
    """Installed and started. No database: the acknowledgement is measured, not the way to the cloud."""
    bridge.wine.start()
    bridge.install()
    if bridge.state() != "STOPPED":
        bridge.stop()
    bridge.write_config({"listener": {"port": bridge.port, "open_firewall": False}, "sync": {"enabled": False}})
    bridge.start()


def http(folder, full):
    bridge = harness.Bridge(folder / "http", os.environ["HIPBRIDGE_MSI"], NATIVE / "terminal")
    bridge.folder.mkdir()
    try:
        listen(bridge)
        # What is flushed lies beside the outbox: the same disk.
        flushed = harness.windows_path(bridge.folder / "flushed")
        servers = (Server.bare(bridge.wine), Server.bare(bridge.wine, flushed),
                   Server(bridge.wine, bridge.port, bridge.wine.processes("HipBridge.exe")[0]))
        for punches in (1, 100):
            for connections in (1, 16, 64):
                yield from compare_http(servers, connections, punches, full)
        time.sleep(FLUSH_S)
        text = json.loads(bridge.request("GET /hipbridge/status.json HTTP/1.1")[2])
        said = text["outbox"]["last_id"]
        yield from bench_sync.spent(text, figure, "push")
        if said < servers[-1].acked:
            raise RuntimeError(f"the service has {said} of {servers[-1].acked} acknowledged punches: somebody else has answered")
        yield from compare_kinds(bridge, full)
    finally:
        bridge.wine.stop()


# ---- from a full outbox to the database ----

class Upload:
    COLUMNS = "device_sn, user_id, check_time, status, verify_type, raw_data"

    def __init__(self, folder, rows):
        self.folder = folder
        self.rows = rows
        self.held = 0
        self.full = folder / "full.db"
        self.outbox = folder / "outbox.db"
        self.tsv = folder / "rows.tsv"
        self.database = harness.Database(folder / "database")
        self.database.options = bench_sync.ROOMY

    def prepare(self):
        self.database.create()
        subprocess.run([NATIVE / "bench_upload", "fill", self.full, self.tsv, str(self.rows)], check=True)
        self.send(self.database.port)  # makes the table

    def refill(self):
        """The table without these rows, and the outbox with all of them."""
        with self.database.connect() as cursor:
            cursor.execute(f"SHOW TABLES LIKE '{harness.TABLE}'")
            if cursor.fetchall():
                self.clear(cursor)
        for leftover in self.folder.glob("outbox.db*"):
            leftover.unlink()
        shutil.copy(self.full, self.outbox)

    def clear(self, cursor):
        cursor.execute(f"DELETE FROM {harness.TABLE} WHERE device_sn LIKE 'BENCH%'" if self.held else f"TRUNCATE {harness.TABLE}")

    def hold(self, rows):
        """So many other rows in the table, from now on."""
        with self.database.connect() as cursor:
            cursor.execute(f"TRUNCATE {harness.TABLE}")
            for first in range(1, rows + 1, 1_000_000):
                cursor.execute(f"INSERT INTO {harness.TABLE} (device_sn, user_id, check_time, raw_data)"
                               " SELECT CONCAT('HELD', seq % 20), 1000 + seq % 2000, '2020-01-01' + INTERVAL seq * 10 SECOND, 'x'"
                               f" FROM seq_{first}_to_{min(rows, first + 999_999)}")
        self.held = rows

    def send(self, port, *how):
        """Rows a second of the uploader, by this port."""
        self.refill()
        config = self.folder / "config.json"
        config.write_text(json.dumps({
            "outbox": {"path": str(self.outbox)},
            "database": {"host": "localhost", "port": port, "user": harness.Database.USER,
                         "password": harness.Database.PASSWORD, "database": harness.Database.NAME, "tls": "verify",
                         "tls_ca": str(self.database.ca)}}), "utf-8")
        with subprocess.Popen([NATIVE / "bench_upload", "send", config, *how], stdout=subprocess.PIPE, text=True) as process:
            self.memory = private_kb(process)
            first, *rest = process.stdout.read().splitlines()
            rows, seconds, _ = first.split("\t")
            self.spent = list(read_figures(rest, {}))
        self.seconds = float(seconds)
        self.must_hold(int(rows))
        return int(rows) / float(seconds)

    def load_data(self, tsv=None, columns=COLUMNS):
        """Rows a second of LOAD DATA LOCAL INFILE into the same table, over the same kind of connection."""
        with self.database.connect() as cursor:
            self.clear(cursor)
        began = time.monotonic()
        subprocess.run(
            ["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={self.database.port}", "--protocol=tcp",
             f"--user={harness.Database.USER}", f"--ssl-ca={self.database.ca}", "--local-infile=1",
             "--default-character-set=utf8mb4", harness.Database.NAME, "-e",
             f"LOAD DATA LOCAL INFILE '{tsv or self.tsv}' INTO TABLE {harness.TABLE} CHARACTER SET utf8mb4 ({columns})"],
            env=dict(os.environ, MYSQL_PWD=harness.Database.PASSWORD), check=True)
        seconds = time.monotonic() - began
        self.must_hold(self.rows)
        return self.rows / seconds

    @staticmethod
    def table(cursor):
        """The statement that makes the table as it is now."""
        cursor.execute(f"SHOW CREATE TABLE {harness.TABLE}")
        return cursor.fetchone()[1]

    def must_hold(self, rows):
        with self.database.connect() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {harness.TABLE}")
            if cursor.fetchone()[0] != rows + self.held:
                raise RuntimeError("not every row arrived")


def upload(folder, full):
    run = Upload(folder / "upload", 1_000_000 if full else 200_000)
    run.folder.mkdir()
    try:
        run.prepare()
        port = run.database.port
        for name, how, goal in (("bulk execute", (), 0.7), ("multi-row", ("multi-row",), 0.5)):
            # In turns, so that whatever else the disk does meets both.
            ours, limits = zip(*((run.send(port, *how), run.load_data()) for _ in range(2)))
            yield figure(f"upload, {name}", statistics.mean(ours), "rows/s", statistics.mean(limits), goal)
            yield from run.spent
        with Proxy("127.0.0.1", port) as proxy:
            proxy.delay(0.05)
            yield figure("upload, 100 ms round trip", run.send(proxy.port), "rows/s", 10_000, 1.0)
    finally:
        run.database.stop(kill=True)


def start(folder, full):
    yield from bench_start.start(folder, full, NATIVE, figure)


def costs(folder, full):
    yield from bench_costs.costs(folder, full, Upload, NATIVE, figure, read_figures)


def growth(folder, full):
    yield from bench_growth.growth(folder, full, Upload, NATIVE, figure, read_figures)


def reader(folder, full):
    yield from bench_reader.reader(folder, full, Upload, NATIVE, figure)


def fleet(folder, full):
    yield from bench_fleet.fleet(folder, full, NATIVE / "bench_fleet", figure)


# ---- from the log folder to the database, under Wine ----

def sync(folder, full):
    # A gigabyte's punches are more than the outbox's default bound.
    yield from bench_sync.run(folder / "sync", os.environ["HIPBRIDGE_MSI"], NATIVE / "terminal",
                              1_000_000_000 if full else 20_000_000, figure, outbox={"max_mb": 8192})


# ---- a small and a large backlog ----

def private_kb(process):
    """The most private memory the process had at once."""
    most = 0
    while process.poll() is None:
        try:
            text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        found = [line.split()[1] for line in text.splitlines() if line.startswith("RssAnon:")]
        most = max(most, int(found[0]) if found else 0)
        time.sleep(0.02)
    return most


def backlog(folder, full):
    """What the uploader needs while it empties an outbox of 100,000 and one of 10,000,000 (or a tenth of that)."""
    found = {}
    for rows in (100_000, 10_000_000 if full else 1_000_000):
        run = Upload(folder / f"backlog-{rows}", rows)
        run.folder.mkdir()
        try:
            run.prepare()
            found[rows] = run.seconds / rows * 1e6, run.memory / 1024
        finally:
            run.database.stop(kill=True)
            shutil.rmtree(run.folder, ignore_errors=True)
    (small_us, small_mb), (rows, (large_us, large_mb)) = found[100_000], list(found.items())[1]
    yield figure(f"backlog of {rows:,}, private memory beside 100,000", large_mb, "MiB", small_mb)
    yield figure(f"backlog of {rows:,}, time a row beside 100,000", large_us, "us", small_us)


# ---- from a punch's acknowledgement to its row ----

DELAY_PUNCHES = 200


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def row_comes(cursor, pin):
    while True:
        cursor.execute(f"SELECT 1 FROM {harness.TABLE} WHERE user_id = %s", (pin,))
        if cursor.fetchall():
            return time.monotonic()


def delay(folder, full):
    """Each punch alone, the service idle; beside the same INSERT by a client that is connected with TLS."""
    bridge = harness.Bridge(folder / "delay", os.environ["HIPBRIDGE_MSI"], NATIVE / "terminal")
    took, bare = [], []
    try:
        bridge.prepare()
        bridge.write_config(bridge.config(sync={"enabled": False}))
        bridge.install()
        terminal = http_client.HTTPConnection("127.0.0.1", bridge.port, timeout=20)
        with bridge.database.connect() as cursor:
            for number in range(DELAY_PUNCHES + 10):
                body = f"{number}\t2026-01-15 {number // 60 % 24:02}:{number % 60:02}:00\t0\t1\n".encode()
                terminal.request("POST", "/iclock/cdata?SN=DELAY&table=ATTLOG&Stamp=1", body)
                answer = terminal.getresponse()
                answer.read()
                acknowledged = time.monotonic()
                if answer.status != 200:
                    raise RuntimeError(f"answered {answer.status}")
                took.append((row_comes(cursor, str(number)) - acknowledged) * 1000)
        client = pymysql.connect(
            host="127.0.0.1", port=bridge.database.port, user=harness.Database.USER, password=harness.Database.PASSWORD.encode(),
            database=harness.Database.NAME, ssl={"ca": str(bridge.database.ca), "check_hostname": False}, autocommit=True)
        with client.cursor() as cursor:
            for number in range(DELAY_PUNCHES):
                began = time.monotonic()
                cursor.execute(f"INSERT INTO {harness.TABLE} ({Upload.COLUMNS}) VALUES ('BARE', %s, '2026-01-15', 0, 1, '')",
                               (str(number),))
                bare.append((time.monotonic() - began) * 1000)
        client.close()
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            # The first ones find connections and caches cold.
            yield figure(f"acknowledgement to row, {name}", percentile(took[10:], share), "ms", percentile(bare, share))
    finally:
        bridge.close()


# ---- output ----

PARTS = {"outbox": outbox, "beside": beside, "pull": pull, "vendor": vendor, "logfile": logfile, "status": status, "http": http, "upload": upload,
         "reader": reader, "sync": sync, "backlog": backlog, "delay": delay, "start": start, "costs": costs, "growth": growth, "kinds": kinds, "fleet": fleet}


def number(value):
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def print_row(one):
    missed = one["goal"] is not None and one["ratio"] < one["goal"]
    print(f"{one['name']:<52} {number(one['value']):>10} {one['unit']:<11} {number(one['limit']):>10} "
          f"{number(one['ratio']):>6} {number(one['goal']):>5}{'  below the goal' if missed else ''}", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PARTS))
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--full", action="store_true", help="the sizes the goals are stated for")
    options = arguments.parse_args()
    for name in options.names:
        if name not in PARTS:
            arguments.error(f"{name} is none of {', '.join(PARTS)}")

    figures = []
    # On the disk that the product would use, which /tmp need not be.
    scratch = ROOT / "build" / "bench"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    if not options.json:
        print(f"{'':<52} {'value':>10} {'unit':<11} {'limit':>10} {'ratio':>6} {'goal':>5}")
    try:
        for name in options.names or [name for name in PARTS if name != "kinds"]:
            for one in PARTS[name](scratch, options.full):
                figures.append(one)
                if not options.json:
                    print_row(one)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if options.json:
        print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
