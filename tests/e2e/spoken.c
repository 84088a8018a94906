/*
 * spoken: what Windows would show of the product, for tests, in the language that Windows has.
 *
 *   spoken text @DLL,-N          the text that services.msc, the firewall and the Start menu find
 *   spoken msi FILE NAME...      properties of the package after its action Speak, a line each, and
 *                                what its progress window would say of an action (action:NAME)
 *   spoken pipe PAGE COMMAND     the bytes that a command puts into a pipe, where the console that
 *                                this runs on has that code page
 *   spoken screen PAGE COMMAND   what stands on such a console then
 */
#include <windows.h>

#include <msi.h>
#include <msiquery.h>
#include <shellapi.h>
#include <shlwapi.h>

#include <fcntl.h>
#include <io.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { TEXT_UNITS = 1024, COLUMNS = 250, ROWS = 400, WAIT_MS = 60000 };

static void say(const wchar_t *text)
{
    char utf8[3 * TEXT_UNITS];
    if (WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL) > 0) {
        printf("%s\n", utf8);
    }
}

static int say_text(const wchar_t *name)
{
    wchar_t text[TEXT_UNITS];
    if (FAILED(SHLoadIndirectString(name, text, TEXT_UNITS, NULL))) {
        return EXIT_FAILURE;
    }
    say(text);
    return EXIT_SUCCESS;
}

static UINT action_text(MSIHANDLE package, const wchar_t *action, wchar_t *text, DWORD *len)
{
    MSIHANDLE view = 0;
    MSIHANDLE row = 0;
    MSIHANDLE which = MsiCreateRecord(1);
    MSIHANDLE database = MsiGetActiveDatabase(package);
    MsiRecordSetStringW(which, 1, action);
    UINT code = MsiDatabaseOpenViewW(
        database, L"SELECT `Description` FROM `ActionText` WHERE `Action` = ?", &view);
    if (code == ERROR_SUCCESS) {
        code = MsiViewExecute(view, which);
    }
    if (code == ERROR_SUCCESS) {
        code = MsiViewFetch(view, &row);
    }
    if (code == ERROR_SUCCESS) {
        code = MsiRecordGetStringW(row, 1, text, len);
    }
    MsiCloseHandle(row);
    MsiCloseHandle(view);
    MsiCloseHandle(which);
    MsiCloseHandle(database);
    return code;
}

static int say_package(wchar_t **arguments, int count)
{
    static const wchar_t prefix[] = L"action:";
    const size_t skip = wcslen(prefix);
    MSIHANDLE package = 0;
    MsiSetInternalUI(INSTALLUILEVEL_NONE, NULL);
    UINT code = MsiOpenPackageW(arguments[0], &package);
    if (code == ERROR_SUCCESS) {
        code = MsiDoActionW(package, L"Speak");
    }
    for (int i = 1; i < count && code == ERROR_SUCCESS; i++) {
        wchar_t text[TEXT_UNITS] = L"";
        DWORD len = TEXT_UNITS;
        code = wcsncmp(arguments[i], prefix, skip) == 0
                   ? action_text(package, arguments[i] + skip, text, &len)
                   : MsiGetPropertyW(package, arguments[i], text, &len);
        say(text);
    }
    if (package != 0) {
        MsiCloseHandle(package);
    }
    if (code != ERROR_SUCCESS) {
        printf("error %u\n", code);
    }
    return code == ERROR_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- a console ---- */

/* Runs the command with `out` as what it prints to. */
static bool run(wchar_t *command, HANDLE out)
{
    STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION made;
    start.hStdOutput = out;
    start.hStdError = out;
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &made)) {
        return false;
    }
    bool ended = WaitForSingleObject(made.hProcess, WAIT_MS) == WAIT_OBJECT_0;
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    return ended;
}

/* Nothing waits in the pipe for more than it has room for. */
static bool say_pipe(wchar_t *command)
{
    enum { ROOM = 1 << 20 };
    static char bytes[ROOM];
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE end = NULL;
    HANDLE begin = NULL;
    DWORD len = 0;
    if (!CreatePipe(&end, &begin, &inherited, ROOM)) {
        return false;
    }
    bool fine = run(command, begin);
    CloseHandle(begin);
    while (fine && ReadFile(end, bytes, ROOM, &len, NULL) && len > 0) {
        fwrite(bytes, 1, len, stdout);
    }
    CloseHandle(end);
    return fine;
}

static bool say_screen(wchar_t *command)
{
    wchar_t row[COLUMNS + 1];
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE screen =
        CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                  &inherited, CONSOLE_TEXTMODE_BUFFER, NULL);
    COORD size = {COLUMNS, ROWS};
    if (screen == INVALID_HANDLE_VALUE || !SetConsoleScreenBufferSize(screen, size) ||
        !run(command, screen)) {
        return false;
    }
    for (SHORT y = 0; y < ROWS; y++) {
        DWORD len = 0;
        COORD at = {0, y};
        if (!ReadConsoleOutputCharacterW(screen, row, COLUMNS, at, &len)) {
            return false;
        }
        while (len > 0 && row[len - 1] == L' ') {
            len--;
        }
        row[len] = L'\0';
        say(row);
    }
    return true;
}

static int on_console(const wchar_t *how, const wchar_t *page, wchar_t *command)
{
    if (!SetConsoleOutputCP((UINT)wcstoul(page, NULL, 10))) {
        printf("no console: %lu\n", GetLastError());
        return EXIT_FAILURE;
    }
    bool fine = how[0] == L'p' ? say_pipe(command) : say_screen(command);
    if (!fine) {
        printf("error %lu\n", GetLastError());
    }
    fflush(stdout);
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
    int count = 0;
    wchar_t **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    _setmode(_fileno(stdout), _O_BINARY);
    if (count == 3 && wcscmp(arguments[1], L"text") == 0) {
        return say_text(arguments[2]);
    }
    if (count >= 3 && wcscmp(arguments[1], L"msi") == 0) {
        return say_package(arguments + 2, count - 2);
    }
    if (count == 4 &&
        (wcscmp(arguments[1], L"pipe") == 0 || wcscmp(arguments[1], L"screen") == 0)) {
        return on_console(arguments[1], arguments[2], arguments[3]);
    }
    return 2;
}
