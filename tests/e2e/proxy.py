"""A TCP proxy that injects faults, for tests in the same process.

    with Proxy("127.0.0.1", 3306) as proxy:
        connect(proxy.host, proxy.port)
        proxy.black_hole()      # from now on nothing passes, in either direction
        proxy.pass_through()    # what was held back passes, as after lost packets

It runs on a thread of its own; every method may be called from any thread and has taken effect
when it returns. "Up" is from the client to the server, "down" the way back.
"""

import asyncio
import contextlib
import socket
import struct
import threading

CHUNK = 64 * 1024
IN_FLIGHT = 1024  # chunks a direction may hold while they are delayed
BACKLOG = 512


class _Connection:
    """One client with its connection to the server."""

    def __init__(self, client):
        self.client = client
        self.server = None
        self.task = None
        self.reset = False  # how it ends: RST, or FIN
        self.vanished = False  # the server is never told that it ended
        self.passed = {"up": 0, "down": 0}
        self.counted_from = {"up": 0, "down": 0}

    def sockets(self):
        return [end for end in (self.client, self.server) if end is not None]

    def close(self):
        for end in [self.client] if self.vanished else self.sockets():
            if self.reset:  # a close without lingering sends RST
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()


class Proxy:
    def __init__(self, target_host, target_port, host="127.0.0.1", port=0):
        self.target = (target_host, target_port)
        self.host = host
        self.port = port
        self.accepted = 0  # connections so far
        self.resets = 0  # connections reset by reset_after
        self.bytes_up = 0  # delivered
        self.bytes_down = 0
        self._delay = 0.0
        self._rate = None
        self._limit = {"up": None, "down": None}
        self._vanish = False  # what happens at the limit
        self._forgotten = []  # the server's ends of those that vanished
        self._connections = set()
        self._fillers = []
        self._listener = None
        self._accepting = None

    # ---- life ----

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_):
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # ---- what tests ask for ----

    def pass_through(self):
        """Everything is well again: no fault, no delay, no limit."""
        self._call(self._set_pass())

    def refuse(self, drop_open=True):
        """New connections are refused; open ones are reset, or go on."""
        self._call(self._set_refuse(drop_open))

    def black_hole(self):
        """Nothing passes: new connections are accepted and hear nothing, open ones fall silent."""
        self._call(self._set_gate(False))

    def drop_connects(self):
        """New connections get no answer at all, as when a firewall drops the packets."""
        self._call(self._set_drop())

    def reset_open(self):
        """Resets every open connection, now."""
        self._call(self._reset_open())

    def reset_after(self, up=None, down=None):
        """Lets that many more bytes of a connection pass in a direction, and resets the first
        connection that has another one. Then it is done: the next try passes. `down=0` resets
        when the server begins to answer, which is after it did what it was asked."""
        self._call(self._set_limit(up, down))

    def vanish_after(self, up=None, down=None):
        """As reset_after, but the server is not told, as when a PC loses its power or a router what
        it knew: its end stays open and hears nothing more, as long as this proxy lives."""
        self._call(self._set_limit(up, down, vanish=True))

    def delay(self, seconds):
        """Each way takes this much longer; as much as before can be under way."""
        self._call(self._set("_delay", seconds))

    def throttle(self, bytes_per_s):
        """Each direction of each connection passes at most this much; None ends it."""
        self._call(self._set("_rate", bytes_per_s))

    @property
    def open(self):
        """How many connections are open."""
        return len(self._connections)

    # ---- on the loop's thread ----

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    async def _start(self):
        self._gate = asyncio.Event()
        self._gate.set()
        self._listen()

    async def _end(self):
        self._stop_listening()
        tasks = [c.task for c in self._connections]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in self._forgotten:
            end.close()

    async def _set(self, name, value):
        setattr(self, name, value)

    async def _set_gate(self, is_open):
        (self._gate.set if is_open else self._gate.clear)()

    async def _set_pass(self):
        self._delay = 0.0
        self._rate = None
        self._limit = {"up": None, "down": None}
        self._listen()
        self._gate.set()

    async def _set_limit(self, up, down, vanish=False):
        self._limit = {"up": up, "down": down}
        self._vanish = vanish
        for connection in self._connections:
            connection.counted_from = dict(connection.passed)

    async def _set_refuse(self, drop_open):
        self._stop_listening()
        self._listener = self._bound()  # keeps the port; not listening, it refuses
        if drop_open:
            await self._reset_open()

    async def _set_drop(self):
        # A listener whose queue is full and which accepts nothing: the system drops what comes.
        self._stop_listening()
        self._listener = self._bound()
        self._listener.listen(0)
        for _ in range(BACKLOG):
            filler = socket.socket()
            filler.setblocking(False)
            self._fillers.append(filler)
            try:
                await asyncio.wait_for(
                    self._loop.sock_connect(filler, (self.host, self.port)), timeout=0.1)
            except asyncio.TimeoutError:
                return
        raise RuntimeError("this system queues every connection")

    async def _reset_open(self):
        tasks = []
        for connection in list(self._connections):
            connection.reset = True
            connection.task.cancel()
            tasks.append(connection.task)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _bound(self):
        listener = socket.socket()
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        self.port = listener.getsockname()[1]
        return listener

    def _listen(self):
        if self._accepting is not None:
            return
        self._stop_listening()
        self._listener = self._bound()
        self._listener.listen(BACKLOG)
        self._accepting = self._loop.create_task(self._accept(self._listener))

    def _stop_listening(self):
        if self._accepting is not None:
            self._accepting.cancel()
            self._accepting = None
        for filler in self._fillers:
            filler.close()
        self._fillers = []
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    async def _accept(self, listener):
        while True:
            client, _ = await self._loop.sock_accept(listener)
            self.accepted += 1
            connection = _Connection(client)
            self._connections.add(connection)
            connection.task = self._loop.create_task(self._serve(connection))

    async def _serve(self, connection):
        pumps = []
        try:
            await self._gate.wait()
            connection.server = socket.socket()
            for end in connection.sockets():
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(connection.server, self.target)
            client, server = connection.client, connection.server
            for direction, source, sink in (("up", client, server), ("down", server, client)):
                queue = asyncio.Queue(IN_FLIGHT)
                pumps.append(self._loop.create_task(self._read(source, queue)))
                pumps.append(
                    self._loop.create_task(self._write(connection, direction, sink, queue)))
            await asyncio.gather(*pumps)
        except OSError:
            connection.reset = True
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            connection.close()
            self._connections.discard(connection)

    async def _read(self, source, queue):
        """Takes what comes, with the time at which it is due on the other side."""
        data = b"."
        while data:
            await self._gate.wait()
            data = await self._loop.sock_recv(source, self._chunk())
            await queue.put((self._loop.time() + self._delay, data))

    async def _write(self, connection, direction, sink, queue):
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            await self._gate.wait()
            if not data:
                with contextlib.suppress(OSError):  # the other side may be gone
                    sink.shutdown(socket.SHUT_WR)
                return
            limit = self._limit[direction]
            if limit is not None:
                left = limit - (connection.passed[direction] - connection.counted_from[direction])
                if len(data) > left:
                    self._limit = {"up": None, "down": None}
                    await self._deliver(connection, direction, sink, data[:max(0, left)])
                    self.resets += 1
                    if self._vanish:
                        connection.vanished = True
                        self._forgotten.append(connection.server)
                    raise ConnectionResetError("as the test asked")
            await self._deliver(connection, direction, sink, data)
            if self._rate:
                await asyncio.sleep(len(data) / self._rate)

    async def _deliver(self, connection, direction, sink, data):
        await self._loop.sock_sendall(sink, data)
        connection.passed[direction] += len(data)
        if direction == "up":
            self.bytes_up += len(data)
        else:
            self.bytes_down += len(data)

    def _chunk(self):
        return max(1, min(CHUNK, self._rate // 20)) if self._rate else CHUNK
