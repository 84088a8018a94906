"""Simulated terminals that are read on port 5005 (tools/terminal/fkpulled), driven by lines on their standard input."""

import json
import pathlib
import subprocess
import time

from harness import free_port

START, INTERVAL, FIRST_USER, USERS = 1790000000, 37, 1000, 997


class FkPulled:
    """A run of the simulator; it must have been asked nothing that is not on the list."""

    def __init__(self, bridge, *options, records=100, terminals=1, prefix="FKT"):
        self.port, self.records, self.terminals, self.prefix = free_port(), records, terminals, prefix
        program = pathlib.Path(bridge.terminal).with_name("fkpulled")
        self.process = subprocess.Popen(
            [program, "--port", str(self.port), "--records", str(records), "--terminals", str(terminals),
             "--serial", prefix, *map(str, options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def say(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def punch(self, count):
        self.say(f"punch {count}")
        self.records += count

    def stats(self):
        self.say("stats")
        return json.loads(self.process.stdout.readline())

    def entry(self, **more):
        return {"address": "127.0.0.1", "protocol": "fk", "port": self.port, **more}

    def punches(self, last=None):
        """As the program makes them: record n is a function of n."""
        return {(self.prefix, str(FIRST_USER + number % USERS),
                 time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(START + number * INTERVAL)))
                for number in range(self.records if last is None else last)}

    def kill(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            assert self.process.wait(10) == 0, "it was sent something that a reader must not send"
