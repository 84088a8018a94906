/*
 * The MSI in Windows' language.
 *
 * Its texts are English; the table Speech holds what takes their place: a language, the table and
 * the name of what is replaced, the words. A property is set; a row of ActionText is added for this
 * installation alone (that table can't be changed while it is being installed, so it holds none of
 * ours, and Speech has the English ones too). A transform for the language within the package would
 * do the same, but that msiexec looks for one by itself is documented nowhere, and one that fails
 * to apply ends the installation.
 */
#include "setup.h"

#include <string.h>
#include <wchar.h>

#include "base/portability.h"

enum { NAME_UNITS = 80, WORDS_UNITS = 1024, ENGLISH = 1033, THAI = 1054 };

/* "th" or "en" in the property LANGUAGE says which; else it is Windows' own for whoever installs.
 * Run as SYSTEM (Group Policy, Intune), that is the PC's. */
static int language_of(MSIHANDLE install)
{
    wchar_t wanted[8] = L"";
    DWORD len = HB_COUNT(wanted);
    if (MsiGetPropertyW(install, L"LANGUAGE", wanted, &len) == ERROR_SUCCESS && wanted[0] != 0) {
        return _wcsicmp(wanted, L"th") == 0 ? THAI : ENGLISH;
    }
    return PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_THAI ? THAI : ENGLISH;
}

static UINT say_action(MSIHANDLE database, const wchar_t *action, const wchar_t *words)
{
    MSIHANDLE view = 0;
    MSIHANDLE row = MsiCreateRecord(2);
    UINT code =
        MsiDatabaseOpenViewW(database, L"SELECT `Action`, `Description` FROM `ActionText`", &view);
    if (code == ERROR_SUCCESS) {
        code = MsiViewExecute(view, 0);
    }
    if (code == ERROR_SUCCESS) {
        MsiRecordSetStringW(row, 1, action);
        MsiRecordSetStringW(row, 2, words);
        code = MsiViewModify(view, MSIMODIFY_INSERT_TEMPORARY, row);
    }
    MsiCloseHandle(row);
    MsiCloseHandle(view);
    return code;
}

static UINT say(MSIHANDLE install, MSIHANDLE database, MSIHANDLE row)
{
    wchar_t place[NAME_UNITS];
    wchar_t name[NAME_UNITS];
    wchar_t words[WORDS_UNITS];
    DWORD place_len = HB_COUNT(place);
    DWORD name_len = HB_COUNT(name);
    DWORD words_len = HB_COUNT(words);
    UINT code = MsiRecordGetStringW(row, 1, place, &place_len);
    if (code == ERROR_SUCCESS) {
        code = MsiRecordGetStringW(row, 2, name, &name_len);
    }
    if (code == ERROR_SUCCESS) {
        code = MsiRecordGetStringW(row, 3, words, &words_len);
    }
    if (code != ERROR_SUCCESS) {
        return code;
    }
    return wcscmp(place, L"ActionText") == 0 ? say_action(database, name, words)
                                             : MsiSetPropertyW(install, name, words);
}

UINT WINAPI Speak(MSIHANDLE install)
{
    MSIHANDLE database = MsiGetActiveDatabase(install);
    MSIHANDLE which = MsiCreateRecord(1);
    MSIHANDLE view = 0;
    MSIHANDLE row = 0;
    MsiRecordSetInteger(which, 1, language_of(install));
    UINT code = MsiDatabaseOpenViewW(
        database, L"SELECT `Place`, `Name`, `Words` FROM `Speech` WHERE `Language` = ?", &view);
    if (code == ERROR_SUCCESS) {
        code = MsiViewExecute(view, which);
    }
    while (code == ERROR_SUCCESS && (code = MsiViewFetch(view, &row)) == ERROR_SUCCESS) {
        if (say(install, database, row) != ERROR_SUCCESS) {
            setup_log(install, "a text of the MSI stays in English");
        }
        MsiCloseHandle(row);
    }
    if (code != ERROR_NO_MORE_ITEMS) {
        setup_log(install, "the texts of the MSI stay in English");
    }
    MsiCloseHandle(view);
    MsiCloseHandle(which);
    MsiCloseHandle(database);
    return ERROR_SUCCESS;
}
