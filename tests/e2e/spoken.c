/*
 * spoken: what Windows would show of the product, for tests, in the language that Windows has.
 *
 *   spoken text @DLL,-N          the text that services.msc, the firewall and the Start menu find
 *   spoken msi FILE NAME...      properties of the package after its action Speak, a line each, and
 *                                what its progress window would say of an action (action:NAME)
 */
#include <windows.h>

#include <msi.h>
#include <msiquery.h>
#include <shellapi.h>
#include <shlwapi.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { TEXT_UNITS = 1024 };

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
    return 2;
}
