"""A private Wine prefix: its programs, its processes, and what ReportEventW was told there."""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from support import ROOT, wait_for

BEGINNINGS = 3  # of a program, at most
# Debian's `wine` is a script that complains about its 32-bit part, which nothing here needs.
WINE = next((path for path in ("/usr/lib/wine/wine64",) if os.access(path, os.X_OK)), "wine")


# What a service's environment begins with: read once, when Wine's service manager starts. In it what Wine's http.sys
# needs of service/bridge.c, and Windows must not have.
ENVIRONMENT = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"


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

    @classmethod
    def template(cls):
        """The prefix that all are copies of; made by whoever comes first, while the others wait."""
        (ROOT / "build").mkdir(exist_ok=True)
        with open(ROOT / "build" / ".lock-prefix", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return cls._template()

    @staticmethod
    def _template():
        version = subprocess.run([WINE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        ready = ROOT / "build" / ("prefix-withdrawing-" + re.sub(r"[^\w.-]", "_", version))
        if not ready.exists():
            making = pathlib.Path(tempfile.mkdtemp(prefix="prefix-", dir=ready.parent))
            wine = Wine(making)
            try:
                # Output to a file: Wine's background processes would hold a pipe open.
                with open(wine.log, "wb") as log:
                    for command in (["wineboot", "-i"], ["winecfg", "-v", "win10"], ["reg", "add", ENVIRONMENT, "/v",
                                    "HIPBRIDGE_WITHDRAW_FIRST", "/d", "1", "/f"]):
                        subprocess.run([WINE, *command], env=wine.env, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, check=True, timeout=300)
                    subprocess.run(["wineserver", "-w"], env=wine.env, check=True, timeout=120)
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
        """A Windows program, its output as text."""
        with open(self.log, "ab+") as log:
            return self._finish(command, self.env, log, timeout, stdin)

    @staticmethod
    def windows_program(name):
        return f"C:\\Program Files\\HipBridge\\{name}"

    def program(self, name, *arguments, timeout=120, stdin=None):
        """One of the product's own programs; its stderr is kept apart from Wine's by being shown too."""
        path = self.drive_c / "Program Files" / "HipBridge" / name
        return self._finish((str(path), *arguments), dict(self.env, WINEDEBUG="-all,err+virtual"), None, timeout, stdin)

    def _finish(self, command, env, errors, timeout, stdin):
        """`errors`: the file that stderr is added to; None: it belongs to the output. Files, not pipes: what a program starts
        may outlive it. Where the kernel has laid something on the page that Windows shares with each process, Wine ends
        before the program has begun: then it is begun again."""
        for _ in range(BEGINNINGS):
            with tempfile.TemporaryFile(dir=self.folder) as out:
                told = errors or out
                before = told.seek(0, os.SEEK_END)
                done = subprocess.run([WINE, *command], env=env, input=stdin, stdout=out, stderr=told,
                                      stdin=subprocess.DEVNULL if stdin is None else None, timeout=timeout)
                told.seek(before)
                begun = done.returncode == 0 or b"failed to map the shared user data" not in told.read()
                out.seek(0)
                text = out.read().decode("utf-8", "replace").replace("\r\n", "\n")
            if begun:
                break
        return subprocess.CompletedProcess(command, done.returncode, text, "")

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

    def is_deadlocked(self):
        """Whether Wine's http.sys is in its own deadlock: a request completes (with http_cs, wanting irp_completion_cs)
        while the receives of a process that ends are cancelled (with irp_completion_cs, wanting http_cs). A driver's
        own thread waits for a lock then, as at no other time; those of its dispatcher wait so in peace too."""
        return any(" winedevice.exe: futex" in line for line in self.threads())

    def events(self):
        return parse_events(self.log.read_text("utf-8", "replace"))
