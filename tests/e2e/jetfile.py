"""The vendor's database for the tests: Access files (Jet 4), made page by page by the public descriptions of the format (mdbtools'
HACKING.md), and a program that writes one as Jet does: rows shifted inside their page, sectors torn, pages in any order, a page
left half written, the whole compacted now and then. It shares nothing with the reader.
"""

import datetime
import random
import struct
import time

PAGE, SECTOR = 4096, 512
INTEGER, LONG, DATE, TEXT = 3, 4, 8, 10
EPOCH = datetime.datetime(1899, 12, 30)
FIXED = {INTEGER: "<h", LONG: "<i", DATE: "<d"}

USERINFO = [("USERID", LONG), ("Badgenumber", TEXT), ("Name", TEXT)]
CHECKINOUT = [("USERID", LONG), ("CHECKTIME", DATE), ("CHECKTYPE", TEXT), ("VERIFYCODE", LONG), ("SENSORID", TEXT), ("WorkCode", TEXT),
              ("sn", TEXT)]
CHECKEXACT = [("USERID", LONG), ("CHECKTIME", DATE), ("ISADD", INTEGER)]


def stamp(text):
    """"2026-01-31 08:00:00" as the file has it."""
    since = datetime.datetime.fromisoformat(text) - EPOCH
    return since.days + since.seconds / 86400


def row_bytes(columns, values):
    """Fixed values, variable ones, the table of these, and the mask of what is not null."""
    out, offsets, mask = struct.pack("<H", len(columns)), [], 0
    for number, ((_, kind), value) in enumerate(zip(columns, values)):
        mask |= (value is not None) << number
        if kind in FIXED:
            out += struct.pack(FIXED[kind], value or 0)
    for (_, kind), value in zip(columns, values):
        if kind == TEXT:
            offsets.append(len(out))
            out += b"" if value is None else value.encode("utf-16-le")
    if offsets:
        out += struct.pack("<H", len(out)) + b"".join(struct.pack("<H", one) for one in reversed(offsets))
        out += struct.pack("<H", len(offsets))
    return out + mask.to_bytes((len(columns) + 7) // 8, "little")


def data_page(owner, rows):
    """The rows (bytes, or None for one that is deleted) lie close together from the end of the page."""
    page, end = bytearray(PAGE), PAGE
    for number, row in enumerate(rows):
        end -= len(row or b"")
        page[end:end + len(row or b"")] = row or b""
        struct.pack_into("<H", page, 14 + 2 * number, end | (0 if row is not None else 0xC000))
    struct.pack_into("<BBHI", page, 0, 1, 1, end - 14 - 2 * len(rows), owner)
    struct.pack_into("<H", page, 12, len(rows))
    return bytes(page)


def room(rows):
    return PAGE - 14 - sum(len(row or b"") + 2 for row in rows)


def definition(columns, count, map_page, system):
    page, variable, offset = bytearray(63), 0, 0
    for number, (_, kind) in enumerate(columns):
        one = bytearray(25)
        size = struct.calcsize(FIXED[kind]) if kind in FIXED else 100
        struct.pack_into("<B4xHHH", one, 0, kind, number, variable, number)
        one[15], one[16] = 3 if kind in FIXED else 2, 0
        struct.pack_into("<HH", one, 21, offset if kind in FIXED else 0, size)
        variable, offset = variable + (kind == TEXT), offset + (size if kind in FIXED else 0)
        page += one
    for name, _ in columns:
        page += struct.pack("<H", 2 * len(name)) + name.encode("utf-16-le")
    page += b"\xff\xff"
    struct.pack_into("<BBHII", page, 0, 2, 1, 0, 0, len(page) - 8)
    struct.pack_into("<I", page, 16, count)
    page[40] = 0x53 if system else 0x4E
    struct.pack_into("<HHH", page, 41, len(columns), variable, len(columns))
    struct.pack_into("<II", page, 55, map_page << 8, map_page << 8 | 1)
    return bytes(page).ljust(PAGE, b"\0")


class Table:
    """A table of a file: its rows by their place, (page, row)."""

    def __init__(self, file, columns, page, system=False):
        self.file, self.columns, self.page, self.system = file, columns, page, system
        self.map_page = file.new_page()
        self.rows = {}  # page: its rows
        self.values = {}
        self.settle()

    def settle(self):
        """Definition and map as they have to be now."""
        bits = bytearray(4000)
        for page in self.rows:
            bits[page // 8] |= 1 << page % 8
        self.file.put(self.page, definition(self.columns, len(self.values), self.map_page, self.system))
        self.file.put(self.map_page, data_page(1, [b"\0\0\0\0\0" + bytes(bits), bytes(69)]))

    def add(self, *values, page=None):
        row = row_bytes(self.columns, values)
        free = [page] if page is not None else list(self.rows)[-1:]
        if not free or room(self.rows[free[0]]) < len(row) + 2 or len(self.rows[free[0]]) > 250:
            free = [self.file.new_page()]
            self.rows[free[0]] = []
        rows = self.rows[free[0]]
        rows.append(row)
        self.file.put(free[0], data_page(self.page, rows))
        place = free[0], len(rows) - 1
        self.values[place] = values
        return place

    def delete(self, place):
        """The others are shifted together."""
        self.rows[place[0]][place[1]] = None
        del self.values[place]
        self.file.put(place[0], data_page(self.page, self.rows[place[0]]))

    def change(self, place, *values):
        """The same row with other values, in the same page if it fits there."""
        row, rows = row_bytes(self.columns, values), self.rows[place[0]]
        if room(rows) + len(rows[place[1]]) < len(row):
            self.delete(place)
            return self.add(*values)
        rows[place[1]] = row
        self.values[place] = values
        self.file.put(place[0], data_page(self.page, rows))
        return place


class JetFile:
    """A database in memory; `dirty` are the pages that a writer has not written yet."""

    def __init__(self, version=1):
        head = bytearray(PAGE)
        head[0:20] = b"\0\1\0\0Standard Jet DB\0"
        head[20] = version
        head[0x3E:0x42] = b"\xfb\x8a\xbc\x4e"  # no key: the pages are as they are
        self.pages, self.dirty, self.tables = [bytes(head), data_page(1, []), None], set(), {}
        self.catalog = Table(self, [("Id", LONG), ("ParentId", LONG), ("Name", TEXT), ("Type", INTEGER), ("Flags", LONG)], 2, system=True)
        self.enter(2, "MSysObjects")

    def new_page(self):
        self.pages.append(bytes(PAGE))
        return len(self.pages) - 1

    def put(self, number, page):
        self.pages[number] = page
        self.dirty.add(number)

    def enter(self, page, name):
        self.catalog.add(page, 0xF000001, name, 1, 0)
        self.catalog.settle()

    def table(self, name, columns):
        table = self.tables[name] = Table(self, columns, self.new_page())
        self.enter(table.page, name)
        return table

    def settle(self):
        for table in self.tables.values():
            table.settle()

    def bytes(self):
        self.settle()
        return b"".join(self.pages)


class Att(JetFile):
    """ZKTime's att2000.mdb, as far as it matters."""

    def __init__(self, **options):
        super().__init__(**options)
        self.users = self.table("USERINFO", USERINFO)
        self.punches = self.table("CHECKINOUT", CHECKINOUT)
        self.typed = self.table("CHECKEXACT", CHECKEXACT)

    def person(self, number, badge, name="Test"):
        return self.users.add(number, badge, name)

    def punch(self, number, at, sn="INV0000000001", kind="I", verify=1, sensor="1", **place):
        return self.punches.add(number, stamp(at), kind, verify, sensor, "0", sn, **place)

    def type_in(self, number, at):
        """As an operator does."""
        self.typed.add(number, stamp(at), 1)
        return self.punch(number, at, sn=None, verify=None)

    def save(self, path):
        """Whole, as by a compact: under another name first."""
        path.parent.mkdir(parents=True, exist_ok=True)
        making = path.with_name(path.name + ".making")
        making.write_bytes(self.bytes())
        making.replace(path)
        self.dirty.clear()


class Writer:
    """The vendor's program: changes the file under the eyes of whoever reads it, from a seed."""

    def __init__(self, path, rows, seed, people=40):
        self.path, self.rng, self.people = path, random.Random(seed), people
        self.next, self.ever, self.half, self.halves, self.compacts = 0, set(), [], 0, 0
        self.file = self.fresh()
        for _ in range(rows):
            self.punch()
        self.file.save(path)

    def fresh(self):
        file = Att()
        for number in range(1, self.people + 1):
            file.person(number, str(1000 + number), "Test " + "x" * (number % 17))
        return file

    def punch(self, page=None):
        """Each at a second of its own, of rows of different lengths."""
        self.next += 1
        at = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=7 * self.next)
        number, sn = self.rng.randint(1, self.people), "INV" + "0" * self.rng.randint(6, 12) + str(self.rng.randint(1, 3))
        self.file.punch(number, str(at), sn, page=page)
        self.ever.add((sn, str(1000 + number), str(at)))

    def living(self):
        """What stands in the file, as the table in the database has to have it."""
        return {(values[6], str(1000 + values[0]), str(EPOCH + datetime.timedelta(seconds=round(values[1] * 86400))))
                for values in self.file.punches.values.values()}

    def change(self):
        """A row more, a row less, another row in the place of one."""
        table, kind = self.file.punches, self.rng.random()
        if kind < 0.5 or not table.values:
            self.punch()
            return
        place = self.rng.choice(list(table.rows))
        there = [n for n, row in enumerate(table.rows[place]) if row is not None]
        if there:
            table.delete((place, self.rng.choice(there)))
        if kind < 0.8:
            self.punch(page=place)

    def flush(self, leave_half=0.0, seconds=3):
        """Dirty pages in any order, sectors in any order; some pages are left half written for so long."""
        self.finish()
        self.file.settle()
        order = [page for page in self.file.dirty if page not in {half[1] for half in self.half}]
        self.rng.shuffle(order)
        with open(self.path, "r+b", buffering=0) as out:
            for page in order:
                sectors = list(range(PAGE // SECTOR))
                self.rng.shuffle(sectors)
                if self.rng.random() < leave_half:
                    cut = self.rng.randint(1, len(sectors) - 1)
                    self.half.append((time.monotonic() + seconds, page, sectors[cut:], self.file.pages[page]))
                    sectors, self.halves = sectors[:cut], self.halves + 1
                self.write(out, page, sectors, self.file.pages[page])
                self.file.dirty.discard(page)

    @staticmethod
    def write(out, page, sectors, contents):
        for sector in sectors:
            out.seek(page * PAGE + sector * SECTOR)
            out.write(contents[sector * SECTOR:(sector + 1) * SECTOR])

    def finish(self, all_of_them=False):
        """The other halves, whose time has come. What changed meanwhile is dirty still."""
        due = [half for half in self.half if all_of_them or half[0] <= time.monotonic()]
        with open(self.path, "r+b", buffering=0) as out:
            for half in due:
                self.write(out, *half[1:])
                self.half.remove(half)

    def compact(self):
        """A new file in the place of the old: rows in the order of person and time, other pages."""
        self.finish(all_of_them=True)
        rows = sorted(self.file.punches.values.values(), key=lambda values: values[:2])
        self.file = self.fresh()
        for values in rows:
            self.file.punches.add(*values)
        self.file.save(self.path)
        self.compacts += 1

    def run(self, seconds, changes_a_second=40, leave_half=0.02, compact_every=60):
        began = last = time.monotonic()
        while time.monotonic() - began < seconds:
            for _ in range(max(changes_a_second // 4, 1)):
                self.change()
            self.flush(leave_half)
            if time.monotonic() - last > compact_every:
                self.compact()
                last = time.monotonic()
            time.sleep(0.25)
        self.finish(all_of_them=True)
        self.flush()


def jet3():
    """As far as its head."""
    return JetFile(version=0).bytes()


def encoded():
    page = bytearray(Att().bytes())
    page[0x3E] ^= 0x55
    return bytes(page)
