/*
 * strike: has HipBridge.exe fall by an access violation, as an error in it would:
 * a thread that begins where no code is. For the test of what a crash leaves; the service itself
 * has no way to be told to crash.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <tlhelp32.h>
#include <wchar.h>

static DWORD find_process(const wchar_t *name)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    DWORD id = 0;
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (list == INVALID_HANDLE_VALUE)
        return 0;
    for (BOOL more = Process32FirstW(list, &entry); more && id == 0;
         more = Process32NextW(list, &entry))
        if (_wcsicmp(entry.szExeFile, name) == 0)
            id = entry.th32ProcessID;
    CloseHandle(list);
    return id;
}

int main(void)
{
    DWORD id = find_process(L"HipBridge.exe");
    HANDLE process = id != 0 ? OpenProcess(PROCESS_ALL_ACCESS, FALSE, id) : NULL;
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
