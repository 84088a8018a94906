"""The installed product in a private Wine prefix, a private MariaDB, and simulated terminals.

Nothing here looks inside the product: it is driven as a person at a PC would (msiexec, net, sc, hipctl, config.json,
files dropped into the log folder) and judged by what arrives in the database and what ReportEventW was told.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from backlog import Waker
from database import TABLE, Database
from support import (ROOT, as_root, free_port, other_address, read_answer, temporary_folder, wait_for,
                     windows_path)
from wine import WINE, Wine

__all__ = ["ROOT", "SERVICE", "TABLE", "WINE", "Bridge", "Database", "Terminals", "as_root", "free_port", "installed", "other_address",
           "read_answer", "temporary_folder", "wait_for", "windows_path"]

SERVICE = "HipBridge"


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
        self.gates = []
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
                "tls_ca": windows_path(self.database.named_ca),
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
        if "/i" in arguments:
            # Wine's installer does not tell an old version that it is being upgraded, which then deletes the service.
            arguments += ("NEWSERVICE=1",)
        return self.wine.run("msiexec", *arguments, "/qn", "/l*v", windows_path(log), timeout=timeout).returncode

    def install(self, msi=None):
        status = self.msiexec("/i", windows_path(msi or self.msi))
        assert status == 0, f"msiexec /i ended with {status}"
        wait_for(lambda: self.state() == "RUNNING", 30, lambda: f"the installed service runs; {self.condition()}")
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
        """Starts the service; it must come up. Wine's service manager may take a killed process for alive once more, and
        says then that it runs: it is asked again."""
        started = self.net_start()
        if started.returncode != 0 and self.state() == "RUNNING" and not self.pids():
            time.sleep(1)
            started = self.net_start()
        said = started.stdout.strip()
        wait_for(lambda: self.state() == "RUNNING" and self.pids(), seconds,
                 lambda: f"the service runs; {said!r}; {self.condition()}")
        self.waker.watch(self.port)

    def start_or_power_cycle(self):
        """For long runs: as start; but where Wine's http.sys is in its own deadlock, which ends with the PC alone, its
        power is cut and comes again. Returns how often that was."""
        try:
            self.start()
            return 0
        except AssertionError:
            if not self.wine.is_deadlocked():
                raise
        self.power_cycle()
        return 1

    def power_cycle(self):
        """The PC's power is cut and comes again; the service runs."""
        self.wine.stop()
        self.wine.start()
        if self.state() != "RUNNING":
            self.net_start()
        wait_for(lambda: self.state() == "RUNNING" and self.pids(), 60, lambda: f"the service runs; {self.condition()}")
        self.waker.watch(self.port)

    def condition(self):
        """What can be told of a service that is not as it should be."""
        return "\n".join([f"{self.query()}, processes {self.pids()}, last told: {self.events()[-6:]}", *self.wine.threads()])

    def net_start(self):
        return self.wine.run("net", "start", SERVICE)

    def try_start(self):
        return self.net_start().returncode

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

        Wine's http.sys deadlocks (http_cs against irp_completion_cs) when a request arrives while a process's receives
        are cancelled. So the process is frozen wherever it is; its terminals, which soon all wait for an answer, are
        frozen too (those that are threads of a test by an event in `gates`, which they wait for before they send), and
        go on when it is dead and Wine has cleared up."""
        pids = self.pids()
        assert pids, "there is no service process to kill"
        senders = [run.process for run in self.runs if run.process.poll() is None]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(0.3)
        for sender in senders:
            sender.send_signal(signal.SIGSTOP)
        for gate in self.gates:
            gate.clear()
        try:
            time.sleep(0.1)
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            wait_for(lambda: not self.pids(), 10, "the killed process is gone")
            time.sleep(0.3)
        finally:
            for sender in senders:
                sender.send_signal(signal.SIGCONT)
            for gate in self.gates:
                gate.set()

    # ---- events ----

    def forget_events(self):
        self.mark = len(self.wine.events())

    def events(self, number=None):
        """Those since forget_events, of this id or all."""
        return [event for event in self.wine.events()[self.mark:] if number in (None, event.id)]

    def wait_event(self, number, seconds=30):
        wait_for(lambda: self.events(number), seconds, lambda: f"event {number}; told so far: {self.events()}")
        return self.events(number)[0]

    # ---- tools ----

    def hipctl(self, *arguments, timeout=60, stdin=None):
        return self.wine.program("hipctl.exe", *arguments, timeout=timeout, stdin=stdin)

    def status(self):
        done = self.hipctl("status", "--json")
        status = json.loads(done.stdout) if done.returncode in (0, 3, 4) else None
        assert status and done.returncode == {"good": 0, "warn": 3, "bad": 4}[status["level"]], \
            f"hipctl status ended with {done.returncode}: {done.stdout}"
        return status

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

    def assert_arrive(self, expected, seconds=None, exactly=True):
        """Each of these (sn, pin, time) comes to stand in the table once, and (exactly) nothing else. Within these seconds;
        if none are given, with a minute at most in which no row comes."""
        expected = set(expected)
        moving = (lambda: len(self.database.punches())) if seconds is None else None
        wait_for(lambda: expected <= set(self.database.punches()), seconds or 60,
                 lambda: f"all {len(expected)} punches are in the table; missing e.g. "
                         f"{sorted(expected - set(self.database.punches()))[:3]}; told: {self.events()[-6:]}", moving)
        punches = self.database.punches()
        assert len(punches) == len(set(punches)), "a punch stands in the table twice"
        if exactly:
            assert set(punches) == expected, f"not expected: {sorted(set(punches) - expected)[:5]}"

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


@contextlib.contextmanager
def installed(keep=False, stopped=False, settings=Bridge.config):
    """For the long runs, which are started by hand: a Bridge of their own, with these settings (a function of it), and running
    unless it is to be stopped. `keep` leaves its folder behind."""
    with temporary_folder(keep) as folder:
        bridge = Bridge(folder, os.environ["HIPBRIDGE_MSI"], os.environ["HIPBRIDGE_TERMINAL"])
        try:
            bridge.prepare()
            bridge.write_config(settings(bridge))
            bridge.install()
            if stopped:
                bridge.stop()
            yield bridge
        finally:
            bridge.close()
