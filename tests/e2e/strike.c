/*
 * strike: what tests do to a HipBridge.exe that runs, or to what it reads, from beside it. The
 * service has no way to be told to crash.
 *
 *   strike             has it fall by an access violation, as an error in it would: a thread that
 *                      begins where no code is
 *   strike heap        by what Windows raises where a heap is damaged
 *   strike abort       by abort(), which the C library calls where it gives up
 *   strike privileges  prints the privileges that it holds, enabled or not, one a line
 *   strike hold FILE   has the file open for itself alone, as a program that opens a database
 *                      exclusively: makes FILE.held when it is, until that is gone
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

/* Code of a few bytes, there, which jumps to a function that never returns: so that to who looks at
 * the stack it is the thread's first. The system's libraries lie at the same address in each
 * process. */
static LPTHREAD_START_ROUTINE put(HANDLE process, const unsigned char *code, size_t size)
{
    void *there =
        VirtualAllocEx(process, NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    if (there != NULL && !WriteProcessMemory(process, there, code, size, NULL)) {
        there = NULL;
    }
    return (LPTHREAD_START_ROUTINE)(UINT_PTR)there;
}

static LPTHREAD_START_ROUTINE damage(HANDLE process)
{
    /* RaiseException(0xC0000374, EXCEPTION_NONCONTINUABLE, 0, NULL) */
    unsigned char code[] = {0xb9, 0x74, 0x03, 0x00, 0xc0, 0xba, 0x01, 0x00, 0x00, 0x00,
                            0x45, 0x31, 0xc0, 0x45, 0x31, 0xc9, 0x48, 0xb8, 0,    0,
                            0,    0,    0,    0,    0,    0,    0xff, 0xe0};
    FARPROC raise = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "RaiseException");
    memcpy(code + 18, &raise, sizeof raise);
    return put(process, code, sizeof code);
}

static LPTHREAD_START_ROUTINE give_up(HANDLE process)
{
    /* abort() */
    unsigned char code[] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
    FARPROC end = GetProcAddress(LoadLibraryW(L"msvcrt.dll"), "abort");
    memcpy(code + 2, &end, sizeof end);
    return put(process, code, sizeof code);
}

static LPTHREAD_START_ROUTINE nowhere(HANDLE process)
{
    (void)process;
    return (LPTHREAD_START_ROUTINE)(UINT_PTR)0x10;
}

static const struct {
    const char *name;
    LPTHREAD_START_ROUTINE (*begin)(HANDLE process);
} strikes[] = {{"", nowhere}, {"heap", damage}, {"abort", give_up}};

/* Names are ASCII. */
static int hold(const char *path)
{
    char sign[MAX_PATH];
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    snprintf(sign, sizeof sign, "%s.held", path);
    HANDLE made = file != INVALID_HANDLE_VALUE
                      ? CreateFileA(sign, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL)
                      : INVALID_HANDLE_VALUE;
    if (made == INVALID_HANDLE_VALUE) {
        printf("not held: error %lu\n", GetLastError());
        return 1;
    }
    CloseHandle(made);
    while (GetFileAttributesA(sign) != INVALID_FILE_ATTRIBUTES) {
        Sleep(100);
    }
    CloseHandle(file);
    return 0;
}

int main(int count, char **arguments)
{
    if (count > 2 && strcmp(arguments[1], "hold") == 0) {
        return hold(arguments[2]);
    }
    DWORD id = find_process(L"HipBridge.exe");
    HANDLE process = id != 0 ? OpenProcess(PROCESS_ALL_ACCESS, FALSE, id) : NULL;
    if (count > 1 && strcmp(arguments[1], "privileges") == 0) {
        return print_privileges(process);
    }
    LPTHREAD_START_ROUTINE begin = NULL;
    for (size_t i = 0; process != NULL && i < sizeof strikes / sizeof *strikes; i++) {
        if (strcmp(strikes[i].name, count > 1 ? arguments[1] : "") == 0) {
            begin = strikes[i].begin(process);
        }
    }
    HANDLE thread =
        begin != NULL ? CreateRemoteThread(process, NULL, 0, begin, NULL, 0, NULL) : NULL;
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
