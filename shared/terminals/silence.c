#include "terminals/silence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pace/condition.h"
#include "terminals/walk.h"
#include "outbox/outbox_note.h"

enum {
    GAP_S = 10 * 60, /* between two looks: then the service was stopped, the PC slept, or its clock
                        was set */
    NOTE_EVERY_S = 240,
    UNLISTED_MAX = 1000,                               /* remembered as silent, */
    TERMINALS_MAX = UNLISTED_MAX + CONFIG_DEVICES_MAX, /* and with those that are listed */
    LIST_MAX = 1500,                                   /* bytes: what an event's string takes */
    MORE_MAX = 24,                                     /* "; +123" */
};

struct note {
    int64_t from_s, to_s, told_s;
};

/* ---- judging ---- */

static bool read_note(struct outbox *outbox, struct note *note, struct error *err)
{
    char text[OUTBOX_NOTE_MAX + 1];
    char *rest = text;
    if (!outbox_noted(outbox, OUTBOX_NOTE_TERMINALS_WATCHED, text, err)) {
        return false;
    }
    note->from_s = strtoll(rest, &rest, 10);
    note->to_s = strtoll(rest, &rest, 10);
    note->told_s = strtoll(rest, &rest, 10);
    return true;
}

static bool is_apart(int64_t one_s, int64_t other_s)
{
    return one_s - other_s > GAP_S || other_s - one_s > GAP_S;
}

bool silence_watch_read(struct outbox *outbox, const struct config *config, int64_t now_s,
                        struct silence_watch *watch, struct error *err)
{
    struct note note;
    *watch = (struct silence_watch){.now_s = now_s};
    if (!config->listener.enabled) {
        return true;
    }
    if (!read_note(outbox, &note, err)) {
        return false;
    }
    watch->from_s = note.from_s;
    watch->until_s = is_apart(now_s, note.to_s) ? note.to_s : now_s;
    return true;
}

bool silence_is(const struct silence_watch *watch, bool configured, int64_t last_seen_s)
{
    /* A time to come was written before the PC's clock was set back, and says nothing. */
    int64_t heard_s = last_seen_s - watch->now_s > GAP_S ? 0 : last_seen_s;
    int64_t from_s = heard_s > watch->from_s ? heard_s : watch->from_s;
    return watch->until_s - from_s > SILENCE_S &&
           (configured || watch->until_s - heard_s < SILENCE_FORGOTTEN_S);
}

bool silence_watches(const struct outbox_device *device)
{
    return strcmp(device->kind, TERMINAL_PULLED) != 0 || device->push_version[0] != '\0';
}

bool silence_is_heard(const struct silence_watch *watch, int64_t last_seen_s)
{
    return last_seen_s != 0 && watch->now_s - last_seen_s <= SILENCE_S;
}

/* ---- telling ---- */

struct missing {
    char sn[PUNCH_SN_MAX + 1];
    int64_t heard_s; /* when it last was */
    bool listed;
    bool told;
    bool back; /* it is heard again, by the look under way */
};

struct list {
    char text[LIST_MAX + MORE_MAX];
    size_t len;
    size_t count, listed;
};

struct silence {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct note note;
    int64_t looked_s;
    int64_t noted_s;
    size_t count;
    size_t unlisted; /* of them */
    struct missing missing[TERMINALS_MAX];

    /* of the look under way */
    struct silence_watch watch;
    struct list silent;
    struct list back;
};

/* "Front gate (CDQ9192960002) 2026-01-15 17:02; …", as the terminal's clock should have shown. */
static void list_add(struct list *list, const struct config *config, const char *sn,
                     int64_t heard_s)
{
    char time[WALLTIME_TEXT_MAX];
    const struct config_device *known = config_device(&config->listener, sn);
    int east_minutes = config_minutes(&config->listener, known, heard_s);
    const char *name = known != NULL ? known->name : "";
    walltime_text(heard_s + (int64_t)east_minutes * 60, time);
    time[16] = '\0'; /* without the seconds */
    list->count++;
    int len = snprintf(list->text + list->len, LIST_MAX - list->len,
                       name[0] != '\0' ? "%s%s (%s) %s" : "%s%s%s %s", list->len > 0 ? "; " : "",
                       name, sn, time);
    if (len > 0 && (size_t)len < LIST_MAX - list->len) {
        list->len += (size_t)len;
        list->listed++;
    } else {
        list->text[list->len] = '\0';
    }
}

static void list_end(struct list *list)
{
    if (list->listed < list->count) {
        snprintf(list->text + list->len, MORE_MAX, "; +%zu", list->count - list->listed);
    }
}

static struct missing *find(struct silence *silence, const char *sn)
{
    for (size_t i = 0; i < silence->count; i++) {
        if (strcmp(silence->missing[i].sn, sn) == 0) {
            return &silence->missing[i];
        }
    }
    return NULL;
}

static struct missing *remember(struct silence *silence, const struct walk_terminal *terminal)
{
    const struct outbox_device *device = terminal->device;
    if (silence->unlisted + (terminal->listed == NULL) > UNLISTED_MAX ||
        silence->count == TERMINALS_MAX) {
        return NULL;
    }
    silence->unlisted += terminal->listed == NULL;
    struct missing *one = &silence->missing[silence->count++];
    memset(one, 0, sizeof *one);
    memcpy(one->sn, device->sn, sizeof one->sn);
    one->listed = terminal->listed != NULL;
    one->heard_s = device->last_seen_s;
    return one;
}

/* One that is neither heard nor missed, after a gap, stays as it is. */
static bool visit(void *context, const struct walk_terminal *terminal)
{
    struct silence *silence = context;
    const struct outbox_device *device = terminal->device;
    struct missing *one = find(silence, device->sn);
    if (!terminal->seen || terminal->kind == WALK_STRANGER) {
        return true;
    }
    if (silence_watches(device) &&
        silence_is(&silence->watch, terminal->listed != NULL, device->last_seen_s)) {
        list_add(&silence->silent, silence->config, device->sn, device->last_seen_s);
        if (one != NULL) {
            one->heard_s = device->last_seen_s;
        } else {
            (void)remember(silence, terminal);
        }
    } else if (one != NULL && device->last_seen_s != one->heard_s) {
        list_add(&silence->back, silence->config, one->sn, one->heard_s);
        one->back = true;
    }
    return true;
}

/* What the last run had told. */
static bool visit_told(void *context, const struct walk_terminal *terminal)
{
    struct silence *silence = context;
    if (terminal->seen && terminal->kind != WALK_STRANGER && silence_watches(terminal->device) &&
        silence_is(&silence->watch, terminal->listed != NULL, terminal->device->last_seen_s)) {
        struct missing *one = remember(silence, terminal);
        if (one == NULL) {
            return false;
        }
        one->told = true;
    }
    return true;
}

static void recall(struct silence *silence, int64_t now_s)
{
    struct error ignored = ERROR_INIT;
    struct note note;
    if (!read_note(silence->outbox, &note, &ignored)) {
        return;
    }
    silence->note = note;
    silence->watch = (struct silence_watch){note.from_s, note.told_s, now_s};
    (void)walk_terminals(silence->outbox, &silence->config->listener, visit_told, silence,
                         &ignored);
}

struct silence *silence_new(const struct config *config, struct outbox *outbox,
                            const struct event_sink *events, int64_t now_s, struct error *err)
{
    struct silence *silence = calloc(1, sizeof *silence);
    if (silence == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for watching the terminals");
        return NULL;
    }
    silence->config = config;
    silence->outbox = outbox;
    silence->events = events;
    recall(silence, now_s);
    return silence;
}

void silence_free(struct silence *silence)
{
    free(silence);
}

static void tell_silent(struct silence *silence, int64_t now_s)
{
    char count[24];
    bool news = false;
    int64_t since_s = now_s - silence->note.told_s;
    for (size_t i = 0; i < silence->count; i++) {
        news = news || !silence->missing[i].told;
        silence->missing[i].told = true;
    }
    if (silence->silent.count == 0 || (!news && since_s >= 0 && since_s < CONDITION_REPEAT_S)) {
        return;
    }
    list_end(&silence->silent);
    snprintf(count, sizeof count, "%zu", silence->silent.count);
    event_report(silence->events, EVENT_TERMINALS_SILENT, count, silence->silent.text,
                 (const char *)NULL);
    silence->note.told_s = now_s;
    silence->noted_s = 0;
}

static void tell_back(struct silence *silence)
{
    size_t kept = 0;
    if (silence->back.count == 0) {
        return;
    }
    list_end(&silence->back);
    event_report(silence->events, EVENT_TERMINALS_HEARD, silence->back.text, (const char *)NULL);
    for (size_t i = 0; i < silence->count; i++) {
        if (!silence->missing[i].back) {
            silence->missing[kept++] = silence->missing[i];
        } else {
            silence->unlisted -= !silence->missing[i].listed;
        }
    }
    silence->count = kept;
}

static void look(struct silence *silence, int64_t now_s)
{
    struct error ignored = ERROR_INIT;
    struct note *note = &silence->note;
    silence->looked_s = now_s;
    if (is_apart(now_s, note->to_s)) {
        note->from_s = now_s;
        silence->noted_s = 0;
    }
    note->to_s = now_s;
    silence->watch = (struct silence_watch){note->from_s, now_s, now_s};
    memset(&silence->silent, 0, sizeof silence->silent);
    memset(&silence->back, 0, sizeof silence->back);
    /* What cannot be read is looked at again; that it cannot is told by the uploader. */
    if (walk_terminals(silence->outbox, &silence->config->listener, visit, silence, &ignored)) {
        tell_silent(silence, now_s);
        tell_back(silence);
    }
    if (now_s - silence->noted_s >= NOTE_EVERY_S || now_s < silence->noted_s) {
        char text[3 * 24];
        snprintf(text, sizeof text, "%" PRId64 " %" PRId64 " %" PRId64, note->from_s, note->to_s,
                 note->told_s);
        if (outbox_note(silence->outbox, OUTBOX_NOTE_TERMINALS_WATCHED, text, &ignored)) {
            silence->noted_s = now_s;
        }
    }
}

void silence_look(struct silence *silence, int64_t now_s)
{
    bool due = now_s < silence->looked_s || now_s - silence->looked_s >= SILENCE_LOOK_S;
    if (due && silence->config->listener.enabled) {
        look(silence, now_s);
    }
}

void silence_finish(struct silence *silence, int64_t now_s)
{
    silence->noted_s = 0; /* to be noted */
    silence->looked_s = 0;
    silence_look(silence, now_s);
}
