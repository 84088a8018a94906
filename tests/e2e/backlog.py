"""Wakes Wine's http.sys when it has forgotten a connection.

Its one thread is woken by an event of a socket. wineserver tells that a listening socket has a connection once, until an
accept succeeds; the thread accepts once for each URL, so it can take a connection before wineserver tells of it. The next accept then
finds nothing, and wineserver never tells again: whoever connects from then on waits in the backlog for ever. Any event
of another connection makes the thread accept again, though. Windows has nothing of the kind.
"""

import socket
import threading

LOOK_EVERY_S = 0.3
_LISTEN = "0A"


def waiting(port):
    """Connections to this listening port that nobody has accepted yet."""
    with open("/proc/net/tcp") as table:
        for line in list(table)[1:]:
            _, local, _, state, queues, *_ = line.split()
            if state == _LISTEN and int(local.rpartition(":")[2], 16) == port:
                return int(queues.rpartition(":")[2], 16)
    return 0


class Waker:
    """Keeps an idle connection to a port; when a connection waits there from one look to the next, it hangs up,
    which is the event that is wanted, and connects anew."""

    def __init__(self):
        self._lock = threading.Lock()
        self._port = None
        self._idle = None
        self._ended = threading.Event()
        self._thread = None
        self.woken = 0

    def watch(self, port):
        """From now on this port, on which somebody listens; None: no port."""
        with self._lock:
            self._port = port
            self._connect()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def close(self):
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._port = None
            self._connect()

    def _connect(self):
        if self._idle is not None:
            self._idle.close()
            self._idle = None
        if self._port is not None:
            try:
                self._idle = socket.create_connection(("127.0.0.1", self._port), timeout=1)
            except OSError:
                pass  # the service has ended, or is about to

    def _run(self):
        waited = False
        while not self._ended.wait(LOOK_EVERY_S):
            with self._lock:
                waits = self._port is not None and waiting(self._port) > 0
                if waits and waited:
                    self.woken += 1
                    self._connect()
                    waits = False
                waited = waits
