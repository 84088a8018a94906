#include "vendor/vendor_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outbox/outbox_event.h"
#include "outbox/outbox_vendor.h"
#include "vendor/vendor_private.h"

enum { NUMBER_BYTES = 24, HOUR_S = CONDITION_REPEAT_S };

static const char *number(uint64_t value, char out[NUMBER_BYTES])
{
    snprintf(out, NUMBER_BYTES, "%" PRIu64, value);
    return out;
}

bool vendor_tell_begin(struct vendor_tell *tell, const struct event_sink *events, const char *path,
                       int every_s, struct outbox *outbox, struct error *err)
{
    memset(tell, 0, sizeof *tell);
    tell->events = events;
    tell->every_s = every_s;
    tell->damaged_since = -1;
    if (!outbox_reading(outbox, path, &tell->kept, err)) {
        return false;
    }
    snprintf(tell->kept.path, sizeof tell->kept.path, "%s", path);
    return true;
}

/* ---- a file that cannot be had ---- */

/* What was told before of the same file is another thing now. */
static void tell_failing(struct vendor_tell *tell, struct outbox *outbox, enum event_id id,
                         const char *why, int64_t steady_s)
{
    struct error ignored = ERROR_INIT; /* it stands on the page a while longer */
    if (tell->told == id && steady_s - tell->told_s < HOUR_S) {
        return;
    }
    if (tell->told != 0 && tell->told != id) {
        (void)outbox_event_over(outbox, (int)tell->told, NULL, &ignored);
    }
    tell->told = id;
    tell->told_s = steady_s;
    event_report(tell->events, id, tell->kept.path, why, (const char *)NULL);
}

static void note_failing(struct vendor_tell *tell, struct outbox *outbox,
                         const struct vendor_summary *summary, int64_t steady_s)
{
    bool refused = summary->state == VENDOR_REFUSED;
    bool surely = summary->why.kind == ERR_NOT_FOUND || summary->why.kind == ERR_DENIED || refused;
    if (!tell->failing) {
        tell->failing = true;
        tell->failing_since = steady_s;
    }
    int64_t patience = surely && !tell->was_read ? 0 : VENDOR_PATIENCE_S;
    if (steady_s - tell->failing_since >= patience) {
        tell_failing(tell, outbox, refused ? EVENT_ACCESS_REFUSED : EVENT_ACCESS_UNREADABLE,
                     summary->why.text, steady_s);
    }
}

/* ---- pages that give nothing ---- */

static void add_pages(const struct vendor_pages *pages, struct vendor_pages *sum)
{
    sum->pages += pages->pages;
    sum->waiting += pages->waiting;
    sum->restless += pages->restless;
    sum->damaged += pages->damaged;
    sum->longest = pages->longest > sum->longest ? pages->longest : sum->longest;
}

static struct vendor_pages all_pages(const struct vendor_summary *summary)
{
    struct vendor_pages sum = {0};
    add_pages(&summary->punches, &sum);
    add_pages(&summary->persons, &sum);
    add_pages(&summary->typed_in, &sum);
    return sum;
}

/* One page for long, not one after the other as they fill. True: what was told is over. */
static bool note_held(struct vendor_tell *tell, const struct vendor_pages *pages, int64_t steady_s)
{
    char restless[NUMBER_BYTES];
    char damaged[NUMBER_BYTES];
    if (pages->damaged == 0) {
        tell->damaged_since = -1;
    } else if (tell->damaged_since < 0) {
        tell->damaged_since = steady_s;
    }
    bool spoilt = pages->damaged > 0 && steady_s - tell->damaged_since >= VENDOR_HELD_S;
    bool never_rests = (int64_t)pages->longest * tell->every_s >= VENDOR_HELD_S;
    switch (condition_note(&tell->held, spoilt || never_rests, steady_s)) {
    case CONDITION_BEGAN:
    case CONDITION_LASTS:
        event_report(tell->events, EVENT_ACCESS_RESTLESS, tell->kept.path,
                     number(pages->restless, restless), number(pages->damaged, damaged),
                     (const char *)NULL);
        return false;
    case CONDITION_ENDED:
        return true;
    default:
        return false;
    }
}

static void note_read(struct vendor_tell *tell, const struct vendor_summary *summary,
                      int64_t steady_s)
{
    const struct vendor_pages pages = all_pages(summary);
    bool back = tell->told != 0;
    tell->failing = false;
    tell->told = 0;
    tell->was_read = true;
    if (back && tell->held.on) {
        memset(&tell->held, 0, sizeof tell->held); /* that it is back ends both: told anew */
    }
    if (back) {
        event_report(tell->events, EVENT_ACCESS_BACK, tell->kept.path, (const char *)NULL);
    }
    if (note_held(tell, &pages, steady_s)) {
        event_report(tell->events, EVENT_ACCESS_BACK, tell->kept.path, (const char *)NULL);
    }
}

/* ---- storing ---- */

static void note_storing(struct vendor_tell *tell, const struct vendor_summary *summary,
                         int64_t steady_s)
{
    char times[NUMBER_BYTES];
    bool fails = summary->state == VENDOR_FAILED;
    switch (condition_note(&tell->cannot_store, fails, steady_s)) {
    case CONDITION_BEGAN:
    case CONDITION_LASTS:
        event_report(tell->events, EVENT_OUTBOX_CANNOT_STORE, summary->why.text,
                     (const char *)NULL);
        break;
    case CONDITION_ENDED:
        event_report(tell->events, EVENT_OUTBOX_STORES_AGAIN,
                     number(tell->cannot_store.times, times), (const char *)NULL);
        break;
    default:
        break;
    }
}

/* ---- rows ---- */

static void note_aside(struct vendor_tell *tell, const struct vendor_summary *summary,
                       int64_t steady_s)
{
    char count[NUMBER_BYTES];
    tell->aside += summary->aside_new;
    if (tell->aside == 0 || (tell->aside_told && steady_s - tell->aside_told_s < HOUR_S)) {
        return;
    }
    event_report(tell->events, EVENT_ACCESS_ROWS_ASIDE, tell->kept.path, number(tell->aside, count),
                 (const char *)NULL);
    tell->aside = 0;
    tell->aside_told = true;
    tell->aside_told_s = steady_s;
}

/* Only a round to the end of the file has seen that there is room. */
static void note_no_room(struct vendor_tell *tell, struct outbox *outbox,
                         const struct vendor_summary *summary, int64_t steady_s)
{
    char count[NUMBER_BYTES];
    struct error ignored = ERROR_INIT; /* it stands on the page a while longer */
    if (summary->no_room == 0 && summary->state != VENDOR_READ) {
        return;
    }
    switch (condition_note(&tell->no_room, summary->no_room > 0, steady_s)) {
    case CONDITION_BEGAN:
    case CONDITION_LASTS:
        event_report(tell->events, EVENT_ACCESS_NO_ROOM, tell->kept.path,
                     number(summary->no_room, count), (const char *)NULL);
        break;
    case CONDITION_ENDED:
        (void)outbox_event_over(outbox, EVENT_ACCESS_NO_ROOM, NULL, &ignored);
        break;
    default:
        break;
    }
}

static void add_rows(struct vendor_summary *sum, const struct vendor_summary *summary)
{
    sum->rows += summary->rows;
    sum->fresh += summary->fresh;
    sum->known += summary->known;
    sum->aside_new += summary->aside_new;
    if (summary->first != 0 && (sum->first == 0 || summary->first < sum->first)) {
        sum->first = summary->first;
    }
    sum->last = summary->last > sum->last ? summary->last : sum->last;
}

static void note_sums(struct vendor_tell *tell, int64_t steady_s)
{
    char texts[5][NUMBER_BYTES];
    char first[WALLTIME_TEXT_MAX];
    char last[WALLTIME_TEXT_MAX];
    const struct vendor_summary *sum = &tell->sum;
    bool due = tell->summed ? steady_s - tell->summed_s >= VENDOR_SUMMARY_S
                            : tell->rounds >= VENDOR_FIRST_SUMMARY;
    if (!due || sum->rows == 0) {
        return;
    }
    event_report(tell->events, EVENT_ACCESS_SUMMARY, tell->kept.path, number(sum->rows, texts[0]),
                 number(sum->fresh, texts[1]), number(sum->known, texts[2]),
                 number(sum->aside_new, texts[3]), number((uint64_t)tell->kept.typed, texts[4]),
                 vendor_time(sum->first, first), vendor_time(sum->last, last), (const char *)NULL);
    memset(&tell->sum, 0, sizeof tell->sum);
    tell->summed = true;
    tell->summed_s = steady_s;
}

/* ---- the whole ---- */

static void keep(struct vendor_tell *tell, struct outbox *outbox,
                 const struct vendor_summary *summary, int64_t unix_s)
{
    static const enum outbox_reading_state states[] = {[VENDOR_READ] = OUTBOX_READING_WELL,
                                                       [VENDOR_LATER] = OUTBOX_READING_LATER,
                                                       [VENDOR_REFUSED] = OUTBOX_READING_REFUSED,
                                                       [VENDOR_FAILED] = OUTBOX_READING_FAILED,
                                                       [VENDOR_STOPPED] = OUTBOX_READING_LATER};
    struct outbox_reading *kept = &tell->kept;
    struct error ignored = ERROR_INIT;
    kept->looked_s = unix_s;
    if (summary->why.kind != ERR_STOPPED) { /* which says nothing of the file */
        kept->state = states[summary->state];
        snprintf(kept->why, sizeof kept->why, "%.*s",
                 (int)utf8_cut(span_of(summary->why.text), OUTBOX_NOTE_MAX), summary->why.text);
    }
    if (summary->state == VENDOR_READ) {
        const struct vendor_pages pages = all_pages(summary);
        kept->why[0] = '\0';
        kept->read_s = unix_s;
        kept->bytes = (int64_t)summary->bytes;
        kept->pages = pages.pages;
        kept->waiting = pages.waiting;
        kept->restless = pages.restless;
        kept->damaged = pages.damaged;
    }
    kept->came_s = summary->fresh > 0 ? unix_s : kept->came_s;
    kept->rows += (int64_t)summary->rows;
    kept->fresh += (int64_t)summary->fresh;
    kept->known += (int64_t)summary->known;
    kept->aside += (int64_t)summary->aside_new;
    kept->last = summary->last > kept->last ? summary->last : kept->last;
    (void)outbox_typed_count(outbox, &kept->typed, &ignored);
    if (!outbox_begin(outbox, &ignored)) {
        return;
    }
    if (!outbox_reading_save(outbox, kept, &ignored) || !outbox_commit(outbox, &ignored)) {
        outbox_rollback(outbox);
    }
}

void vendor_tell(struct vendor_tell *tell, struct outbox *outbox,
                 const struct vendor_summary *summary, int64_t unix_s, int64_t steady_s)
{
    keep(tell, outbox, summary, unix_s);
    add_rows(&tell->sum, summary);
    if (summary->state == VENDOR_STOPPED) {
        /* Neither file nor outbox has failed; what was stored until then is stored. */
        note_aside(tell, summary, steady_s);
        note_no_room(tell, outbox, summary, steady_s);
        return;
    }
    note_storing(tell, summary, steady_s);
    if (summary->state == VENDOR_READ) {
        tell->rounds++;
        note_read(tell, summary, steady_s);
    } else if (summary->state != VENDOR_FAILED) {
        note_failing(tell, outbox, summary, steady_s);
    }
    note_aside(tell, summary, steady_s);
    note_no_room(tell, outbox, summary, steady_s);
    note_sums(tell, steady_s);
}
