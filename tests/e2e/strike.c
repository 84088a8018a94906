/*
 * strike: what tests do to a HipBridge.exe that runs, from beside it.
 *
 *   strike             has it fall by an access violation, as an error in it would: a thread that
 *                      begins where no code is. The service has no way to be told to crash.
 *   strike privileges  prints the privileges that it holds, enabled or not, one a line.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>
#include <wchar.h>

static DWORD find_process(const wchar_t *name)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    DWORD id = 0;
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (list == INVALID_HANDLE_VALUE) {
        return 0;
    }
    for (BOOL more = Process32FirstW(list, &entry); more && id == 0;
         more = Process32NextW(list, &entry)) {
        if (_wcsicmp(entry.szExeFile, name) == 0) {
            id = entry.th32ProcessID;
        }
    }
    CloseHandle(list);
    return id;
}

static int print_privileges(HANDLE process)
{
    HANDLE token = NULL;
    DWORD used = 0;
    union {
        TOKEN_PRIVILEGES list;
        BYTE room[2048];
    } held;
    if (!OpenProcessToken(process, TOKEN_QUERY, &token) ||
        !GetTokenInformation(token, TokenPrivileges, &held, sizeof held, &used)) {
        printf("no token: error %lu\n", GetLastError());
        return 1;
    }
    for (DWORD i = 0; i < held.list.PrivilegeCount; i++) {
        wchar_t name[64];
        DWORD length = 64;
        if (LookupPrivilegeNameW(NULL, &held.list.Privileges[i].Luid, name, &length)) {
            printf("%ls\n", name);
        }
    }
    CloseHandle(token);
    return 0;
}

int main(int count, char **arguments)
{
    DWORD id = find_process(L"HipBridge.exe");
    HANDLE process = id != 0 ? OpenProcess(PROCESS_ALL_ACCESS, FALSE, id) : NULL;
    if (count > 1 && strcmp(arguments[1], "privileges") == 0) {
        return print_privileges(process);
    }
    LPTHREAD_START_ROUTINE nowhere = (LPTHREAD_START_ROUTINE)(UINT_PTR)0x10;
    HANDLE thread =
        process != NULL ? CreateRemoteThread(process, NULL, 0, nowhere, NULL, 0, NULL) : NULL;
    if (thread == NULL) {
        printf("no process struck: error %lu\n", GetLastError());
        return 1;
    }
    if (WaitForSingleObject(process, 30000) != WAIT_OBJECT_0) {
        puts("it still stands");
        return 1;
    }
    DWORD code = 0;
    GetExitCodeProcess(process, &code);
    printf("fell with %08lx\n", code);
    return 0;
}
