#include "watch.h"

#include "eventlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/own_address.h"
#include "outbox/outbox.h"
#include "outbox/outbox_note.h"
#include "pace/level.h"
#include "pace/slept.h"
#include "siren.h"
#include "status/concern.h"
#include "store.h"
#include "system/captures.h"
#include "system/clock.h"
#include "system/known_programs.h"
#include "system/leftovers.h"
#include "thread.h"
#include "system/wide.h"

enum {
    QUEUE_MAX = 256, /* events told while the outbox cannot be written; the oldest go first */
    STRING_MAX = 1024,
    LOOK_MS = 10000,
    TEXT_MAX = 2000,
    SHOWN_MAX = 3 * TEXT_MAX, /* a Thai letter takes three bytes */
};

struct told {
    enum event_id id;
    int64_t at_s;
    size_t count;
    char *strings[EVENT_STRINGS_MAX];
};

struct watch {
    struct event_sink sink;
    const struct event_sink *onward;
    SRWLOCK lock; /* of the queue */
    struct told queue[QUEUE_MAX];
    size_t first, count;
    HANDLE news; /* auto-reset: the queue has something */

    HANDLE stop; /* manual-reset */
    HANDLE thread;
    const struct config *config;
    HANDLE changed; /* the worst is another */

    /* the thread's own */
    struct outbox *outbox; /* NULL: not opened yet */
    struct level level;
    bool recalled; /* level is what an earlier run told */
    struct concern_list list;
    uint32_t worst; /* of them, as level_key; 0: none */
    struct siren *siren;
    char addresses[OWN_ADDRESS_TEXT_MAX]; /* as they were noted */
    bool searched;                        /* for the databases of other programs */
    struct slept slept;
    int64_t tidied_s; /* when leftovers were last looked through; 0: not yet */
};

/* ---- the queue ---- */

static void forget(struct told *told)
{
    for (size_t i = 0; i < told->count; i++) {
        free(told->strings[i]);
    }
    memset(told, 0, sizeof *told);
}

static char *copy(const char *text)
{
    size_t len = utf8_cut(span_of(text), STRING_MAX);
    char *out = malloc(len + 1);
    if (out != NULL) {
        memcpy(out, text, len);
        out[len] = '\0';
    }
    return out;
}

/* What finds no memory is in the Event Log all the same. */
static void keep(struct watch *watch, enum event_id id, size_t count, const char *const *strings)
{
    struct told told = {.id = id, .at_s = clock_unix()};
    while (told.count < count && told.count < EVENT_STRINGS_MAX) {
        char *text = copy(strings[told.count]);
        if (text == NULL) {
            forget(&told);
            return;
        }
        told.strings[told.count++] = text;
    }
    AcquireSRWLockExclusive(&watch->lock);
    if (watch->count == QUEUE_MAX) {
        forget(&watch->queue[watch->first]);
        watch->first = (watch->first + 1) % QUEUE_MAX;
        watch->count--;
    }
    watch->queue[(watch->first + watch->count++) % QUEUE_MAX] = told;
    ReleaseSRWLockExclusive(&watch->lock);
    SetEvent(watch->news);
}

static bool take(struct watch *watch, struct told *told)
{
    AcquireSRWLockExclusive(&watch->lock);
    bool some = watch->count > 0;
    if (some) {
        *told = watch->queue[watch->first];
        memset(&watch->queue[watch->first], 0, sizeof *told);
        watch->first = (watch->first + 1) % QUEUE_MAX;
        watch->count--;
    }
    ReleaseSRWLockExclusive(&watch->lock);
    return some;
}

/* What could not be written waits at the front, where there is still room. */
static void put_back(struct watch *watch, struct told *told)
{
    AcquireSRWLockExclusive(&watch->lock);
    if (watch->count < QUEUE_MAX) {
        watch->first = (watch->first + QUEUE_MAX - 1) % QUEUE_MAX;
        watch->queue[watch->first] = *told;
        watch->count++;
        memset(told, 0, sizeof *told);
    }
    ReleaseSRWLockExclusive(&watch->lock);
    forget(told);
}

static void pass(void *context, enum event_id id, size_t count, const char *const *strings)
{
    struct watch *watch = context;
    watch->onward->report(watch->onward->context, id, count, strings);
    keep(watch, id, count, strings);
}

/* ---- the thread ---- */

static bool open_outbox(struct watch *watch)
{
    if (watch->outbox == NULL) {
        watch->outbox = store_open(watch->config, STORE_FOR_WORK, NULL);
    }
    return watch->outbox != NULL;
}

static bool write_one(struct watch *watch, const struct told *told)
{
    return concern_note(watch->outbox, (int)told->id, told->count,
                        (const char *const *)told->strings, told->at_s, NULL);
}

/* A failure is told by those whose work the outbox is; what waits is tried again at the next look.
 */
static void write_queue(struct watch *watch)
{
    struct told told;
    if (!outbox_begin(watch->outbox, NULL)) {
        return;
    }
    while (take(watch, &told)) {
        if (!write_one(watch, &told)) {
            put_back(watch, &told);
            outbox_rollback(watch->outbox);
            return;
        }
        forget(&told);
    }
    if (!outbox_commit(watch->outbox, NULL)) {
        outbox_rollback(watch->outbox);
    }
}

/* What is wrong, a sentence after the other. */
static void say(const struct watch *watch, bool thai, char *text, size_t size)
{
    char words[CONCERN_WORDS_MAX];
    size_t len = 0;
    const struct concern_list *list = &watch->list;
    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        int more = snprintf(text + len, size - len, "%s%s%s", i > 0 ? " " : "",
                            concern_words(&list->concerns[i], watch->config, thai, words),
                            thai ? "" : ".");
        if (more < 0 || (size_t)more >= size - len) {
            text[len] = '\0'; /* a sentence is told whole or not at all */
            return;
        }
        len += (size_t)more;
    }
    if (list->count == 0) {
        snprintf(text, size, "%s", thai ? "ทุกอย่างเรียบร้อยดี" : "All is well.");
    }
}

static void recall(struct watch *watch)
{
    char text[OUTBOX_NOTE_MAX + 1];
    if (!watch->recalled && outbox_noted(watch->outbox, OUTBOX_NOTE_LEVEL_TOLD, text, NULL)) {
        level_parse(&watch->level, text);
        watch->recalled = true;
    }
}

/* Each sentence is one of the concerns', with the Event Log's own words for it: what is kept is
 * English. */
static void tell_level(struct watch *watch, enum concern_level level, enum concern_level before,
                       const char *text)
{
    char shown[SHOWN_MAX];
    bool thai = eventlog_in_thai();
    say(watch, thai, shown, sizeof shown);
    event_report(watch->onward, EVENT_LEVEL_CHANGED, concern_level_words(level, thai),
                 concern_level_words(before, thai), shown, (const char *)NULL);
    const char *const kept[] = {concern_level_name(level), concern_level_name(before), text};
    keep(watch, EVENT_LEVEL_CHANGED, HB_COUNT(kept), kept);
}

static void look(struct watch *watch)
{
    uint32_t keys[CONCERN_MAX];
    char text[TEXT_MAX];
    char note[LEVEL_TEXT_MAX];
    int64_t now_s = clock_unix();
    const struct concern_list *list = &watch->list;
    recall(watch);
    if (!watch->recalled ||
        !concern_find(watch->outbox, watch->config, "running", now_s, &watch->list, NULL)) {
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        keys[i] = level_key(list->concerns[i].code, list->concerns[i].about);
    }
    uint32_t worst = list->count > 0 ? keys[0] : 0;
    if (worst != watch->worst) {
        watch->worst = worst;
        SetEvent(watch->changed);
    }
    int before = watch->level.level;
    say(watch, false, text, sizeof text);
    siren_look(watch->siren, watch->outbox, watch->config, list, text, now_s);
    if (!level_due(&watch->level, (int)list->worst, keys, list->count, now_s, 0)) {
        return;
    }
    tell_level(watch, list->worst, (enum concern_level)before, text);
    level_told(&watch->level, (int)list->worst, keys, list->count, now_s);
    (void)outbox_note(watch->outbox, OUTBOX_NOTE_LEVEL_TOLD, level_text(&watch->level, note), NULL);
}

/* So that page and hipctl can say what to type into a terminal, and see when it has changed. */
static void note_addresses(struct watch *watch)
{
    char own[OWN_ADDRESS_TEXT_MAX];
    own_addresses(own);
    if (strcmp(own, watch->addresses) != 0 &&
        outbox_note(watch->outbox, OUTBOX_NOTE_PC_ADDRESSES, own, NULL)) {
        memcpy(watch->addresses, own, sizeof own);
    }
}

static void take_first(void *context, const char *path)
{
    char *first = context;
    if (first[0] == '\0') {
        snprintf(first, FILE_PATH_MAX, "%s", path);
    }
}

/* Once, so that the page can say on a new installation that there is one. */
static void note_programs(struct watch *watch)
{
    char path[FILE_PATH_MAX] = "";
    if (!watch->searched) {
        (void)known_programs(take_first, path);
        watch->searched = outbox_note(watch->outbox, OUTBOX_NOTE_PC_VENDOR, path, NULL);
    }
}

/* A gap in which nobody could be heard, said as such. */
static void tell_sleep(struct watch *watch)
{
    char from[WALLTIME_TEXT_MAX];
    char to[WALLTIME_TEXT_MAX];
    char span[2 * WALLTIME_TEXT_MAX + 8];
    int64_t now_s = clock_unix();
    int64_t slept_s = slept_look(&watch->slept, clock_asleep_too_ms(), clock_awake_ms());
    if (slept_s > 0) {
        walltime_text(clock_zone.local(clock_zone.context, now_s - slept_s), from);
        walltime_text(clock_zone.local(clock_zone.context, now_s), to);
        snprintf(span, sizeof span, "%s \xE2\x80\x93 %s", from, to);
        event_report(&watch->sink, EVENT_PC_SLEPT, span, (const char *)NULL);
    }
}

/* Once a day: what was kept for somebody to look at, and holds what people did. A failure only
 * means that it is tried again tomorrow. */
static void tidy(struct watch *watch)
{
    enum { DAY_S = 86400 };
    size_t count = 0;
    int64_t now_s = clock_unix();
    if (now_s - watch->tidied_s >= DAY_S || now_s < watch->tidied_s) {
        watch->tidied_s = now_s;
        char data[FILE_PATH_MAX];
        struct error ignored = ERROR_INIT;
        if (file_data_folder(data, sizeof data, &ignored)) {
            (void)captures_expire(data, now_s - CAPTURES_DAYS * DAY_S, &count, &ignored);
        }
        (void)leftovers_expire(watch->config->outbox.path, now_s - LEFTOVERS_DAYS * DAY_S, &count,
                               NULL);
    }
}

static unsigned __stdcall run(void *context)
{
    struct watch *watch = context;
    const HANDLE handles[] = {watch->stop, watch->news, siren_ended(watch->siren)};
    bool stopping = false;
    do {
        tell_sleep(watch);
        tidy(watch);
        if (open_outbox(watch)) {
            write_queue(watch);
            note_addresses(watch);
            note_programs(watch);
            look(watch);
        }
        stopping =
            WaitForMultipleObjects(HB_COUNT(handles), handles, FALSE, LOOK_MS) == WAIT_OBJECT_0;
    } while (!stopping);
    if (watch->outbox != NULL) {
        write_queue(watch);
    }
    outbox_close(watch->outbox);
    watch->outbox = NULL;
    return 0;
}

/* ---- from outside ---- */

struct watch *watch_new(const struct event_sink *events)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        return NULL;
    }
    watch->sink = (struct event_sink){pass, watch};
    watch->onward = events;
    InitializeSRWLock(&watch->lock);
    watch->news = CreateEventW(NULL, FALSE, FALSE, NULL);
    watch->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    watch->siren = siren_new(&watch->sink);
    if (watch->news == NULL || watch->stop == NULL || watch->siren == NULL) {
        watch_free(watch);
        return NULL;
    }
    return watch;
}

const struct event_sink *watch_sink(struct watch *watch)
{
    return &watch->sink;
}

bool watch_start(struct watch *watch, const struct config *config, HANDLE changed,
                 struct error *err)
{
    watch->config = config;
    watch->changed = changed;
    ResetEvent(watch->stop);
    watch->thread = thread_start(run, watch);
    if (watch->thread == NULL) {
        wide_error(err, GetLastError(), "cannot start the thread that watches");
    }
    return watch->thread != NULL;
}

HANDLE watch_stop(struct watch *watch)
{
    SetEvent(watch->stop);
    return watch->thread;
}

void watch_ended(struct watch *watch)
{
    CloseHandle(watch->thread);
    watch->thread = NULL;
}

void watch_free(struct watch *watch)
{
    struct told told;
    if (watch == NULL) {
        return;
    }
    while (take(watch, &told)) {
        forget(&told);
    }
    siren_free(watch->siren);
    if (watch->news != NULL) {
        CloseHandle(watch->news);
    }
    if (watch->stop != NULL) {
        CloseHandle(watch->stop);
    }
    free(watch);
}
