/*
 * strike: what tests do to a HipBridge.exe that runs, or to what it reads, from beside it. The
 * service has no way to be told to crash.
 *
 *   strike             has it fall by an access violation, as an error in it would: a thread that
 *                      begins where no code is
 *   strike heap        by what Windows raises where a heap is damaged
 *   strike abort       by abort(), which the C library calls where it gives up
 *   strike overflow    by a stack that is used up
 *   strike guarantees  prints of each of its threads how many bytes of stack that is, and whether
 *                      the C library began it
 *   strike privileges  prints the privileges that it holds, enabled or not, one a line
 *   strike hold FILE   has the file open for itself alone, as a program that opens a database
 *                      exclusively: makes FILE.held when it is, until that is gone
 */
#include <windows.h>

#include <stdbool.h>
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

/* Goes through its stack's pages to the last one. The stack pointer stays where it is: Wine 8,
 * where that is at the end too, falls anew in each handler, whatever the thread has kept. */
static LPTHREAD_START_ROUTINE overflow(HANDLE process)
{
    /* mov rcx, rsp; next: sub rcx, 0x1000; mov [rcx], al; jmp next */
    static const unsigned char code[] = {0x48, 0x89, 0xe1, 0x48, 0x81, 0xe9, 0,
                                         0x10, 0,    0,    0x88, 0x01, 0xeb, 0xf5};
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
} strikes[] = {{"", nowhere}, {"heap", damage}, {"abort", give_up}, {"overflow", overflow}};

/* ---- what each thread keeps of its stack ---- */

enum {
    BASIC_INFORMATION = 0,
    START_ADDRESS = 9,
    TEB_GUARANTEED = 0x1748 /* GuaranteedStackBytes of a 64-bit thread's block */
};

typedef LONG WINAPI query_thread(HANDLE thread, int what, PVOID out, ULONG size, PULONG used);

struct thread_basic {
    LONG status;
    PVOID block;
    ULONG_PTR rest[4];
};

static void print_guarantee(query_thread *query, HANDLE process, DWORD id)
{
    struct thread_basic basic;
    ULONG_PTR start = 0;
    ULONG bytes = 0;
    HMODULE library = NULL;
    HANDLE thread = OpenThread(THREAD_QUERY_INFORMATION, FALSE, id);
    bool known = thread != NULL &&
                 query(thread, BASIC_INFORMATION, &basic, sizeof basic, NULL) == 0 &&
                 query(thread, START_ADDRESS, &start, sizeof start, NULL) == 0 &&
                 ReadProcessMemory(process, (char *)basic.block + TEB_GUARANTEED, &bytes,
                                   sizeof bytes, NULL);
    if (known) {
        /* It lies at the same address here. */
        GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                               GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           (LPCWSTR)start, &library);
        bool begun = library != NULL && library == LoadLibraryW(L"msvcrt.dll");
        printf("%lu %s\n", bytes, begun ? "C" : "-");
    } else {
        printf("? error %lu\n", GetLastError());
    }
    if (thread != NULL) {
        CloseHandle(thread);
    }
}

static int print_guarantees(HANDLE process)
{
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryInformationThread");
    query_thread *query = NULL;
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    memcpy(&query, &found, sizeof found);
    for (BOOL more = Thread32First(list, &entry); more; more = Thread32Next(list, &entry)) {
        if (entry.th32OwnerProcessID == GetProcessId(process)) {
            print_guarantee(query, process, entry.th32ThreadID);
        }
    }
    CloseHandle(list);
    return 0;
}

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
    if (count > 1 && strcmp(arguments[1], "guarantees") == 0) {
        return print_guarantees(process);
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
