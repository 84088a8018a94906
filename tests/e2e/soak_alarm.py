"""The alarm by the real clock, which is what it goes by: at most one message each quarter of an hour, and a terminal is silent
after one. Some forty minutes.

    soak_alarm.py [--keep]

The log folder is removed, the database killed, a terminal falls silent; the service is restarted between: one message each,
one when all is well again, none lost and none twice.
"""

import argparse
import pathlib
import shutil
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402
from harness import wait_for  # noqa: E402
from hook import Hook  # noqa: E402

GAP_S = 15 * 60


class Voice:
    """A terminal that asks for news, as long as it is there."""

    def __init__(self, bridge):
        self.bridge, self.gone = bridge, threading.Event()
        threading.Thread(target=self.speak, daemon=True).start()

    def speak(self):
        while not self.gone.wait(20):
            try:
                self.bridge.request("GET /iclock/getrequest?SN=VOICE1 HTTP/1.1")
            except OSError:
                pass  # the service is being restarted


def texts(hook):
    return [body["text"] for _, _, body in hook.got]


def the_story(bridge, say):
    hook, began = Hook(), time.monotonic()

    def message(number, seconds, *parts):
        wait_for(lambda: len(hook.got) >= number, seconds, lambda: f"message {number}; so far: {texts(hook)}")
        assert len(hook.got) == number, texts(hook)
        text = texts(hook)[-1]
        assert all(part in text for part in parts), text
        say(f"{time.monotonic() - began:.0f} s: message {number}: {text}")

    def restart():
        bridge.stop()
        bridge.start()
        say(f"{time.monotonic() - began:.0f} s: the service was restarted")

    bridge.write_config(bridge.config(name="Gate PC", alarm={"url": hook.url}))
    bridge.start()
    assert bridge.request("GET /iclock/cdata?SN=VOICE1&options=all HTTP/1.1")[0] == 200
    # One that never brought a punch would be a stranger, whom nobody misses.
    assert bridge.request("POST /iclock/cdata?SN=VOICE1&table=ATTLOG&Stamp=1 HTTP/1.1", b"7\t2026-01-15 08:01:02\t0\t1\n")[0] == 200
    voice = Voice(bridge)
    wait_for(lambda: bridge.status()["level"] == "good", 60, "all is well")

    shutil.rmtree(bridge.alog)
    message(1, 420, "bad", "The log folder cannot be read")
    bridge.database.stop(kill=True)
    say(f"{time.monotonic() - began:.0f} s: the database is killed")
    time.sleep(GAP_S / 2)
    assert len(hook.got) == 1, "not within a quarter of an hour"
    restart()
    message(2, GAP_S, "The log folder cannot be read", "The database cannot be reached")
    voice.gone.set()
    say(f"{time.monotonic() - began:.0f} s: the terminal speaks no more")
    time.sleep(GAP_S / 2)
    restart()
    message(3, GAP_S + 120, "The log folder cannot be read", "The database cannot be reached", "Terminal VOICE1 is silent")

    bridge.alog.mkdir()
    bridge.database.start()
    voice = Voice(bridge)
    bridge.request("GET /iclock/cdata?SN=VOICE1&options=all HTTP/1.1")
    message(4, 300, "good", "All is well")
    restart()
    time.sleep(90)
    assert len(hook.got) == 4, texts(hook)
    assert len(bridge.events(123)) == 4 and not bridge.events(122)
    voice.gone.set()
    hook.shutdown()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    with harness.installed(options.keep, stopped=True) as bridge:
        bridge.reset()
        the_story(bridge, lambda text: print(text, flush=True))
        print("one message each, one when all was well, none lost and none twice over three restarts")


if __name__ == "__main__":
    main()
