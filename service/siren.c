#include "siren.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/post.h"
#include "outbox/outbox_note.h"
#include "pace/condition.h"
#include "pace/level.h"
#include "status/alarm.h"
#include "system/pc_name.h"
#include "system/secret.h"
#include "system/wide.h"
#include "thread.h"

enum { GAP_S = 15 * 60, RETRY_S = 5 * 60, TEXT_MAX = 2000 };

/* A request under way. Shared by two, the one that ends last frees it. */
struct sending {
    LONG users;
    HANDLE ended; /* auto-reset; closed with it */
    char url[sizeof((struct config_alarm *)0)->url];
    char header[SECRET_MAX];
    char *body;
    volatile LONG done; /* `good` and `err` are there */
    bool good;
    struct error err;
};

struct siren {
    const struct event_sink *events;
    HANDLE ended; /* the same as sending's, or one that is never set */
    struct sending *sending;
    struct level level;
    bool recalled;
    int64_t not_before_s; /* after a failure */
    struct condition failing;

    /* what the message under way tells of */
    int worst;
    size_t count;
    uint32_t keys[CONCERN_MAX];
    char text[TEXT_MAX];
};

static void release(struct sending *sending)
{
    if (sending == NULL || InterlockedDecrement(&sending->users) > 0) {
        return;
    }
    CloseHandle(sending->ended);
    secret_wipe(sending->header, sizeof sending->header);
    free(sending->body);
    free(sending);
}

static unsigned __stdcall send(void *context)
{
    struct sending *sending = context;
    struct post post = {sending->url, sending->header, "application/json; charset=utf-8",
                        span_of(sending->body)};
    sending->good = post_send(&post, &sending->err);
    InterlockedExchange(&sending->done, 1);
    SetEvent(sending->ended);
    release(sending);
    return 0;
}

/* Its own handle of the event, since either may end first. */
static HANDLE share(HANDLE event)
{
    HANDLE copy = NULL;
    DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    return copy;
}

static bool begin(struct siren *siren, const struct config *config, struct error *err)
{
    char name[CONFIG_TEXT_MAX];
    const char *model = config->alarm.body[0] != '\0' ? config->alarm.body : ALARM_BODY;
    struct alarm alarm = {concern_level_name((enum concern_level)siren->worst), siren->text, name};
    struct sending *sending = calloc(1, sizeof *sending);
    if (sending == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for the alarm");
    }
    pc_name(config->name, name, sizeof name);
    sending->users = 2;
    sending->ended = share(siren->ended);
    sending->body = alarm_body(model, &alarm, err);
    bool copied =
        span_copy(span_of(config->alarm.url), sending->url, sizeof sending->url) &&
        span_copy(span_of(config->alarm.header.text), sending->header, sizeof sending->header);
    HANDLE thread = NULL;
    if (copied && sending->ended != NULL && sending->body != NULL) {
        thread = thread_start(send, sending);
    }
    if (thread == NULL) {
        sending->users = 1;
        release(sending);
        return error_set(err, ERR_SYSTEM, 0, "cannot start a thread for the alarm");
    }
    CloseHandle(thread);
    siren->sending = sending;
    return true;
}

static void failed(struct siren *siren, const struct error *err, int64_t now_s)
{
    siren->not_before_s = now_s + RETRY_S;
    if (condition_note(&siren->failing, true, now_s) != CONDITION_QUIET) {
        event_report(siren->events, EVENT_ALARM_FAILED, err->text, (const char *)NULL);
    }
}

static void keep(struct siren *siren, struct outbox *outbox)
{
    char note[LEVEL_TEXT_MAX];
    (void)outbox_note(outbox, OUTBOX_NOTE_ALARM_SENT, level_text(&siren->level, note), NULL);
}

static void finish(struct siren *siren, struct outbox *outbox, int64_t now_s)
{
    struct sending *sending = siren->sending;
    if (sending == NULL || InterlockedCompareExchange(&sending->done, 0, 0) == 0) {
        return;
    }
    if (sending->good) {
        level_told(&siren->level, siren->worst, siren->keys, siren->count, now_s);
        keep(siren, outbox);
        condition_note(&siren->failing, false, now_s);
        event_report(siren->events, EVENT_ALARM_SENT, siren->text, (const char *)NULL);
    } else {
        failed(siren, &sending->err, now_s);
    }
    siren->sending = NULL;
    release(sending);
}

/* That the alarm itself fails is no alarm. */
static void take(struct siren *siren, const struct concern_list *list, const char *text)
{
    siren->count = 0;
    siren->worst = CONCERN_GOOD;
    for (size_t i = 0; i < list->count; i++) {
        const struct concern *one = &list->concerns[i];
        if (one->event != EVENT_ALARM_FAILED) {
            siren->keys[siren->count++] = level_key(one->code, one->about);
            siren->worst = (int)one->level > siren->worst ? (int)one->level : siren->worst;
        }
    }
    snprintf(siren->text, sizeof siren->text, "%.*s",
             (int)utf8_cut(span_of(text), sizeof siren->text - 1), text);
}

void siren_look(struct siren *siren, struct outbox *outbox, const struct config *config,
                const struct concern_list *list, const char *text, int64_t now_s)
{
    struct error err = ERROR_INIT;
    char note[OUTBOX_NOTE_MAX + 1];
    if (config->alarm.url[0] == '\0') {
        return;
    }
    if (!siren->recalled) {
        if (!outbox_noted(outbox, OUTBOX_NOTE_ALARM_SENT, note, NULL)) {
            return;
        }
        level_parse(&siren->level, note);
        siren->recalled = true;
    }
    finish(siren, outbox, now_s);
    if (siren->sending != NULL) {
        return;
    }
    take(siren, list, text);
    if (level_due(&siren->level, siren->worst, siren->keys, siren->count, now_s, GAP_S) &&
        (now_s >= siren->not_before_s || siren->not_before_s > now_s + RETRY_S) &&
        !begin(siren, config, &err)) {
        failed(siren, &err, now_s);
    }
}

HANDLE siren_ended(struct siren *siren)
{
    return siren->ended;
}

struct siren *siren_new(const struct event_sink *events)
{
    struct siren *siren = calloc(1, sizeof *siren);
    if (siren == NULL) {
        return NULL;
    }
    siren->events = events;
    siren->ended = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (siren->ended == NULL) {
        free(siren);
        return NULL;
    }
    return siren;
}

void siren_free(struct siren *siren)
{
    if (siren == NULL) {
        return;
    }
    release(siren->sending);
    CloseHandle(siren->ended);
    free(siren);
}
