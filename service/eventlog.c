#include <windows.h>

#include "eventlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "events.h" /* made of events.mc */
#include "system/file.h"
#include "pace/flood.h"
#include "system/wide.h"
#include "words/reason.h"

enum { STRING_MAX = 2048, TEXT_MAX = 8192 };

/* Every message, with the severity in its upper bits; its lower 16 are the event's id. */
static const DWORD messages[] = {
    MSG_STARTED,
    MSG_STOPPED,
    MSG_START_FAILED,
    MSG_OUTBOX_SALVAGED,
    MSG_CRASHED,
    MSG_CONFIG_INVALID,
    MSG_PASSWORD_PROTECTED,
    MSG_PASSWORD_NOT_PROTECTED,
    MSG_FILE_NOT_GUARDED,
    MSG_SETUP_INCOMPLETE,
    MSG_CONFIG_RELOADED,
    MSG_CONFIG_NOT_TAKEN,
    MSG_LEVEL_CHANGED,
    MSG_HELD_BACK,
    MSG_ALARM_FAILED,
    MSG_ALARM_SENT,
    MSG_PC_SLEPT,
    MSG_LISTENING,
    MSG_CANNOT_LISTEN,
    MSG_PAGE_UNAVAILABLE,
    MSG_FIREWALL,
    MSG_REQUEST_REFUSED,
    MSG_OUTBOX_CANNOT_STORE,
    MSG_OUTBOX_STORES_AGAIN,
    MSG_LINES_NOT_UNDERSTOOD,
    MSG_TERMINAL_CLOCK_SET,
    MSG_TERMINAL_LOG_DELETED,
    MSG_OTHER_FAMILY,
    MSG_PUNCHES_MISSING,
    MSG_PUNCHES_ASKED_FOR,
    MSG_TERMINAL_CLOCK_OFF,
    MSG_PC_CLOCK,
    MSG_TERMINALS_SILENT,
    MSG_TERMINALS_HEARD,
    MSG_TERMINAL_TWICE,
    MSG_DELIVERY_UNREADABLE,
    MSG_LAYOUT_NOT_KNOWN,
    MSG_STRANGERS,
    MSG_BODY_NOT_UNDERSTOOD,
    MSG_NO_ROOM_ASIDE,
    MSG_LET_GO,
    MSG_UNLISTED_WAITS,
    MSG_SYNC_SUMMARY,
    MSG_LINES_SET_ASIDE,
    MSG_LOG_FOLDER_UNREADABLE,
    MSG_LOG_FILE_IN_USE,
    MSG_LOG_FOLDER_BACK,
    MSG_LOG_FILE_FAILED,
    MSG_ARCHIVE_EXPIRED,
    MSG_ACCESS_SUMMARY,
    MSG_ACCESS_UNREADABLE,
    MSG_ACCESS_REFUSED,
    MSG_ACCESS_ROWS_ASIDE,
    MSG_ACCESS_RESTLESS,
    MSG_ACCESS_BACK,
    MSG_ACCESS_NO_ROOM,
    MSG_DATABASE_CONNECTED,
    MSG_DATABASE_UNREACHABLE,
    MSG_DATABASE_LOGIN_REFUSED,
    MSG_ROWS_REFUSED,
    MSG_TABLE_UNUSABLE,
    MSG_NO_DATABASE,
    MSG_NO_UNIQUE_KEY,
    MSG_OUTBOX_FAILED,
    MSG_TABLE_ODD,
    MSG_BRIDGE_RENAMED,
    MSG_STATUS_TABLES,
    MSG_ORDER_DONE,
    MSG_ORDERS_UNREADABLE,
    MSG_PULL_SUMMARY,
    MSG_PULL_AWAY,
    MSG_PULL_KEY,
    MSG_PULL_LAYOUT,
    MSG_PULL_STRANGER,
    MSG_PULL_REFUSED,
    MSG_PULL_BACK,
    MSG_PULL_FULL,
    MSG_PULL_EMPTY,
    MSG_PULL_SPOILT,
};

/* By the two upper bits of a message. */
static const struct {
    WORD type;
    const wchar_t *word;
} severities[] = {
    {EVENTLOG_SUCCESS, L"success"},
    {EVENTLOG_INFORMATION_TYPE, L"information"},
    {EVENTLOG_WARNING_TYPE, L"warning"},
    {EVENTLOG_ERROR_TYPE, L"error"},
};

static HANDLE source; /* NULL on the console */
static HMODULE texts; /* the console's */
static bool thai;     /* the reasons among the strings, which Event Viewer shows as they are */
static SRWLOCK printing = SRWLOCK_INIT;
static struct flood flood;
static SRWLOCK counting = SRWLOCK_INIT;

static int64_t seconds(void)
{
    return (int64_t)(GetTickCount64() / 1000);
}

static DWORD message_of(enum event_id id)
{
    for (size_t i = 0; i < HB_COUNT(messages); i++) {
        if ((messages[i] & 0xffff) == (DWORD)id) {
            return messages[i];
        }
    }
    return (DWORD)id | 0x80000000U;
}

static HMODULE load_texts(void)
{
    char folder[FILE_PATH_MAX];
    char path[FILE_PATH_MAX];
    wchar_t wide[FILE_PATH_MAX];
    if (!file_program_folder(folder, sizeof folder, NULL) ||
        !file_resolve(folder, "HipBridgeMessages.dll", path, sizeof path) ||
        !wide_from_utf8(path, wide, FILE_PATH_MAX, NULL)) {
        return NULL;
    }
    return LoadLibraryExW(wide, NULL, LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_IMAGE_RESOURCE);
}

void eventlog_open(bool console)
{
    LANGID language = console ? GetUserDefaultUILanguage() : GetSystemDefaultUILanguage();
    thai = PRIMARYLANGID(language) == LANG_THAI;
    reason_ask(wide_in_thai);
    if (console) {
        texts = load_texts();
    } else {
        source = RegisterEventSourceW(NULL, L"HipBridge");
    }
}

bool eventlog_in_thai(void)
{
    return thai;
}

/* UTF-16 to a console, UTF-8 to anything else. */
static void print(const wchar_t *text)
{
    static char bytes[TEXT_MAX * 3]; /* under the lock */
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD mode = 0;
    DWORD written = 0;
    if (GetConsoleMode(out, &mode)) {
        WriteConsoleW(out, text, (DWORD)wcslen(text), &written, NULL);
        return;
    }
    if (wide_to_utf8(text, bytes, sizeof bytes, NULL)) {
        WriteFile(out, bytes, (DWORD)strlen(bytes), &written, NULL);
    }
}

/* The message with its strings; the bare strings if the texts cannot be had. */
static void render(DWORD message, wchar_t *const *strings, size_t count, wchar_t text[TEXT_MAX])
{
    DWORD len = 0;
    if (texts != NULL) {
        len = FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, texts,
                             message, 0, text, TEXT_MAX, (va_list *)(void *)strings);
    }
    if (len == 0) {
        text[0] = L'\0';
        for (size_t i = 0; i < count; i++) {
            size_t used = wcslen(text);
            swprintf(text + used, TEXT_MAX - used, L"%ls%ls", i > 0 ? L"; " : L"", strings[i]);
        }
        len = (DWORD)wcslen(text);
    }
    while (len > 0 && (text[len - 1] == L'\n' || text[len - 1] == L'\r')) {
        text[--len] = L'\0';
    }
}

static void to_console(DWORD message, wchar_t *const *strings, size_t count)
{
    static wchar_t text[TEXT_MAX]; /* both under the lock */
    static wchar_t line[TEXT_MAX + 64];
    SYSTEMTIME now;
    GetLocalTime(&now);
    AcquireSRWLockExclusive(&printing);
    render(message, strings, count, text);
    swprintf(line, HB_COUNT(line), L"%04d-%02d-%02d %02d:%02d:%02d %ls %u: %ls\r\n", now.wYear,
             now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond,
             severities[message >> 30].word, (unsigned)(message & 0xffff), text);
    print(line);
    ReleaseSRWLockExclusive(&printing);
}

static void put(enum event_id id, size_t count, const char *const *strings)
{
    /* All places a message may name are filled, however few strings there are. */
    wchar_t *wide[EVENT_STRINGS_MAX];
    wchar_t *memory = calloc(EVENT_STRINGS_MAX, STRING_MAX * sizeof(wchar_t));
    if (memory == NULL) {
        return;
    }
    for (size_t i = 0; i < EVENT_STRINGS_MAX; i++) {
        wide[i] = memory + i * STRING_MAX;
        if (i < count) {
            char words[REASON_MAX];
            wide_from_utf8(reason_shown(strings[i], thai, words), wide[i], STRING_MAX, NULL);
            wide_disarm(wide[i]);
        }
    }
    DWORD message = message_of(id);
    if (source != NULL) {
        ReportEventW(source, severities[message >> 30].type, EVENT_CATEGORY(id), message, NULL,
                     (WORD)count, 0, (LPCWSTR *)(void *)wide, NULL);
    } else {
        to_console(message, wide, count);
    }
    free(memory);
}

/* What was held back while its hour lasted (or so far, at the end). */
static void report_held(bool all)
{
    for (;;) {
        int id = 0;
        uint64_t held = 0;
        AcquireSRWLockExclusive(&counting);
        bool some = flood_held(&flood, seconds(), all, &id, &held);
        ReleaseSRWLockExclusive(&counting);
        if (!some) {
            return;
        }
        char number[12];
        char count[24];
        snprintf(number, sizeof number, "%d", id);
        snprintf(count, sizeof count, "%" PRIu64, held);
        const char *const strings[] = {number, count};
        put(EVENT_HELD_BACK, HB_COUNT(strings), strings);
    }
}

void eventlog_close(void)
{
    report_held(true);
    if (source != NULL) {
        DeregisterEventSource(source);
    }
    if (texts != NULL) {
        FreeLibrary(texts);
    }
    source = NULL;
    texts = NULL;
}

static void report(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    report_held(false);
    AcquireSRWLockExclusive(&counting);
    bool pass = flood_pass(&flood, (int)id, seconds());
    ReleaseSRWLockExclusive(&counting);
    if (pass) {
        put(id, count, strings);
    }
}

const struct event_sink eventlog_sink = {report, NULL};
