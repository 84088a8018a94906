"""proxy.py itself, against a server that echoes."""

import socket
import threading
import time

import pytest

from proxy import Proxy


class Echo:
    """Sends back what it gets, and remembers it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.got = b""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(client,), daemon=True).start()

    def _echo(self, client):
        with client:
            try:
                while data := client.recv(65536):
                    self.got += data
                    client.sendall(data)
            except OSError:
                pass


@pytest.fixture
def echo():
    server = Echo()
    yield server
    server.listener.close()


@pytest.fixture
def proxy(echo):
    with Proxy("127.0.0.1", echo.port) as running:
        yield running


def connect(proxy, timeout=5.0):
    return socket.create_connection((proxy.host, proxy.port), timeout=timeout)


def receive(client, size):
    got = b""
    while len(got) < size:
        piece = client.recv(size - len(got))
        if not piece:
            break
        got += piece
    return got


def ask(client, data):
    client.sendall(data)
    return receive(client, len(data))


def wait_until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_passes_both_ways_and_counts(proxy):
    with connect(proxy) as client:
        assert ask(client, b"hello") == b"hello"
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""  # the end is passed on, too
    assert (proxy.accepted, proxy.bytes_up, proxy.bytes_down) == (1, 5, 5)
    wait_until(lambda: proxy.open == 0)


def test_passes_a_lot(proxy):
    data = bytes(range(256)) * 40000
    with connect(proxy) as client:
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        assert receive(client, len(data)) == data
        sender.join()


def test_refuses_then_returns_on_the_same_port(proxy):
    with connect(proxy) as client:
        ask(client, b"x")
        port = proxy.port
        proxy.refuse()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.pass_through()
    assert proxy.port == port
    with connect(proxy) as client:
        assert ask(client, b"again") == b"again"


def test_refusing_can_leave_open_connections(proxy):
    with connect(proxy) as client:
        ask(client, b"x")
        proxy.refuse(drop_open=False)
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        assert ask(client, b"still") == b"still"


def test_black_hole_is_silent_for_old_and_new(proxy, echo):
    with connect(proxy) as old:
        ask(old, b"x")
        proxy.black_hole()
        with connect(proxy) as new:
            for client in (old, new):
                client.settimeout(0.2)
                client.sendall(b"lost?")
                with pytest.raises(TimeoutError):
                    client.recv(1)
            assert echo.got == b"x"
            proxy.pass_through()  # as when packets pass again
            for client in (old, new):
                client.settimeout(5)
                assert receive(client, 5) == b"lost?"


def test_dropped_connects_time_out(proxy):
    proxy.drop_connects()
    with pytest.raises(TimeoutError):
        connect(proxy, timeout=0.3)
    proxy.pass_through()
    with connect(proxy) as client:
        assert ask(client, b"x") == b"x"


def test_resets_after_bytes_up_once(proxy, echo):
    proxy.reset_after(up=7)
    with connect(proxy) as client:
        with pytest.raises(ConnectionResetError):
            ask(client, b"0123456789")
            client.recv(1)
    wait_until(lambda: echo.got == b"0123456")
    assert proxy.resets == 1
    with connect(proxy) as client:
        assert ask(client, b"0123456789") == b"0123456789"


def test_resets_when_the_server_answers(proxy, echo):
    with connect(proxy) as client:
        ask(client, b"before")  # does not count
        proxy.reset_after(down=0)
        with pytest.raises(ConnectionResetError):
            ask(client, b"done")
    assert echo.got == b"beforedone"


def test_resets_open_connections(proxy):
    with connect(proxy) as client:
        ask(client, b"x")
        proxy.reset_open()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert proxy.open == 0


def test_delays_without_limiting_throughput(proxy):
    data = b"x" * 4_000_000
    proxy.delay(0.1)
    with connect(proxy) as client:
        began = time.monotonic()
        assert ask(client, b"x") == b"x"
        round_trip = time.monotonic() - began
        assert 0.2 <= round_trip < 0.4
        sender = threading.Thread(target=client.sendall, args=(data,))
        began = time.monotonic()
        sender.start()
        assert receive(client, len(data)) == data
        # One round trip and a little, not one for each chunk (some 120 of them).
        assert time.monotonic() - began < 2.0
        sender.join()


def test_throttles(proxy):
    proxy.throttle(100_000)
    with connect(proxy) as client:
        began = time.monotonic()
        assert ask(client, b"x" * 50_000) == b"x" * 50_000
        assert 0.4 <= time.monotonic() - began < 2.0


def test_a_server_that_is_away_resets_the_client():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with Proxy("127.0.0.1", unused.getsockname()[1]) as proxy:
            with pytest.raises(ConnectionResetError), connect(proxy) as client:  # connecting may see it already
                client.recv(1)
