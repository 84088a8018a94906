#!/usr/bin/python3
"""settle.py FILE.msi SECONDS: sets the two times in an MSI's summary to this one, so that the same sources give the
same bytes. (wixl writes when it ran, and nothing else sets them.)
"""

import struct
import sys

FMTID = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")  # of summary information
CREATED, SAVED = 12, 13
FILETIME = 64


def main(path, seconds):
    data = bytearray(open(path, "rb").read())
    assert data.count(FMTID) == 1, "one summary"
    at = data.index(FMTID)
    section = at - 28 + struct.unpack_from("<I", data, at + 16)[0]
    _, count = struct.unpack_from("<II", data, section)
    places = dict(struct.unpack_from("<II", data, section + 8 + 8 * i) for i in range(count))
    for number in (CREATED, SAVED):
        place = section + places[number]
        assert struct.unpack_from("<I", data, place)[0] == FILETIME, "a time"
        struct.pack_into("<Q", data, place + 4, (int(seconds) + 11644473600) * 10_000_000)
    with open(path, "r+b") as file:
        file.write(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
