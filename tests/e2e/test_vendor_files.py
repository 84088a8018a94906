"""Databases of our own making, read by our reader and by two of other people: no row differs."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAKER = pathlib.Path(os.environ.get("HIPBRIDGE_TERMINAL") or ROOT / "build/host-release/bin/terminal").with_name("bench_vendor")
ROWS = int(os.environ.get("HIPBRIDGE_VENDOR_ROWS", "5000"))  # the long form: 1000000
READER = """
import { readFileSync } from "node:fs";
import MDBReader from "mdb-reader";
const [, , file, name] = process.argv;
const table = new MDBReader(readFileSync(file)).getTable(name);
const columns = table.getColumnNames();
const text = value => value === null || value === undefined ? ""
  : value instanceof Date ? value.toISOString().slice(0, 19).replace("T", " ")
  : typeof value === "boolean" ? (value ? "1" : "0") : String(value);
process.stdout.write(table.getData().map(row => columns.map(column => text(row[column])).join("\\t") + "\\n").join(""));
"""


@pytest.fixture(scope="module")
def readers():
    """npm's mdb-reader, fetched once into build/."""
    folder = ROOT / "build" / "npm-mdb-reader"
    if not (folder / "node_modules").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".", "mdb-reader@3.2.0"],
                       cwd=folder, check=True, capture_output=True, timeout=180)
    script = folder / "read.mjs"
    script.write_text(READER, "utf-8")
    return {
        "ours": lambda file, table: [MAKER, "rows", file, table],
        "mdb-reader": lambda file, table: ["node", script, file, table],
        "mdbtools": lambda file, table: ["mdb-export", "-H", "-Q", "-d", "\t", "-D", "%Y-%m-%d %H:%M:%S", "-T", "%Y-%m-%d %H:%M:%S",
                                         file, table],
    }


def rows_of(command):
    done = subprocess.run(command, check=True, capture_output=True, timeout=600)
    return sorted(done.stdout.decode("utf-8").splitlines())


@pytest.mark.parametrize("seed", range(1, 5))
def test_other_peoples_readers_say_the_same(seed, readers, tmp_path):
    """Jet 4 and ACE, columns in another order each time, rows deleted, moved and older than their columns.

    Two things that mdb-reader is known to print otherwise are not made: calculated columns, and rows so old that their
    table had no text column yet."""
    file = tmp_path / "att2000.mdb"
    subprocess.run([MAKER, "make", file, str(ROWS), str(seed)], check=True, timeout=300)
    for table, least in (("CHECKINOUT", ROWS * 9 // 10), ("USERINFO", 500), ("SystemLog", 300)):
        ours = rows_of(readers["ours"](file, table))
        assert len(ours) >= least
        for name in ("mdb-reader", "mdbtools"):
            theirs = rows_of(readers[name](file, table))
            differ = sorted(set(ours) ^ set(theirs))
            assert len(theirs) == len(ours) and theirs == ours, (name, table, len(theirs), len(ours), differ[:4])
