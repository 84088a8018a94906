"""Log files for the tests: the corpus of tests/corpus/logs, and folders of mixed files from a seed."""

import datetime
import random
import re

from harness import ROOT

CORPUS = ROOT / "tests" / "corpus" / "logs"
SN = "HIP_DEVICE_1"


# ---- the corpus (the format is told in tests/unit/test_corpus.c) ----

def _described(text):
    """What a .made file describes."""
    names = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}

    def one(match):
        if match["times"]:
            return int(match["times"]) * _described(match["part"])
        if match["hex"]:
            return bytes([int(match["hex"], 16)])
        return names[match["name"]] if match["name"] else match["plain"].encode()

    pattern = r"\\\{(?P<times>\d+)\*(?P<part>[^}]*)\}|\\x(?P<hex>..)|\\(?P<name>.)|(?P<plain>.)"
    return b"".join(one(match) for match in re.finditer(pattern, text.replace("\r", "").replace("\n", ""), re.S))


class CorpusFile:
    def __init__(self, line):
        self.name, self.encoding, self.rule = (part.strip() for part in line.split("|"))
        raw = (CORPUS / self.name).read_bytes()
        self.bytes = _described(raw.decode()) if self.name.endswith(".made") else raw
        lines = (CORPUS / f"{self.name}.rows").read_bytes().decode().split("\n")[:-1]
        self.bad = [line for line in lines if line.startswith("!\t")]
        self.rows = [tuple(line.split("\t", 5)) for line in lines if not line.startswith("!\t")]


def corpus():
    index = (CORPUS / "index.txt").read_text("utf-8").splitlines()
    return [CorpusFile(line) for line in index if line and not line.startswith("#")]


# ---- mixed folders ----

BEGIN = datetime.datetime(2026, 1, 1, 6)


def _premium(rows, rng):
    head = ["Date Export : 15/01/2026 09:00:05 AM", "-" * 52, "No.    ID        Time                        Verify", "-" * 52]
    buddhist = rng.random() < 0.2
    name = rng.choice(["", "", "Somchai Jaidee ", "สมชาย ใจดี "])
    hours = rng.choice(["%I:%M:%S %p", "%H:%M:%S"])
    lines = [f"{n:<6} {user:<9} {name}{at.day:02}/{at.month:02}/{at.year + (543 if buddhist else 0)} {at.strftime(hours)}      1 T"
             for n, (user, at) in enumerate(rows, 1)]
    return (head if rng.random() < 0.7 else []) + lines, SN


def _attlog(rows, rng):
    return [f"{user:>9}\t{at:%Y-%m-%d %H:%M:%S}\t1\t0\t1\t0" for user, at in rows], SN


def _glog(rows, rng):
    machine = rng.randint(1, 3)
    return ["No\tMchn\tEnNo\tName\tMode\tIOMd\tDateTime"] + [
        f"{n:06}\t{machine}\t{user}\t\t1\t0\t{at:%Y/%m/%d  %H:%M:%S}" for n, (user, at) in enumerate(rows, 1)], f"{SN}-{machine}"


ENCODINGS = [("utf-8", b""), ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"),
             ("cp874", b"")]


def mixed(count, seed, users=40, most=150):
    """{name: bytes} of files in all formats and encodings, some overlapping, some with bad lines, and what must
    come of them: {(sn, user, time)}, the names to be archived, and those that hold no punch."""
    rng = random.Random(seed)
    files, rows, logs, others = {}, set(), set(), set()
    earlier = []
    for number in range(count):
        kind = rng.random()
        if kind < 0.03:
            name = f"letter-{number:03}.txt"
            files[name] = b"Dear Sir,\r\nno punch on 14/01/2026 in here.\r\n"
            others.add(name)
            continue
        if earlier and kind < 0.15:  # the same file under another name
            first = rng.choice(earlier)
            name = f"again-{number:03}.txt"
            files[name] = files[first]
            logs.add(name)
            continue
        begin = BEGIN + datetime.timedelta(hours=rng.randint(0, 2 * count))  # so that exports overlap
        moments = [(str(rng.randint(1, users)).zfill(rng.choice([1, 5])), begin + datetime.timedelta(minutes=step))
                   for step in range(rng.randint(1, most))]
        form = rng.choice([_premium, _premium, _premium, _attlog, _glog])
        lines, sn = form(moments, rng)
        if rng.random() < 0.2:
            lines.insert(len(lines) // 2, "1 7 31/02/2026 10:00:00" + (" AM" if "M  " in lines[-1] else "") + " 1 T" if form is _premium else "x\ty\tz\t1\t2\t3\t4")
        code, mark = rng.choice(ENCODINGS)
        end = rng.choice(["\r\n", "\r\n", "\n"])
        name = f"{form.__name__[1:]}-{number:03}.txt"
        # (A last line without its end is believed where the lines before it show that nothing is missing.)
        files[name] = mark + (end.join(lines) + (end if rng.random() < 0.8 or len(lines) < 4 else "")).encode(code)
        rows |= {(sn, user, f"{at:%Y-%m-%d %H:%M:%S}") for user, at in moments}
        logs.add(name)
        earlier.append(name)
    return files, rows, logs, others


def place(folder, files):
    """Each appears whole, as by a rename."""
    folder.mkdir(exist_ok=True)
    for name, contents in files.items():
        making = folder / (name + ".making")
        making.write_bytes(contents)
        making.rename(folder / name)
