#include <winsock2.h>

#include "upload.h"

#include "thread.h"

#include <iphlpapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox/outbox.h"
#include "status/concern.h"
#include "store.h"
#include "terminals/orders.h"
#include "terminals/silence.h"
#include "system/clock.h"
#include "upload/uploader.h"
#include "system/wide.h"

enum {
    IDLE_MAX_MS = 5 * 60 * 1000,
    LAST_WORDS_MS = 1500
}; /* retention is kept by steps, too, while nothing arrives */

struct upload {
    struct upload_events handles;
    HANDLE stop;    /* manual-reset */
    HANDLE network; /* set when this PC's addresses change */
    OVERLAPPED watching;
    HANDLE thread;
    struct outbox *outbox;
    struct uploader *uploader;
    const struct config *config;
    struct concern_list *concerns;
    wchar_t wide_name[256];
    char name[FACTS_NAME + 1]; /* the computer's */
    struct silence *silence;   /* here, since this thread keeps no terminal waiting */
};

/* Has the next change of an address set the event: a cable or a radio that is there again. */
static void watch_network(struct upload *upload)
{
    HANDLE unused = NULL;
    memset(&upload->watching, 0, sizeof upload->watching);
    upload->watching.hEvent = upload->network;
    /* Where it cannot be watched, the backoff does it alone. */
    (void)NotifyAddrChange(&unused, &upload->watching);
}

/* Waits for one of the handles; meanwhile it is looked whether terminals are silent. */
static DWORD wait_and_look(struct upload *upload, const HANDLE *handles, DWORD count, DWORD limit)
{
    ULONGLONG end = GetTickCount64() + limit;
    for (;;) {
        silence_look(upload->silence, clock_unix());
        ULONGLONG now = GetTickCount64();
        DWORD left = now < end ? (DWORD)(end - now) : 0;
        bool last = left <= SILENCE_LOOK_S * 1000;
        DWORD what =
            WaitForMultipleObjects(count, handles, FALSE, last ? left : SILENCE_LOOK_S * 1000);
        if (last || what != WAIT_TIMEOUT) {
            return what;
        }
    }
}

/* Waits until a step is due. False: told to stop. */
static bool wait_for_work(struct upload *upload, uint32_t wait_ms)
{
    const HANDLE handles[] = {upload->stop, upload->handles.hurry, upload->network,
                              upload->handles.tell, upload->handles.appended};
    /* An append does not shorten the wait after a failure; it stays set for when that is over. */
    bool idle = wait_ms == UPLOADER_IDLE;
    DWORD count = idle ? 5 : 3;
    wait_ms = idle ? uploader_idle_ms(upload->uploader, clock_unix()) : wait_ms;
    DWORD limit = wait_ms > IDLE_MAX_MS ? IDLE_MAX_MS : wait_ms;
    switch (wait_and_look(upload, handles, count, limit)) {
    case WAIT_OBJECT_0:
        return false;
    case WAIT_OBJECT_0 + 1:
        uploader_hurry(upload->uploader);
        return true;
    case WAIT_OBJECT_0 + 2:
        watch_network(upload);
        uploader_hurry(upload->uploader);
        return true;
    case WAIT_OBJECT_0 + 3:
        uploader_tell(upload->uploader);
        return true;
    default:
        return true;
    }
}

/* The worst that lasts, in English, as the database's readers see it. */
static int find_problem(void *context, char words[FACTS_PROBLEM + 1])
{
    struct upload *upload = context;
    struct error ignored = ERROR_INIT;
    char text[CONCERN_WORDS_MAX];
    words[0] = '\0';
    if (!concern_find(upload->outbox, upload->config, "running", clock_unix(), upload->concerns,
                      &ignored) ||
        upload->concerns->count == 0) {
        return 0;
    }
    const struct concern *worst = &upload->concerns->concerns[0];
    snprintf(words, FACTS_PROBLEM + 1, "%s", concern_words(worst, upload->config, false, text));
    return worst->event;
}

/* Of the terminal, by the list that find_problem has just made. */
static int find_problem_of(void *context, const char *sn, char words[FACTS_PROBLEM + 1])
{
    struct upload *upload = context;
    char text[CONCERN_WORDS_MAX];
    for (size_t i = 0; i < upload->concerns->count; i++) {
        const struct concern *concern = &upload->concerns->concerns[i];
        if (strcmp(concern->about, sn) == 0) {
            snprintf(words, FACTS_PROBLEM + 1, "%s",
                     concern_words(concern, upload->config, false, text));
            return concern->event;
        }
    }
    return 0;
}

static void sync_now(void *context)
{
    const struct upload *upload = context;
    SetEvent(upload->handles.sync_now);
    SetEvent(upload->handles.access_now);
}

static void pull_now(void *context)
{
    SetEvent(((struct upload *)context)->handles.pull_now);
}

static bool begin_order(void *context, struct outbox *outbox, struct outbox_order *order,
                        int64_t now_s, struct error *err)
{
    struct upload *upload = context;
    const struct orders_deeds deeds = {sync_now, pull_now, upload};
    return orders_begin(outbox, upload->config, &deeds, order, now_s, err);
}

static bool look_at_order(void *context, struct outbox *outbox, struct outbox_order *order,
                          int64_t now_s, struct error *err)
{
    struct upload *upload = context;
    return orders_look(outbox, upload->config, order, now_s, err);
}

static unsigned __stdcall run(void *context)
{
    struct upload *upload = context;
    uint32_t wait_ms = 0;
    watch_network(upload);
    while (wait_for_work(upload, wait_ms)) {
        wait_ms = uploader_step(upload->uploader, clock_unix());
        if (wait_ms == 0 || wait_ms == UPLOADER_IDLE) {
            SetEvent(upload->handles.advanced);
        }
    }
    uploader_stop(upload->uploader, clock_unix());
    silence_finish(upload->silence, clock_unix());
    (void)CancelIPChangeNotify(&upload->watching);
    return 0;
}

struct upload *upload_start(const struct config *config, const struct event_sink *events,
                            const struct upload_events *handles, struct error *err)
{
    struct upload *upload = calloc(1, sizeof *upload);
    if (upload == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot start the uploader: no memory");
        return NULL;
    }
    upload->handles = *handles;
    upload->outbox = store_open(config, STORE_FOR_WORK, err);
    if (upload->outbox == NULL) {
        goto failed;
    }
    upload->config = config;
    upload->concerns = calloc(1, sizeof *upload->concerns);
    DWORD size = HB_COUNT(upload->wide_name);
    if (upload->concerns == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot start the uploader: no memory");
        goto failed;
    }
    if (!GetComputerNameExW(ComputerNamePhysicalDnsHostname, upload->wide_name, &size) ||
        !wide_to_utf8(upload->wide_name, upload->name, sizeof upload->name, NULL)) {
        upload->name[0] = '\0';
    }
    const struct office_hands hands = {begin_order, look_at_order, upload};
    const struct report_service service = {.name = upload->name,
                                           .version = HIPBRIDGE_VERSION,
                                           .started_s = clock_unix(),
                                           .problem = find_problem,
                                           .of_terminal = find_problem_of,
                                           .orders = &hands,
                                           .context = upload};
    upload->uploader = uploader_new(config, upload->outbox, events, &service, err);
    if (upload->uploader == NULL) {
        goto failed;
    }
    upload->silence = silence_new(config, upload->outbox, events, clock_unix(), err);
    if (upload->silence == NULL) {
        goto failed;
    }
    upload->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    upload->network = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (upload->stop != NULL && upload->network != NULL) {
        upload->thread = thread_start(run, upload);
    }
    if (upload->thread == NULL) {
        wide_error(err, GetLastError(), "cannot start the uploader's thread");
        goto failed;
    }
    return upload;

failed:
    upload_free(upload);
    return NULL;
}

HANDLE upload_stop(struct upload *upload)
{
    SetEvent(upload->stop);
    /* Time for its last words to head office; what hangs then is cut off. */
    if (WaitForSingleObject(upload->thread, LAST_WORDS_MS) == WAIT_TIMEOUT) {
        uploader_interrupt(upload->uploader);
    }
    return upload->thread;
}

void upload_free(struct upload *upload)
{
    if (upload == NULL) {
        return;
    }
    uploader_free(upload->uploader);
    silence_free(upload->silence);
    outbox_close(upload->outbox);
    free(upload->concerns);
    if (upload->stop != NULL) {
        CloseHandle(upload->stop);
    }
    if (upload->network != NULL) {
        CloseHandle(upload->network);
    }
    if (upload->thread != NULL) {
        CloseHandle(upload->thread);
    }
    free(upload);
}
