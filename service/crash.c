#include <windows.h>

#include <dbghelp.h>

#include "crash.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/file.h"
#include "system/wide.h"
#include "thread.h"

typedef BOOL WINAPI write_dump(HANDLE process, DWORD id, HANDLE file, MINIDUMP_TYPE type,
                               PMINIDUMP_EXCEPTION_INFORMATION exception,
                               PMINIDUMP_USER_STREAM_INFORMATION user,
                               PMINIDUMP_CALLBACK_INFORMATION callback);

enum { WRITE_MS = 20000, DUMPS_MAX = 64, STACK_KEPT = 64 * 1024 };

static const wchar_t untold[] = L".new.dmp";

/* All that is needed is had before anything is wrong. A thread of its own writes, since the one
 * that fell may have no stack left. */
static struct {
    wchar_t folder[FILE_PATH_MAX];
    write_dump *write;
    HANDLE fallen;
    HANDLE written;
    volatile LONG taken;
    MINIDUMP_EXCEPTION_INFORMATION exception;
} crash;

static void write_file(void)
{
    wchar_t path[FILE_PATH_MAX + 64];
    SYSTEMTIME now;
    GetLocalTime(&now);
    swprintf(path, HB_COUNT(path), L"%ls\\crash-%04u%02u%02u-%02u%02u%02u%ls", crash.folder,
             now.wYear, now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond, untold);
    HANDLE file =
        CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        return;
    }
    BOOL done = crash.write(GetCurrentProcess(), GetCurrentProcessId(), file, MiniDumpNormal,
                            &crash.exception, NULL, NULL);
    CloseHandle(file);
    if (!done) {
        DeleteFileW(path);
    }
}

static unsigned __stdcall wait_for_fall(void *context)
{
    (void)context;
    if (WaitForSingleObject(crash.fallen, INFINITE) == WAIT_OBJECT_0) {
        write_file();
    }
    SetEvent(crash.written);
    return 0;
}

/* What falls while another one's dump is written waits for it as well. */
static LONG WINAPI fall(EXCEPTION_POINTERS *pointers)
{
    if (InterlockedExchange(&crash.taken, 1) == 0) {
        crash.exception.ThreadId = GetCurrentThreadId();
        crash.exception.ExceptionPointers = pointers;
        crash.exception.ClientPointers = FALSE;
        SetEvent(crash.fallen);
    }
    WaitForSingleObject(crash.written, WRITE_MS);
    return EXCEPTION_EXECUTE_HANDLER; /* which ends the process with the exception's code */
}

enum { ABORTED = 0x40000015 }; /* STATUS_FATAL_APP_EXIT */
static const DWORD heap_damaged = 0xC0000374;

/* Windows asks no filter about a damaged heap, and ends the process at once; but it asks this. */
static LONG WINAPI look_at_first(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode == heap_damaged) {
        (void)fall(pointers);
        TerminateProcess(GetCurrentProcess(), heap_damaged);
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

/* abort() ends the process by itself; as an exception it leaves a dump. On Windows it calls this as
 * any function, on the thread that aborts. */
static void on_abort(int number)
{
    (void)number;
    /* NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c) */
    RaiseException(ABORTED, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

static bool load_writer(void)
{
    HMODULE library = LoadLibraryExW(L"dbghelp.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    FARPROC address = library != NULL ? GetProcAddress(library, "MiniDumpWriteDump") : NULL;
    memcpy(&crash.write, &address, sizeof crash.write);
    return crash.write != NULL;
}

void crash_guard_thread(void)
{
    ULONG bytes = STACK_KEPT;
    SetThreadStackGuarantee(&bytes);
}

void crash_watch(void)
{
    crash_guard_thread();
    char folder[FILE_PATH_MAX];
    if (!file_data_folder(folder, sizeof folder, NULL) || !file_make_folder(folder, NULL) ||
        !wide_from_utf8(folder, crash.folder, FILE_PATH_MAX, NULL) || !load_writer()) {
        return;
    }
    crash.fallen = CreateEventW(NULL, TRUE, FALSE, NULL);
    crash.written = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (crash.fallen == NULL || crash.written == NULL) {
        return;
    }
    HANDLE thread = thread_start(wait_for_fall, NULL);
    if (thread == NULL) {
        return;
    }
    CloseHandle(thread);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    SetUnhandledExceptionFilter(fall);
    AddVectoredExceptionHandler(TRUE, look_at_first);
    signal(SIGABRT, on_abort);
}

/* ---- at the next start ---- */

static int newest_first(const void *a, const void *b)
{
    return -wcscmp(*(const wchar_t *const *)a, *(const wchar_t *const *)b);
}

static void report_dump(const struct event_sink *events, const wchar_t *path)
{
    char text[FILE_PATH_MAX];
    char when[24];
    SYSTEMTIME utc;
    SYSTEMTIME local;
    WIN32_FILE_ATTRIBUTE_DATA facts;
    if (!wide_to_utf8(path, text, sizeof text, NULL) ||
        !GetFileAttributesExW(path, GetFileExInfoStandard, &facts) ||
        !FileTimeToSystemTime(&facts.ftLastWriteTime, &utc) ||
        !SystemTimeToTzSpecificLocalTime(NULL, &utc, &local)) {
        return;
    }
    snprintf(when, sizeof when, "%04u-%02u-%02u %02u:%02u:%02u", local.wYear % 10000U,
             local.wMonth % 100U, local.wDay % 100U, local.wHour % 100U, local.wMinute % 100U,
             local.wSecond % 100U);
    event_report(events, EVENT_CRASHED, when, text, (const char *)NULL);
}

/* Gives it the name of one that has been told. */
static void tell_dump(const struct event_sink *events, const wchar_t *name)
{
    wchar_t from[FILE_PATH_MAX + MAX_PATH];
    wchar_t to[FILE_PATH_MAX + MAX_PATH];
    size_t len = wcslen(name);
    size_t mark = HB_COUNT(untold) - 1;
    if (len <= mark || wcscmp(name + len - mark, untold) != 0) {
        return;
    }
    swprintf(from, HB_COUNT(from), L"%ls\\%ls", crash.folder, name);
    swprintf(to, HB_COUNT(to), L"%ls\\%.*ls.dmp", crash.folder, (int)(len - mark), name);
    if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING)) {
        report_dump(events, to);
    }
}

static size_t list_dumps(wchar_t *names[DUMPS_MAX])
{
    wchar_t pattern[FILE_PATH_MAX + 16];
    WIN32_FIND_DATAW found;
    size_t count = 0;
    swprintf(pattern, HB_COUNT(pattern), L"%ls\\crash-*.dmp", crash.folder);
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE) {
        return 0;
    }
    do {
        size_t size = (wcslen(found.cFileName) + 1) * sizeof(wchar_t);
        names[count] = malloc(size);
        if (names[count] == NULL) {
            break;
        }
        memcpy(names[count], found.cFileName, size);
        count++;
    } while (count < DUMPS_MAX && FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

void crash_tell(const struct event_sink *events)
{
    wchar_t *names[DUMPS_MAX];
    wchar_t path[FILE_PATH_MAX + MAX_PATH];
    size_t count = list_dumps(names);
    qsort(names, count, sizeof *names, newest_first);
    for (size_t i = count; i > 0; i--) {
        wchar_t *name = names[i - 1];
        if (i > CRASH_KEEP) {
            swprintf(path, HB_COUNT(path), L"%ls\\%ls", crash.folder, name);
            DeleteFileW(path);
        } else {
            tell_dump(events, name);
        }
        free(name);
    }
}
