#include "outbox/outbox_spent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "outbox/outbox_private.h"
#include "system/clock.h"

enum { NUMBERS = OUTBOX_SPENT_PARTS + 1 }; /* rows, commits, and the parts but for "nothing" */

enum outbox_spent_on outbox_spend(struct outbox *outbox, enum outbox_spent_on what)
{
    enum outbox_spent_on was = outbox->spends;
    if (what != was) {
        int64_t now = clock_steady_us();
        outbox->spent.us[was] += now - outbox->spends_since_us;
        outbox->spends_since_us = now;
        outbox->spends = what;
    }
    return was;
}

void outbox_spent_move(struct outbox *outbox, enum outbox_spent_on from, enum outbox_spent_on to,
                       int64_t us)
{
    outbox->spent.us[from] -= us;
    outbox->spent.us[to] += us;
}

void outbox_spent_rows(struct outbox *outbox, size_t rows)
{
    outbox->spent.rows += (int64_t)rows;
}

bool outbox_spent_is_timed(struct outbox *outbox)
{
    return outbox->spent.rows++ % OUTBOX_SPENT_EACH == OUTBOX_SPENT_EACH / 2;
}

/* One that was timed stands for as many as are not: of these sums the parts may be less than 0. */
struct outbox_spent outbox_spent(struct outbox *outbox)
{
    enum outbox_spent_on on = outbox_spend(outbox, OUTBOX_SPENT_NOTHING);
    (void)outbox_spend(outbox, on);
    struct outbox_spent spent = outbox->spent;
    spent.us[OUTBOX_SPENT_NOTHING] = 0;
    for (size_t i = 0; i < OUTBOX_SPENT_PARTS; i++) {
        spent.us[i] = spent.us[i] > 0 ? spent.us[i] : 0;
    }
    return spent;
}

void outbox_spent_go_on(struct outbox *outbox, struct outbox *before)
{
    outbox->spent = before->spent;
}

bool outbox_spent_keep(struct outbox *outbox, enum outbox_note road, struct error *err)
{
    char text[NUMBERS * 24];
    struct outbox_spent spent = outbox_spent(outbox);
    int used = snprintf(text, sizeof text, "%" PRId64 ",%" PRId64, spent.rows, spent.commits);
    for (size_t i = OUTBOX_SPENT_NOTHING + 1; i < OUTBOX_SPENT_PARTS; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, ",%" PRId64, spent.us[i]);
    }
    return outbox_note(outbox, road, text, err);
}

bool outbox_spent_kept(struct outbox *outbox, enum outbox_note road, struct outbox_spent *spent,
                       bool *known, struct error *err)
{
    char text[OUTBOX_NOTE_MAX + 1];
    int64_t numbers[NUMBERS];
    char *at = text;
    *spent = (struct outbox_spent){.rows = 0};
    *known = false;
    if (!outbox_noted(outbox, road, text, err)) {
        return false;
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        char *end = at;
        numbers[i] = strtoll(at, &end, 10);
        if (end == at || *end != (i + 1 < NUMBERS ? ',' : '\0')) {
            return true; /* none, or another version's: they come anew */
        }
        at = end + 1;
    }
    spent->rows = numbers[0];
    spent->commits = numbers[1];
    for (size_t i = OUTBOX_SPENT_NOTHING + 1; i < OUTBOX_SPENT_PARTS; i++) {
        spent->us[i] = numbers[i + 1];
    }
    *known = true;
    return true;
}

bool outbox_spent_begin(struct outbox *outbox, struct error *err)
{
    for (int road = OUTBOX_NOTE_SPENT_PUSH; road <= OUTBOX_NOTE_SPENT_UPLOAD; road++) {
        if (!outbox_note(outbox, (enum outbox_note)road, "", err)) {
            return false;
        }
    }
    return true;
}
