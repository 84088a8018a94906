"""The main job, visibly: `./dev run`. Ends 0 only if every punch of both sources stands in the table once."""

import argparse
import os
import signal
import sys
import time

import harness

LOGS = {
    "20260114.txt": [("1", "14/01/2026 7:58:41 AM"), ("2", "14/01/2026 8:02:10 AM"), ("00042", "14/01/2026 5:27:13 PM")],
    "20260115.txt": [("1", "15/01/2026 12:05:00 PM"), ("2", "15/01/2026 5:31:55 PM"), ("00042", "15/01/2026 12:10:09 AM")],
}
LOG_PUNCHES = [
    ("HIP_DEVICE_1", "1", "2026-01-14 07:58:41"), ("HIP_DEVICE_1", "2", "2026-01-14 08:02:10"),
    ("HIP_DEVICE_1", "00042", "2026-01-14 17:27:13"), ("HIP_DEVICE_1", "1", "2026-01-15 12:05:00"),
    ("HIP_DEVICE_1", "2", "2026-01-15 17:31:55"), ("HIP_DEVICE_1", "00042", "2026-01-15 00:10:09"),
]
SHOWN = 12


class Steps:
    """A line a step, with the seconds it took."""

    def __enter__(self):
        return self

    def __call__(self, text):
        self.end()
        self.began = time.monotonic()
        print(f"  {text:<66}", end="", flush=True)

    began = None

    def end(self, mark="ok"):
        if self.began is not None:
            print(f"{mark:>6} {time.monotonic() - self.began:5.1f} s", flush=True)
            self.began = None

    def __exit__(self, kind, error, trace):
        self.end("ok" if kind is None else "FAILED")


def show_table(rows, names):
    cells = [[str(value).strip().replace("\t", " ") for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [names, *cells]) for i in range(len(names))]
    print("  " + "  ".join(name.ljust(width) for name, width in zip(names, widths)).rstrip())
    print("  " + "  ".join("-" * width for width in widths))
    for line in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def show_rows(database):
    columns = ["id", "device_sn", "user_id", "check_time", "status", "verify_type", "raw_data"]
    rows = database.rows(", ".join(columns))
    by_source = [[r for r in rows if r[1].startswith("SIM")], [r for r in rows if not r[1].startswith("SIM")]]
    shown = by_source[0][:SHOWN] + by_source[1]
    print(f"\nThe table {harness.TABLE} holds {len(rows)} rows; {len(shown)} of them, each source's:\n")
    show_table(shown, columns)


def demo(bridge, keep):
    with Steps() as step:
        step("preparing a private Wine prefix and a private MariaDB")
        bridge.prepare()

        step("writing config.json: port, log folder, database, TLS by a private CA")
        bridge.write_config(bridge.config())
        bridge.alog.mkdir(exist_ok=True)

        step(f"installing {bridge.msi.name}")
        bridge.install()

        step("the service, started by the Service Control Manager, runs")
        harness.wait_for(lambda: bridge.state() == "RUNNING", 30, "the service runs")

        step("the service has connected to the database")
        connected = bridge.wait_event(400)

        step("4 simulated terminals push 30 punches each over HTTP")
        run = bridge.terminals("--terminals", 4, "--punches", 30, "--batch", 3, "--rate", 30)
        for name, punches in LOGS.items():
            bridge.drop_log(name, punches)

        step("2 Premium Time logs arrive in the folder; hipctl sync-now")
        asked = bridge.hipctl("sync-now")
        assert asked.returncode == 0, asked.stdout

        step("the terminals have been told OK")
        run.wait()
        step("each punch stands in the table exactly once")
        bridge.assert_arrive(run.acknowledged() + LOG_PUNCHES)
        step("both logs are archived")
        harness.wait_for(lambda: all((bridge.archive / name).exists() for name in LOGS), 30, "the logs are archived")

    show_rows(bridge.database)
    status = bridge.hipctl("status")
    print("\nhipctl status:\n")
    print("\n".join("  " + line for line in status.stdout.rstrip().splitlines()))
    print("\nDatabase connection, as the Event Log has it:", ", ".join(connected.strings))
    print(f"\n{len(bridge.database.punches())} punches of two sources, each in the table exactly once.")
    assert status.returncode == 0
    if keep:
        stay(bridge)


def stay(bridge):
    print(f"""
It stays up until you press Enter.
  terminals      {bridge.url}/iclock/cdata
  status page    {bridge.url}/hipbridge/
  config.json    {bridge.config_path}
  log folder     {bridge.alog}
  events         {bridge.wine.log}
  Wine           WINEPREFIX={bridge.wine.prefix} wine cmd
  database       mariadb --socket={bridge.database.socket} --user=root {harness.Database.NAME}
  terminals      {bridge.terminal} --url {bridge.url} --terminals 3 --rate 1 --punches 100 --sn-prefix MORE""")
    input()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--msi", required=True)
    parser.add_argument("--terminal", required=True)
    parser.add_argument("--keep", action="store_true", help="stay up until Enter")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))

    with harness.temporary_folder() as folder:
        bridge = harness.Bridge(folder, os.path.abspath(options.msi), os.path.abspath(options.terminal))
        try:
            demo(bridge, options.keep)
            return 0
        except AssertionError as error:
            print(f"\nNot as it must be: {error}", file=sys.stderr)
            print("\n".join(map(repr, bridge.events()[-20:])), file=sys.stderr)
            return 1
        except (KeyboardInterrupt, EOFError):
            print("\nended by hand", file=sys.stderr)
            return 130
        finally:
            bridge.close()


if __name__ == "__main__":
    sys.exit(main())
