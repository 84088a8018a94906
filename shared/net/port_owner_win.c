#include <winsock2.h>

#include <windows.h>

#include <iphlpapi.h>

#include "net/port_owner.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/portability.h"

enum { TRIES = 4, SYSTEM_PROCESS = 4, PATH_MAX_CHARS = 1024 };

/* The table grows between the question for its size and the next; freed by the caller. */
static void *table_of(ULONG family)
{
    void *table = NULL;
    DWORD size = 0;
    DWORD code = ERROR_INSUFFICIENT_BUFFER;
    for (int i = 0; i < TRIES && code == ERROR_INSUFFICIENT_BUFFER; i++) {
        free(table);
        table = size > 0 ? malloc(size) : NULL;
        code = GetExtendedTcpTable(table, &size, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0);
    }
    if (code != NO_ERROR) {
        free(table);
        table = NULL;
    }
    return table;
}

static DWORD listener_of(int port)
{
    DWORD wanted = htons((u_short)port);
    DWORD process = 0;
    MIB_TCPTABLE_OWNER_PID *v4 = table_of(AF_INET);
    for (DWORD i = 0; v4 != NULL && i < v4->dwNumEntries && process == 0; i++) {
        process = v4->table[i].dwLocalPort == wanted ? v4->table[i].dwOwningPid : 0;
    }
    free(v4);
    MIB_TCP6TABLE_OWNER_PID *v6 = process == 0 ? table_of(AF_INET6) : NULL;
    for (DWORD i = 0; v6 != NULL && i < v6->dwNumEntries && process == 0; i++) {
        process = v6->table[i].dwLocalPort == wanted ? v6->table[i].dwOwningPid : 0;
    }
    free(v6);
    return process;
}

void port_owner(int port, char *out, size_t size)
{
    wchar_t path[PATH_MAX_CHARS];
    char text[PATH_MAX_CHARS];
    DWORD len = HB_COUNT(path);
    DWORD process = listener_of(port);
    out[0] = '\0';
    if (process == 0 || process == SYSTEM_PROCESS) {
        return;
    }
    HANDLE handle = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process);
    if (handle != NULL && QueryFullProcessImageNameW(handle, 0, path, &len) &&
        WideCharToMultiByte(CP_UTF8, 0, path, -1, text, sizeof text, NULL, NULL) > 0) {
        snprintf(out, size, "%s (process %lu)", text, (unsigned long)process);
    } else {
        snprintf(out, size, "process %lu", (unsigned long)process);
    }
    if (handle != NULL) {
        CloseHandle(handle);
    }
}
