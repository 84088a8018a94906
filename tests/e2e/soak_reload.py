"""The long run of `hipctl reload`: a changed config.json is taken a thousand times under load, without a connection cut or a
punch lost, and a wrong one changes nothing.

    soak_reload.py [RELOADS] [--keep]     1,000

Eight connections are opened once and must last: each request on them goes over the same socket, without another try.
"""

import argparse
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402
from harness import read_answer  # noqa: E402

KEPT, WRONG_EVERY = 8, 20
WRONG = ('{"listener": {"delay_s": 0}}', '{"listener": {"dely_s": 5}}', '{"listener": {', '{"sync": {"upload_times": ["25:00"]}}')


class Kept:
    """A terminal's connection of our own, which is never opened again."""

    def __init__(self, bridge, number):
        self.sn, self.host, self.requests = f"KEPT{number}", f"127.0.0.1:{bridge.port}", 0
        self.connection = socket.create_connection(("127.0.0.1", bridge.port), timeout=60)

    def ask(self, line, body=b""):
        head = f"{line} HTTP/1.1\r\nHost: {self.host}\r\n" + (f"Content-Length: {len(body)}\r\n" if body else "")
        self.connection.sendall(head.encode() + b"\r\n" + body)
        status, _, answer = read_answer(self.connection)
        assert status == 200, (line, status)
        self.requests += 1
        return answer.decode()

    def delay(self):
        return int(self.ask(f"GET /iclock/cdata?SN={self.sn}&options=all").split("\nDelay=")[1].split("\n")[0])

    def punch(self, number):
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1768464000 + number))
        assert self.ask(f"POST /iclock/cdata?SN={self.sn}&table=ATTLOG&Stamp=1", f"1001\t{at}\t0\t1\n".encode()).startswith("OK")
        return self.sn, "1001", at


def reload_often(bridge, count, say=lambda text: None):
    """The figures; raises at the first connection that is cut, answer that is odd, or punch that is missing."""
    bridge.start()
    run = bridge.terminals("--terminals", 8, "--punches", 0, "--seconds", 86400, "--rate", 2, "--batch", 3, "--give-up", 120)
    kept = [Kept(bridge, number) for number in range(KEPT)]
    mine, refused, slowest, delay = set(), 0, 0, None
    for number in range(count):
        wrong = number % WRONG_EVERY == WRONG_EVERY - 1
        if wrong:
            bridge.write_config(WRONG[number // WRONG_EVERY % len(WRONG)])
        else:
            delay = 2 + number % 3000
            bridge.write_config(bridge.config(listener={"delay_s": delay}, sync={"upload_times": [f"{number % 24:02}:30"]}))
        began = time.monotonic()
        done = bridge.hipctl("reload")
        slowest = max(slowest, time.monotonic() - began)
        assert done.returncode == (1 if wrong else 0), done.stdout
        refused += wrong
        one = kept[number % KEPT]
        assert (told := one.delay()) == delay, f"reload {number + 1}: {told} is in use, not {delay}: {done.stdout}"
        mine.add(one.punch(number))
        if (number + 1) % 50 == 0:
            say(f"{number + 1} reloads")
    for one in kept:
        assert one.delay() == delay
    summary = run.interrupt()
    acknowledged = mine | set(run.acknowledged())
    bridge.assert_arrive(acknowledged, seconds=300, exactly=False)
    assert summary["retries"] == 0 and summary["resent"] == 0, summary
    assert len(bridge.events(100)) == 1, "the service was never started again"
    lost = acknowledged - set(bridge.database.punches())
    return {"reloads": count - refused, "wrong files, which changed nothing": refused, "connections kept open": KEPT,
            "of them answering still": sum(one.delay() == delay for one in kept), "requests on them": sum(one.requests for one in kept), "requests beside": summary["requests"],
            "tried again": summary["retries"], "punches acknowledged": len(acknowledged), "of them not in the table": len(lost),
            "slowest answer, ms": summary["latency_ms"]["max"], "slowest reload, s": round(slowest, 2)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("reloads", nargs="?", type=int, default=1000, metavar="RELOADS")
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    began = time.monotonic()
    with harness.installed(options.keep, stopped=True) as bridge:
        bridge.forget_events()
        for name, value in reload_often(bridge, options.reloads,
                                        lambda text: print(f"{text}; {time.monotonic() - began:.0f} s", flush=True)).items():
            print(f"{name}: {value}")


if __name__ == "__main__":
    main()
