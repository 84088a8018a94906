#include <stdio.h>
#include <string.h>

#include "outbox/outbox_event.h"
#include "record/event.h"
#include "status/concern_private.h"

/* ---- what was told ---- */

struct span concern_string_of(const struct outbox_event *told, int which)
{
    struct span rest = span_of(told->strings);
    struct span field = {"", 0};
    for (int i = 0; i < which; i++) {
        if (!span_field(&rest, OUTBOX_EVENT_SEPARATOR, &field)) {
            return (struct span){"", 0};
        }
    }
    return field;
}

static void describe(const struct concern_kind *kind, const struct outbox_event *told,
                     struct concern *concern)
{
    char text[sizeof concern->reason];
    struct span subject = kind->subject > 0 ? concern_string_of(told, kind->subject) : SPAN("");
    struct span reason = kind->reason > 0 ? concern_string_of(told, kind->reason) : SPAN("");
    snprintf(text, sizeof text, "%.*s%s%.*s", (int)subject.len, subject.at,
             subject.len > 0 && reason.len > 0 ? ": " : "", (int)reason.len, reason.at);
    utf8_clean(span_of(text), concern->reason, sizeof concern->reason);
    concern->since_s = kind->lasts_s == CONCERN_WHILE ? told->since_s : told->last_s;
}

static bool add_if_it_holds(void *context, const struct outbox_event *told)
{
    struct concern_finding *finding = context;
    const struct concern_kind *kind = finding->kind;
    int64_t from_s =
        kind->lasts_s == CONCERN_WHILE ? finding->started_s : finding->now_s - kind->lasts_s;
    if (told->over || told->last_s < from_s ||
        (kind->lacking > 0 && span_equal(concern_string_of(told, kind->lacking), SPAN("0")))) {
        return true;
    }
    /* One that was taken out of the list is not visited, and would stay for ever. */
    if (kind->ended_by == EVENT_PULL_BACK &&
        config_pulled(&finding->config->pull, told->about) == NULL) {
        return true;
    }
    if (kind->terminal > 0) {
        struct concern *concern = concern_add(finding, kind, -1);
        if (concern != NULL) {
            describe(kind, told, concern);
            concern_set_text(concern->about, sizeof concern->about, told->about);
        }
        return concern != NULL;
    }
    if (finding->one == NULL) {
        finding->one = concern_add(finding, kind, 0);
    }
    if (finding->one != NULL && finding->one->count++ == 0) {
        describe(kind, told, finding->one); /* the newest comes first */
    }
    return true;
}

void concern_find_told(struct concern_finding *finding, const struct concern_kind *kind)
{
    finding->good =
        outbox_each_event(finding->outbox, kind->event, add_if_it_holds, finding, finding->err);
}

/* ---- taking note of what is told ---- */

static void take_string(char *out, size_t size, size_t *len, const char *text, bool first)
{
    if (!first && *len + 1 < size) {
        out[(*len)++] = OUTBOX_EVENT_SEPARATOR;
    }
    struct span kept = span_of(text);
    kept.len = utf8_cut(kept, size - 1 - *len);
    for (size_t i = 0; i < kept.len; i++) {
        char byte = kept.at[i];
        out[(*len)++] = (unsigned char)byte < ' ' ? ' ' : byte; /* no separator but ours */
    }
    out[*len] = '\0';
}

static void take_about(struct outbox_event *told, int which, size_t count,
                       const char *const *strings)
{
    if (which > 0 && (size_t)which <= count) {
        concern_set_text(told->about, sizeof told->about, strings[which - 1]);
    }
}

bool concern_note(struct outbox *outbox, int event, size_t count, const char *const *strings,
                  int64_t now_s, struct error *err)
{
    struct outbox_event told = {.event = event, .last_s = now_s};
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        take_string(told.strings, sizeof told.strings, &len, strings[i], i == 0);
    }
    for (size_t i = 0; i < concern_kind_count; i++) {
        const struct concern_kind *kind = &concern_kinds[i];
        if (kind->event == event && kind->find == concern_find_told) {
            take_about(&told, kind->terminal > 0 ? kind->terminal : kind->subject, count, strings);
        }
        if (kind->ended_by == event && event != 0) {
            bool one = kind->terminal > 0 && (size_t)kind->terminal <= count;
            if (!outbox_event_over(outbox, kind->event, one ? strings[kind->terminal - 1] : NULL,
                                   err)) {
                return false;
            }
        }
    }
    return outbox_event_told(outbox, &told, err);
}
