"""What Windows builds keeps to what Microsoft's compiler and C library have, as far as that can be seen here.

Each file is compiled by clang with the data model and enums of MSVC, GNU's and Microsoft's extensions off, and the
warnings that come closest to /W4; what it includes and calls is then held against lists. (mingw-w64's headers
stand in for the Windows SDK's. What this cannot see is told in docs/building.md.)
"""

import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))
import codemodel  # noqa: E402

CLANG = ["clang", "--target=x86_64-pc-windows-msvc", "-std=c17", "-fno-ms-compatibility", "-fno-ms-extensions",
         # mingw-w64's headers ask for these, which are its own compilers'
         "-D__MINGW32__", "-D__MINGW64__", "-D__declspec(a)=__attribute__((a))",
         "-D__USE_MINGW_ANSI_STDIO=0",
         # Of clang's own headers only those of what every x64 has, as where _MSC_VER is defined: winnt.h includes them all,
         # and AVX-512's alone are more than the rest of windows.h.
         "-D__SCE__"]
WARNINGS = ["-Werror", "-Wall", "-Wextra", "-Wpedantic", "-Wgnu", "-Wmicrosoft", "-Wvla", "-Wshadow",
            "-Wpointer-sign",               # C4057
            "-Wsign-compare",               # C4018, C4389: here enums are int, as with MSVC
            "-Wshorten-64-to-32",           # C4267
            "-Wimplicit-int-conversion",    # C4244
            "-Wfloat-conversion",           # C4244
            "-Wunreachable-code"]           # C4702

# The C library that MSVC has: C17 without <stdatomic.h>, <threads.h> and <tgmath.h>, and Windows' own.
HEADERS = {
    "assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "iso646.h", "limits.h", "locale.h", "math.h",
    "setjmp.h", "signal.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h",
    "stdnoreturn.h", "string.h", "time.h", "uchar.h", "wchar.h", "wctype.h",
    "direct.h", "fcntl.h", "io.h", "process.h",
}
SDK = {
    "accctrl.h", "aclapi.h", "bcrypt.h", "dbghelp.h", "evntprov.h", "http.h", "initguid.h", "iphlpapi.h", "msi.h", "msiquery.h", "msopc.h", "netfw.h",
    "objbase.h", "oleauto.h", "powrprof.h", "sddl.h", "shellapi.h", "shlobj.h", "shlwapi.h", "tlhelp32.h",
    "wincrypt.h", "windows.h", "winevt.h", "winioctl.h", "winsock2.h", "winhttp.h", "winsvc.h", "winver.h", "ws2tcpip.h",
}
THIRD_PARTY = {"cjson/cJSON.h", "cmocka.h", "errmsg.h", "mysql.h", "mysqld_error.h", "sqlite3.h", "zlib.h"}

# Functions of the C library that may be called, as the linker sees them.
FUNCTIONS = set("""
    abort abs atexit atof atoi atol atoll bsearch calloc exit free getenv labs llabs malloc qsort rand realloc srand
    strtod strtof strtol strtoll strtoul strtoull
    memchr memcmp memcpy memmove memset strcat strchr strcmp strcpy strcspn strerror strlen strncat strncmp strncpy
    strpbrk strrchr strspn strstr strtok
    clearerr fclose feof ferror fflush fgetc fgets fopen fprintf fputc fputs fread freopen fseek ftell fwrite getc __ms_vsnprintf
    getchar perror printf putc putchar puts remove rename rewind setbuf setvbuf snprintf sprintf sscanf ungetc
    vfprintf vprintf vsnprintf
    isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit tolower toupper
    asctime clock ctime difftime gmtime localtime mktime strftime time
    btowc fputwc fputws mbrtowc wcscat wcschr wcscmp wcscpy wcscspn wcslen wcsncat wcsncmp wcsncpy wcspbrk wcsrchr
    wcsspn wcsstr wcstol wcstoul wmemchr wmemcmp wmemcpy wmemmove wmemset
    ceil fabs floor fmod lround pow round sqrt longjmp setjmp _setjmp _setjmpex signal raise
    _beginthreadex _endthreadex _errno _exit _fileno _findclose _findfirst64i32 _findnext64i32 _fseeki64 _ftelli64 _get_osfhandle _isatty _mkgmtime64 _putenv_s
    _rmdir _setmode _snwprintf _stricmp _strnicmp _wfopen _wcsicmp _wcsnicmp _wgetenv _wputenv_s
    _swprintf swprintf towupper vswprintf _vsnwprintf
    __acrt_iob_func __chkstk _fltused _tls_index
    _gmtime64 _localtime64 _mktime64 _time64 _difftime64 gmtime_s localtime_s _gmtime64_s _localtime64_s
""".split())
FUNCTION_FAMILIES = re.compile(r"(in|de)flate\w*$|WinHttp|mysql_|mariadb_|sqlite3_|cJSON_|Http|Msi|WSA|_assert_|_fail$|_skip$|_expect_|_will_return$|"
                               r"_check_expected$|_mock$|_run_test$|_cmocka_|_test_|cm_print|print_message$|print_error$|"
                               r"mock_assert$|global_expecting$|global_last_|"
                               # Windows' own that mingw-w64 declares without dllimport
                               r"(Acquire|Release|TryAcquire|Initialize)SRWLock|SHGetKnownFolderPath$|FOLDERID_|"
                               r"RtlSecureZeroMemory$|NotifyAddrChange$|CancelIPChangeNotify$|CreateToolhelp32Snapshot$|Process32(First|Next)W$|Thread32(First|Next)$|__WSAFDIsSet$|GetAdaptersAddresses$|GetExtendedTcpTable$|GetTimeZoneInformationForYear$|BCrypt|(Initialize|Enter|Leave)CriticalSection$")

# What compiles here though another compiler knows nothing of it; portability.h alone may name it.
FOREIGN = re.compile(r"\b(__attribute__|__attribute|__extension__|__typeof__|typeof|__auto_type|__asm__|asm|__int128|"
                     r"__builtin_\w+|__sync_\w+|__atomic_\w+|__COUNTER__|__PRETTY_FUNCTION__|__FUNCTION__|"
                     r"_Atomic|_Complex|ssize_t|__declspec|__try|__except|__finally|"
                     r"__MINGW\w+|__GNUC__|__clang__)\b|"
                     r"\[\s*static\b|#\s*(warning|include_next|pragma\s+GCC|pragma\s+clang)")
# An assignment as a condition, which /W4 calls C4706 however many brackets are around it.
ASSIGNED = re.compile(r"\b(if|while)\s*\(\((\w|[.>\[\]*-])+\s=\s[^=()]*(\([^()]*\))?[^=()]*\)\)")
# sizeof(type), but sizeof value; in a macro a parameter needs its brackets.
SIZEOF_TYPE = re.compile(r"sizeof\((struct \w+|enum \w+|union \w+|\w+_t|bool|(unsigned )?(char|int|long)|[A-Z][A-Z0-9_]*)( \*+)?\)")
SIZEOF = re.compile(r"sizeof ?\([^()]*\)(?!->|\d)")
LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
LITERAL_MAX = 16000  # MSVC's C2026 is at 16380 bytes a piece


def windows_sources():
    """Each source's includes, of its own target before a test's that has it beside; and what a test defines for itself."""
    found, targets = {}, codemodel.targets()
    for target in sorted(targets.values(), key=lambda one: not one.name.startswith("test_")):
        own = [f"-D{name}" if value is None else f"-D{name}={value}" for name, value in target.defines.items()
               if target.name.startswith("test_") and name not in targets["hipshared"].defines]
        for source in target.sources:
            found[str(source)] = [f"-I{ROOT / one}" for one in target.includes] + own
    return found


SOURCES = windows_sources()
HEADERS_OF_OURS = sorted({str(path.relative_to(ROOT)) for source in SOURCES
                          for path in (ROOT / source).parent.glob("*.h")})
HEADERS_OF_OURS += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/unit").glob("*.h"))
OURS = sorted(SOURCES) + HEADERS_OF_OURS


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """What clang says of each file, and the symbols that its object wants and has."""
    folder = tmp_path_factory.mktemp("msvc")
    subprocess.run(["x86_64-w64-mingw32-windmc", "-C", "65001", "-h", folder, "-r", folder, ROOT / "service/events.mc"],
                   check=True, stderr=subprocess.DEVNULL)
    deps = ROOT / "build/deps/windows/include"
    system = [f"-isystem{one}" for one in (deps / "mariadb", deps, "/usr/x86_64-w64-mingw32/include", folder)]
    defines = ["-DUNICODE", "-D_UNICODE", "-DWIN32_LEAN_AND_MEAN", "-D_WIN32_WINNT=0x0A00",
               '-DHIPBRIDGE_VERSION="0"', '-DHIPBRIDGE_DEPS="0"']

    def one(source):
        out = folder / (source.replace("/", "_") + ".obj")
        said = subprocess.run(
            [*CLANG, *WARNINGS, *defines, *SOURCES[source], *system, "-H", "-c", "-O0",
             "-fno-caret-diagnostics", "-o", out, ROOT / source], stderr=subprocess.PIPE, text=True)
        return said, out

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = dict(zip(SOURCES, pool.map(one, SOURCES)))
    objects = {str(out): source for source, (said, out) in made.items() if said.returncode == 0}
    symbols = {source: [] for source in SOURCES}
    listing = subprocess.run(["x86_64-w64-mingw32-nm", "-A", *objects], stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in listing.splitlines():
        path, _, symbol = line.partition(".obj:")
        symbols[objects[path + ".obj"]].append(symbol)
    assert all(symbols[source] for source in objects.values()), "each object has a symbol"
    return {source: (said, symbols[source]) for source, (said, _) in made.items()}


def without_comments(text):
    """The code alone, line for line; literals stay."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)
    return pattern.sub(lambda m: m[0] if m[0][0] in "\"'" else re.sub(r"[^\n]", " ", m[0]), text)


def found(pattern, path, clean):
    text = clean(without_comments((ROOT / path).read_text(encoding="utf-8")))
    return [f"{path}:{text.count(chr(10), 0, one.start()) + 1}: {one[0]}" for one in pattern.finditer(text)]


def without_literals(text):
    return LITERAL.sub('""', text)


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_compiles_for_msvc(source, compiled):
    said = compiled[source][0]
    told = "\n".join(line for line in said.stderr.splitlines() if not line.startswith("."))
    if said.returncode != 0:
        pytest.fail(told, pytrace=False)


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_includes_what_msvc_has(source, compiled):
    """Of what our files include themselves; those inside #else of _WIN32 are not seen."""
    stack = [True]  # whether the file at each depth is ours
    for line in compiled[source][0].stderr.splitlines():
        if not (match := re.match(r"(\.+) (.+)", line)):
            continue
        depth, path = len(match[1]), pathlib.Path(match[2])
        del stack[depth:]
        path = path.resolve()
        ours = path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "build")
        if stack[-1] and not ours and path.name != "events.h":
            name = f"cjson/{path.name}" if path.name == "cJSON.h" else path.name
            assert name in HEADERS | SDK | THIRD_PARTY, f"{source} includes <{name}>"
        stack.append(ours)


def test_calls_what_msvc_has(compiled):
    """Windows' own functions are imported (__imp_); the rest is ours, a library's, or on the list."""
    wanted, defined = {}, set()
    for source, (_, symbols) in compiled.items():
        for line in symbols:
            kind, name = line.split()[-2:]
            if kind == "U":
                wanted.setdefault(name, source)
            elif kind.isupper():
                defined.add(name)
    assert len(wanted) > 100
    unknown = {name: source for name, source in wanted.items()
               if name not in defined | FUNCTIONS and not name.startswith("__imp_") and
               f"__imp_{name}" not in wanted and  # Windows' own, in a test that has it not imported for its stand-in
               not FUNCTION_FAMILIES.match(name)}
    if unknown:
        pytest.fail("\n".join(f"{name} in {source}" for name, source in sorted(unknown.items())), pytrace=False)


@pytest.mark.parametrize("path", OURS)
def test_names_nothing_foreign(path):
    if path == "shared/base/portability.h":
        return
    assert not found(FOREIGN, path, without_literals)


@pytest.mark.parametrize("path", OURS)
def test_no_assignment_is_a_condition(path):
    assert not found(ASSIGNED, path, without_literals)


def without_macros(text):
    return re.sub(r"^[ \t]*#[ \t]*define(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m[0].count("\n"), text, flags=re.M)


@pytest.mark.parametrize("path", OURS)
def test_sizeof_has_brackets_round_a_type_alone(path):
    text = without_macros(without_literals(without_comments((ROOT / path).read_text(encoding="utf-8"))))
    wrong = [one[0] for one in SIZEOF.finditer(text) if not SIZEOF_TYPE.fullmatch(one[0])]
    assert not wrong


@pytest.mark.parametrize("path", OURS)
def test_literals_are_short_enough(path):
    text = without_comments((ROOT / path).read_text(encoding="utf-8"))
    assert max((len(one[0].encode()) for one in LITERAL.finditer(text)), default=0) < LITERAL_MAX


@pytest.mark.parametrize("path", OURS)
def test_own_headers_in_quotes_others_in_brackets(path):
    """The Visual Studio projects tell by this whose warnings count (/external:anglebrackets)."""
    names = {pathlib.PurePosixPath(one).name for one in HEADERS_OF_OURS} | {"events.h"}
    text = without_comments((ROOT / path).read_text(encoding="utf-8"))
    for quote, name in re.findall(r'^\s*#\s*include\s+(["<])([^">]+)[">]', text, re.M):
        ours = name in names if "/" not in name else any(one.endswith("/" + name) for one in HEADERS_OF_OURS)
        ours = ours or ((ROOT / path).parent / name).is_file()
        assert (quote == '"') == ours, name


def test_each_call_of_windows_http_server_has_its_codes_in_the_stand_in():
    """tests/unit/service: what the documentation gives for it, had by a test that prints how often."""
    called = set()
    for path in OURS:
        if path.startswith(("service/", "shared/", "tools/")):
            called |= set(re.findall(r"\b(Http[A-Z]\w+)\(", without_comments((ROOT / path).read_text(encoding="utf-8"))))
    listed = set(re.findall(r'\{"(Http\w+)[ "]', (ROOT / "tests/unit/service/fake_hand.c").read_text()))
    assert len(called) > 15 and called == listed


def test_what_goes_to_the_event_log_is_disarmed():
    """Event Viewer puts other texts in place of %1 and %%1, wherever they stand (shared/system/wide.h)."""
    callers = [path for path in OURS if "ReportEventW(" in without_comments((ROOT / path).read_text(encoding="utf-8"))]
    assert len(callers) > 1
    assert not [path for path in callers if "wide_disarm(" not in (ROOT / path).read_text(encoding="utf-8")]
