"""A PC for installer/acceptance.cmd that is made of stand-ins: what the script calls are small batch files, which say
what Windows says (in German, where it has words), and can be told to have one matter wrong. Nothing is installed."""

import shutil

from support import ROOT

# What is broken: the check that must turn red by it, and no other but those that follow from it.
BROKEN = {
    "install": "the MSI installs",
    "log": "the MSI's log says what was set up",
    "secret": "the MSI's log does not show the password",
    "nolog": "the MSI's log does not show the password",
    "runs": "the service runs",
    "program": "the program is there",
    "texts": "the event texts are there",
    "made": "config.json was made",
    "port": "config.json has the port",
    "password": "config.json has the password, protected",
    "config": "hipctl check-config",
    "restart": "it is restarted after a crash (FailureActions)",
    "sid": "it has an account name of its own (ServiceSidType)",
    "privileges": "its privileges are cut (RequiredPrivileges)",
    "debug": "its privileges are cut (RequiredPrivileges)",
    "startup": "it starts with Windows (Start)",
    "users": "the data folder is closed to users (SDDL)",
    "nosystem": "the data folder is closed to users (SDDL)",
    "firewall": "the firewall has the rule for the port (registry)",
    "otherport": "the firewall has the rule for the port (registry)",
    "push": "a punch that is pushed is answered OK",
    "status": "hipctl status",
    "terminal": "hipctl status knows the terminal",
    "event": "event 100 is in the Application log",
    "message": "the events have their texts",
    "stop": "the service stops",
    "start": "the service starts again",
    "upgrade": "the newer MSI installs over the running service",
    "upgraded": "the service runs after the upgrade",
    "kept": "config.json is as it was",
    "refused": "the older MSI is refused",
    "replaced": "the older MSI is refused",
    "uninstall": "the MSI uninstalls",
    "service": "the service is gone",
    "left": "the program is gone",
    "configgone": "config.json is kept",
    "outboxgone": "the outbox is kept",
}
# Broken by themselves: others depend on them.
ALONE = ("install", "made", "upgrade")
# What else is then red: without its log nothing is in it, without config.json nothing is in that.
FOLLOWS = {
    "nolog": ["the MSI's log says what was set up"],
    "made": ["config.json has the port", "config.json has the password, protected", "config.json is as it was",
             "config.json is kept"],
    "upgrade": ["the service runs after the upgrade"],
}

TOOLS = {
    "msiexec": r"""
if "%1"=="/x" goto remove
if exist "%W%\newer" goto older
if exist "%W%\installed" goto upgrade
if defined BREAK_install exit /b 1603
echo x>"%W%\installed"
copy /y "%W%\4.txt" "%W%\state.txt" >nul
if defined BREAK_runs copy /y "%W%\2.txt" "%W%\state.txt" >nul
mkdir "%ProgramW6432%\HipBridge" >nul 2>&1
mkdir "%ProgramData%\HipBridge" >nul 2>&1
if not defined BREAK_program echo x>"%ProgramW6432%\HipBridge\HipBridge.exe"
if not defined BREAK_texts echo x>"%ProgramW6432%\HipBridge\HipBridgeMessages.dll"
if not defined BREAK_made copy "%W%\config.json" "%ProgramData%\HipBridge\config.json" >nul
echo x>"%ProgramData%\HipBridge\outbox.db"
if defined BREAK_nolog exit /b 0
copy /y "%W%\msi.log" %5 >nul
exit /b 0
:upgrade
if defined BREAK_kept echo x>"%ProgramData%\HipBridge\config.json"
if defined BREAK_upgrade copy /y "%W%\1.txt" "%W%\state.txt" >nul
if defined BREAK_upgrade exit /b 1603
echo x>"%W%\newer"
copy /y "%W%\4.txt" "%W%\state.txt" >nul
if defined BREAK_upgraded copy /y "%W%\1.txt" "%W%\state.txt" >nul
exit /b 0
:older
if defined BREAK_replaced echo x>"%W%\replaced"
if defined BREAK_refused exit /b 0
exit /b 1638
:remove
if not defined BREAK_left del "%ProgramW6432%\HipBridge\HipBridge.exe" >nul 2>&1
if not defined BREAK_service del "%W%\state.txt" >nul 2>&1
if defined BREAK_configgone del "%ProgramData%\HipBridge\config.json"
if defined BREAK_outboxgone del "%ProgramData%\HipBridge\outbox.db"
if defined BREAK_uninstall exit /b 1603
exit /b 0
""",
    "sc": r"""
if not exist "%W%\state.txt" exit /b 1060
type "%W%\state.txt"
exit /b 0
""",
    "net": r"""
if "%1"=="stop" if not defined BREAK_stop copy /y "%W%\1.txt" "%W%\state.txt" >nul
if "%1"=="start" if not defined BREAK_start copy /y "%W%\4.txt" "%W%\state.txt" >nul
if "%1"=="start" if defined BREAK_start copy /y "%W%\1.txt" "%W%\state.txt" >nul
exit /b 0
""",
    "reg": r"""
if "%4"=="" goto keys
type "%W%\%4.txt"
exit /b 0
:keys
if not "%~2"=="HKLM\SYSTEM\CurrentControlSet\Services\HipBridge" goto rules
if exist "%W%\state.txt" exit /b 0
exit /b 1
:rules
type "%W%\rules.txt"
exit /b 0
""",
    "fc": r"""
if not exist %2 exit /b 2
if not exist %3 exit /b 2
set one=
set other=
set /p one=<%2
set /p other=<%3
if not "%one%"=="%other%" exit /b 1
exit /b 0
""",
    "cacls": r'type "%W%\sddl.txt"',
    "powershell": r'type "%W%\pushed.txt"',
    "wevtutil": r'type "%W%\event.xml"',
    "hipctl": r"""
if "%1"=="--version" goto version
if "%1"=="status" goto status
if defined BREAK_config exit /b 1
exit /b 0
:status
type "%W%\status.json"
if defined BREAK_status exit /b 1
exit /b 0
:version
if exist "%W%\replaced" echo 0.9
if exist "%W%\newer" echo 2.0
exit /b 0
""",
}


def state(number, word):
    return ("DIENSTNAME: HipBridge\n        TYP                : 10  WIN32_OWN_PROCESS\n"
            f"        STATUS             : {number}  {word}\n        WIN32_BEENDET      : 0  (0x0)\n"
            "        PRUEFPUNKT         : 0x0\n        WARTEHINWEIS       : 0x0\n")


def facts(port, broken):
    """What the stand-ins say, by file."""
    said = {
        "1.txt": state(1, "BEENDET"), "2.txt": state(2, "STARTEN"), "4.txt": state(4, "AKTIV"),
        "config.json": f"port {port}, password dpapi:AQAA\n",
        "msi.log": "Aktion gestartet\nHIP Bridge: done    config.json\nHIP Bridge: done    firewall rule\n",
        "FailureActions.txt": "    FailureActions    REG_BINARY    805101000000000000000000"
                              "0300000014000000010000008813000001000000307500000100000060EA0000\n",
        "ServiceSidType.txt": "    ServiceSidType    REG_DWORD    0x1\n",
        "RequiredPrivileges.txt": "    RequiredPrivileges    REG_MULTI_SZ    SeChangeNotifyPrivilege\n",
        "Start.txt": "    Start    REG_DWORD    0x2\n",
        "sddl.txt": r'C:\ProgramData\HipBridge "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)" ' + "\n",
        "rules.txt": "    {0A1B}    REG_SZ    v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=19091|Name=Other|\n"
                     f"    {{0C2D}}    REG_SZ    v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort={port}|"
                     "Name=HIP Bridge (attendance terminals)|\n",
        "pushed.txt": "OK: 1\n",
        "status.json": '{"devices": [{"sn": "ACCEPTANCE1"}]}\n',
        "event.xml": "<Event><System><EventID Qualifiers='16384'>100</EventID></System><RenderingInfo Culture='de-DE'>"
                     "<Message>HIP Bridge 1.0 l\u00e4uft.</Message></RenderingInfo></Event>\n",
    }
    changes = {
        "log": ("msi.log", "done    config.json", "failed  config.json"),
        "secret": ("msi.log", "done    firewall", "acceptance-secret"),
        "port": ("config.json", str(port), "80"),
        "password": ("config.json", "dpapi:", ""),
        "restart": ("FailureActions.txt", "1400000001", "1400000000"),
        "sid": ("ServiceSidType.txt", "0x1", "0x0"),
        "privileges": ("RequiredPrivileges.txt", "SeChangeNotifyPrivilege", ""),
        "debug": ("RequiredPrivileges.txt", "SeChange", r"SeDebugPrivilege\0SeChange"),
        "startup": ("Start.txt", "0x2", "0x4"),
        "users": ("sddl.txt", '(A;OICI;FA;;;BA)"', '(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"'),
        "nosystem": ("sddl.txt", "(A;OICI;FA;;;SY)", ""),
        "firewall": ("rules.txt", "HIP Bridge", "HIP"),
        "otherport": ("rules.txt", f"LPort={port}", f"LPort={port}1"),
        "push": ("pushed.txt", "OK: 1", ""),
        "terminal": ("status.json", "ACCEPTANCE1", ""),
        "event": ("event.xml", ">100<", ">101<"),
        "message": ("event.xml", "<Message>", "<Nothing>"),
    }
    for one in broken:
        if one in changes:
            name, old, new = changes[one]
            said[name] = said[name].replace(old, new)
    return said


class World:
    def __init__(self, wine, port=19090):
        self.wine, self.port = wine, port
        self.folder = wine.drive_c / "standin"
        tools = self.folder / "bin"
        tools.mkdir(parents=True)
        for name, text in TOOLS.items():
            (tools / f"{name}.cmd").write_text("@echo off\n" + text.strip("\n") + "\n", newline="\r\n")
        for name in ("old.msi", "new.msi"):
            (self.folder / name).write_bytes(b"msi")
        shutil.copy(ROOT / "installer/acceptance.cmd", self.folder)
        (self.folder / "run.cmd").write_text(r"""@echo off
for %%b in (%~1) do set BREAK_%%b=1
set W=C:\standin\state
set PATH=C:\standin\bin;%PATH%
set ProgramData=C:\standin\pd
set ProgramW6432=C:\standin\pf
set TEMP=C:\standin\temp
set ACCEPTANCE_HIPCTL=C:\standin\bin\hipctl.cmd
set ACCEPTANCE_TRIES=1
set ACCEPTANCE_RUN=call
call C:\standin\acceptance.cmd %2 %3
""", newline="\r\n")

    def run(self, broken=(), package="C:\\standin\\old.msi", newer="C:\\standin\\new.msi"):
        """How it ended, and the lines of its checks: {text: "ok", "FAILED" or "skipped"}."""
        for name in ("state", "pd", "pf", "temp"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()
        for name, text in facts(self.port, broken).items():
            (self.folder / "state" / name).write_text(text, "utf-8", newline="\r\n")
        done = self.wine.run("cmd", "/c", "C:\\standin\\run.cmd", " ".join(broken) or "nothing", package, newer, timeout=120)
        checks = {}
        for line in done.stdout.splitlines():
            word, _, text = line.partition(" ")
            if word in ("ok", "FAILED", "skipped"):
                checks[text.strip().rsplit(" [", 1)[0]] = word
        return done, checks
