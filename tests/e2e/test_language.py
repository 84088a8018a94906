"""hipctl in Thai: as it is asked for, in the states that somebody looks at; for programs it is the same."""

import json
import os
import pty
import re
import shutil
import subprocess
import tempfile

from harness import wait_for, windows_path
from pulled import Pulled, program
from test_installed_language import SPOKEN
from wine import WINE

THAI = re.compile("[\u0e00-\u0e7f]")


def left_in_english(text):
    """Four words of English in a row; what a reason or a name says, behind a colon or in quotation marks, and what is typed aside."""
    text = re.sub(r'"[^"]*"|`[^`]*`|\([^()]*\)|hipctl( [a-z-]+)*|[A-Z]:\\\S+|https?:\S+', " · ", text)
    return [found[0] for found in re.finditer(r"\b[A-Za-z’']+(?:[ ,]+[a-z’']{2,}\b){3,}", text)]


def status(bridge, language):
    done = bridge.hipctl("--language", language, "status")
    assert done.returncode in (0, 3, 4), done
    return done.stdout


def test_the_status_in_thai(bridge):
    bridge.start()
    run = bridge.terminals("--terminals", 2, "--punches", 5)
    run.wait()
    bridge.assert_arrive(run.acknowledged())
    bridge.drop_log("thai.txt", [("2001", "14/01/2026 08:00:11 AM")])
    assert bridge.hipctl("--language", "th", "sync-now").returncode == 0
    said = status(bridge, "th")
    assert left_in_english(said) == [] and "เครื่องสแกน" in said and "ฐานข้อมูล" in said, said
    assert not THAI.search(status(bridge, "en"))

    # What is wrong, each in a Thai sentence; a reason behind it stays as the system or the server says it.
    bridge.database.stop()
    bridge.terminals("--punches", 3).wait()
    wait_for(lambda: "ติดต่อฐานข้อมูลไม่ได้" in status(bridge, "th"), 150, lambda: status(bridge, "th"))
    concerns = [line for line in status(bridge, "th").splitlines() if line.startswith(("แก้ไข", "ติดตาม"))]
    assert concerns and all(left_in_english(line.split(": ")[0]) == [] for line in concerns), concerns
    bridge.stop()
    assert "บริการไม่ได้ทำงานอยู่" in status(bridge, "th")
    bridge.database.start()


def test_what_is_typed_wrong_is_said_in_thai(bridge):
    for arguments in (["frobnicate"], ["requeue", "--from", "2569-01-01"], ["requeue", "--form"], ["check-log"], []):
        done = bridge.hipctl("--language", "th", *arguments)
        assert done.returncode == 2 and THAI.search(done.stdout) and left_in_english(done.stdout.split("hipctl help")[0]) == [], done
    assert "2026" in bridge.hipctl("--language", "th", "requeue", "--from", "2569-01-01").stdout
    help_ = bridge.hipctl("--language", "th", "help", "status").stdout
    assert THAI.search(help_) and "--watch" in help_
    assert bridge.hipctl("--language", "xx", "status").returncode == 2
    assert bridge.hipctl("--language").returncode == 2


def test_whoever_looks_deeper_is_told_in_thai(bridge):
    """Why something is set aside, or failed in another's words, is English: it stands behind a colon, or is left out by its words."""
    one = Pulled(program(bridge), "--key", 77, records=20)
    bridge.runs.append(one)
    log, capture, report = (bridge.folder / name for name in ("20260114.txt", "none.txt", "thai-report.zip"))
    log.write_text("  1     1001  14/01/2026   08:00:11 AM\n  2     1001  31/02/2026   08:00:11 AM\n")
    capture.write_text("2026-01-15 08:00:00 10.0.0.1:1 connected\n")
    report.unlink(missing_ok=True)
    bridge.start()
    assert bridge.request("POST /iclock/cdata?SN=THAI1&table=ATTLOG HTTP/1.1", b"1001\t2026-01-15 08:00:00\t0\t1\n?\n")[0] == 200
    wait_for(lambda: "THAI1" in bridge.hipctl("device").stdout, 20, "the terminal is known")
    for arguments, answer, code, *words in (
        (["rejected"], None, 0, "แยกไว้: สิ่งที่เครื่องสแกนส่งมา"),
        (["rejected", "retry"], None, 0, "อ่านอีกครั้ง: 1 อ่านเข้าใจแล้ว: 0"),
        (["rejected", "settle"], None, 2, "hipctl: ขาด --reason TEXT"),
        (["rejected", "settle", "--sn", "THAI1", "--reason", "seen"], None, 0, "ปิดแล้ว: 1"),
        (["rejected"], None, 0, "ไม่มีสิ่งที่แยกไว้"),
        (["device"], None, 0, "ติดต่อล่าสุด", "1 รายการ"),
        (["device", "THAI1", "info"], None, 0, "เก็บคำสั่ง 1 ไว้แล้ว"),
        (["device", "THAI1"], None, 0, "ติดต่อครั้งแรก", "คำสั่ง ใหม่สุดก่อน", "  รออยู่        INFO"),
        (["device", "NOBODY"], None, 1, "เครื่องสแกน NOBODY ยังไม่เคยติดต่อ"),
        (["device", "THAI1", "retire"], None, 0, "เลิกใช้ THAI1 แล้ว"),
        (["pull", "127.0.0.1", "--port", str(one.port), "--key", "77"], None, 0, "หมายเลขซีเรียล (SN)  PUL0001", "20 รายการ ในจำนวนนี้จะแยกไว้ 0"),
        (["pull", "nowhere"], None, 2, "ไม่ใช่ที่อยู่ IP"),
        (["pull-now"], None, 1, "ไม่ได้ระบุเครื่องสแกนไว้ที่ \"pull\""),
        (["check-log", windows_path(log)], None, 0, "log ของ HIP Premium Time", "ผู้ใช้ 1001, 2026-01-14 08:00:11, สถานะ", "บรรทัด 2: ไม่ใช่วันที่ในปฏิทิน", "แยกไว้ 1 บรรทัด"),
        (["test-alarm"], None, 1, "alarm.url ว่างอยู่"),
        (["reload"], None, 0, "นำ config.json ที่แก้ไขมาใช้แล้ว"),
        (["forget", "1001"], None, 1, "บริการ: ทำงานอยู่"),
        (["test-db"], None, 0, "localhost มีที่อยู่ 127.0.0.1", "ทดสอบเขียน", "เวลาตอบกลับ", "มิลลิวินาที"),
        (["report", windows_path(report)], b"n\n", 1, "เวอร์ชันของ HIP Bridge และ Windows", "ไม่ได้เขียนอะไร"),
        (["report", windows_path(report), "--yes"], None, 0, "เขียนแล้ว"),
        (["report", windows_path(report), "--yes"], None, 1, "อยู่แล้ว"),
        (["sniff", "--replay", windows_path(capture)], b"n\n", 1, "ซึ่งบริการที่นั่นจะเก็บและส่งเข้าฐานข้อมูล", "ไม่ได้ส่งอะไร"),
        (["sniff", "--port", str(bridge.port)], None, 1, f"มีโปรแกรมใช้พอร์ต {bridge.port} อยู่"),
        (["configure"], None, 1, "สำเร็จ   โฟลเดอร์ข้อมูลสำหรับ Administrators", "ไม่สำเร็จ ตัดสิทธิ์ที่ไม่ใช้: "),
    ):
        done = bridge.hipctl("--language", "th", *arguments, stdin=answer)
        assert done.returncode == code and all(word in done.stdout for word in words), (arguments, done)
        lines = [re.sub(r": .*", ":", line) if line.startswith("ไม่สำเร็จ") else line for line in done.stdout.splitlines()
                 if "THAI1  no " not in line]
        assert left_in_english("\n".join(lines)) == [], (arguments, done.stdout)


def test_for_programs_it_is_the_same(bridge):
    bridge.start()
    english, thai = (json.loads(bridge.hipctl("--language", language, "status", "--json").stdout) for language in ("en", "th"))
    assert english.keys() == thai.keys() and english["concerns"] == thai["concerns"]


def on_console(bridge, how, page, *arguments):
    """The bytes of hipctl's answer: in a pipe, or as read from the screen. Wine makes its console of a terminal of the host."""
    shutil.copy(SPOKEN, bridge.program_folder)
    command = " ".join((f'"{bridge.wine.windows_program("hipctl.exe")}"', *arguments))
    near, far = pty.openpty()
    try:
        with tempfile.TemporaryFile() as out:
            subprocess.run([WINE, bridge.wine.windows_program("spoken.exe"), how, str(page), command], timeout=120, check=True,
                           env=dict(bridge.wine.env, WINEDEBUG="-all", TERM="xterm"), stdin=far, stderr=far, stdout=out)
            out.seek(0)
            return out.read()
    finally:
        os.close(near)
        os.close(far)


def test_a_console_of_any_code_page(bridge):
    """On the screen as it is meant. What reads a pipe takes the console's page: Thai goes out in that, where it has Thai."""
    bridge.write_config(bridge.config(sync={"log_directory": "C:\\ไม่มี"}))
    bridge.start()
    wait_for(lambda: "ไม่มี" in json.dumps(bridge.status()["concerns"], ensure_ascii=False), 60, lambda: bridge.status()["concerns"])
    help_ = bridge.hipctl("--language", "th", "help", "reload").stdout.split()
    assert len(help_) > 10 and THAI.search(help_[2])
    for page, encoding in ((874, "cp874"), (65001, "utf-8"), (437, "utf-8")):
        assert on_console(bridge, "screen", page, "--language", "th", "help", "reload").decode().split() == help_, page
        assert on_console(bridge, "pipe", page, "--language", "th", "help", "reload").decode(encoding).split() == help_, page
    english = on_console(bridge, "pipe", 874, "--language", "en", "help", "reload")
    assert english.decode("ascii").split() == bridge.hipctl("--language", "en", "help", "reload").stdout.split()
    for_programs = json.loads(on_console(bridge, "pipe", 874, "--language", "th", "status", "--json").decode("utf-8"))
    assert "ไม่มี" in json.dumps(for_programs["concerns"], ensure_ascii=False)
