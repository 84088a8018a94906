"""A terminal that speaks FkWeb, in raw bytes: what HIP's own terminals push."""

import json
import socket
import struct

from support import read_answer

RECORD = struct.Struct("<32sHBBIII")


def body(parameters, *binaries):
    """Length, JSON and NUL; then each binary with its length."""
    text = json.dumps(parameters).encode() + b"\0"
    parts = [text, *binaries]
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def parse(data):
    """An order's parameters."""
    if not data:
        return {}
    length, = struct.unpack_from("<I", data)
    assert len(data) == 4 + length and data[-1:] == b"\0"
    return json.loads(data[4:-1])


def glog(user, time, **more):
    """A punch; time is YYYYMMDDhhmmss."""
    return {"fk_bin_data_lib": "FKDataHS103", "io_mode": 0x01000000, "io_time": time, "log_image": None, "user_id": user,
            "verify_mode": 0x10000000, **more}


def record(user, year, month, day, hour, minute, second):
    """The same in 48 bytes."""
    packed = 2 | (year - 1900) << 2 | month << 12 | day << 16 | hour << 21 | minute << 26
    return RECORD.pack(user.encode(), 1, 0, second, packed, 0x01000000, 0x10000000)


class FkTerminal:
    """Speaks to the service; each request on a connection of its own, as the machine does."""

    def __init__(self, bridge, dev_id, path="/", version="1.1", names=str):
        self.bridge, self.dev_id, self.path, self.version, self.names = bridge, dev_id, path, version, names

    def head(self, code, length, **headers):
        lines = [f"POST {self.path} HTTP/{self.version}", f"Host: 127.0.0.1:{self.bridge.port}",
                 f"Content-Length: {length}", "Content-Type: application/octet-stream", "User-Agent: Mozilla/4.0",
                 "Connection: close", f"{self.names('request_code')}: {code}", f"{self.names('dev_id')}: {self.dev_id}",
                 *(f"{self.names(name)}: {value}" for name, value in headers.items())]
        return "".join(line + "\r\n" for line in lines).encode() + b"\r\n"

    def send(self, code, data=b"", seconds=20, **headers):
        """The answer's response_code, its headers and its body."""
        with socket.create_connection(("127.0.0.1", self.bridge.port), timeout=seconds) as connection:
            connection.sendall(self.head(code, len(data), **headers) + data)
            status, answered, said = read_answer(connection)
        return (answered.get("response_code") if status == 200 else status), answered, said

    def punch(self, user, time, *binaries, **more):
        return self.send("realtime_glog", body(glog(user, time, **more), *binaries), trans_id="RTLogSendAction")[0]

    def poll(self, time="20260929080000"):
        data = body({"fk_name": "Gate", "fk_time": time,
                     "fk_info": {"firmware": "B02", "fk_bin_data_lib": "FKDataHS103"}})
        return self.send("receive_cmd", data, trans_id="ReceiveCommandAction")

    def blocks(self, code, data, count, **headers):
        """The same in parts; the last answer."""
        size = -(-len(data) // count)
        parts = [data[at:at + size] for at in range(0, len(data), size)]
        for number, part in enumerate(parts[:-1], 1):
            assert self.send(code, part, blk_no=number, blk_len=len(part), **headers)[0] == "OK"
        return self.send(code, parts[-1], blk_no=0, blk_len=len(parts[-1]), **headers)[0]
