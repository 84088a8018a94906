#include "upload/office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_orders.h"
#include "pace/backoff.h"

struct office {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct office_hands hands;
    int64_t next_s;  /* 0: at once */
    uint64_t random; /* of the jitter */
    struct condition cannot;
    struct order read[ORDERS_MAX];
    struct outbox_order open[ORDERS_MAX];
    struct order_answer answers[ORDERS_MAX];
};

struct office *office_new(const struct config *config, struct outbox *outbox,
                          const struct event_sink *events, const struct office_hands *hands,
                          struct error *err)
{
    struct office *office = calloc(1, sizeof *office);
    if (office == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for the orders of head office");
        return NULL;
    }
    office->config = config;
    office->outbox = outbox;
    office->events = events;
    office->random = (uintptr_t)office;
    if (hands != NULL) {
        office->hands = *hands;
    }
    return office;
}

void office_free(struct office *office)
{
    free(office);
}

int64_t office_due(const struct office *office, int64_t now_s)
{
    if (!office->config->database.orders || office->hands.begin == NULL) {
        return INT64_MAX;
    }
    int64_t left = office->next_s - now_s;
    return left <= 0 || left > OFFICE_EVERY_S + OFFICE_JITTER_S ? 0 : left;
}

void office_hurry(struct office *office)
{
    office->next_s = 0;
}

static void tell_done(const struct office *office, const struct outbox_order *order)
{
    char what[ORDER_NAME_MAX + ORDER_ARGUMENT_MAX + PUNCH_SN_MAX + 4];
    const struct order *given = &order->order;
    snprintf(what, sizeof what, "%s%s%s%s%s", given->name, given->sn[0] != '\0' ? " " : "",
             given->sn, given->argument[0] != '\0' ? " " : "", given->argument);
    event_report(office->events, EVENT_ORDER_DONE, what, order->result, (const char *)NULL);
}

/* What was never seen before is carried out, and noted with it. */
static bool take_new(struct office *office, size_t count, int64_t now_s, bool *more,
                     struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct outbox_order order = {.order = office->read[i]};
        bool known = false;
        if (!outbox_order_known(office->outbox, &order.order, &known, err)) {
            return false;
        }
        if (known) {
            continue;
        }
        if (!outbox_begin(office->outbox, err)) {
            return false;
        }
        if (!office->hands.begin(office->hands.context, office->outbox, &order, now_s, err) ||
            !outbox_order_add(office->outbox, &order, err) || !outbox_commit(office->outbox, err)) {
            outbox_rollback(office->outbox);
            return false;
        }
        *more = true;
        if (order.done_s != 0) {
            tell_done(office, &order);
        }
    }
    return true;
}

/* What has come of those under way. */
static bool look_at_open(struct office *office, size_t *count, int64_t now_s, struct error *err)
{
    if (!outbox_orders_open(office->outbox, office->open, count, err)) {
        return false;
    }
    for (size_t i = 0; i < *count; i++) {
        struct outbox_order *order = &office->open[i];
        if (order->done_s != 0) {
            continue;
        }
        if (!office->hands.look(office->hands.context, office->outbox, order, now_s, err)) {
            return false;
        }
        if (order->done_s == 0) {
            continue;
        }
        if (!outbox_begin(office->outbox, err)) {
            return false;
        }
        if (!outbox_order_save(office->outbox, order, err) || !outbox_commit(office->outbox, err)) {
            outbox_rollback(office->outbox);
            return false;
        }
        tell_done(office, order);
    }
    return true;
}

/* The table has their results: they are only remembered from now on. */
static bool note_told(struct office *office, size_t count, struct error *err)
{
    bool fine = outbox_begin(office->outbox, err);
    for (size_t i = 0; fine && i < count; i++) {
        struct outbox_order *order = &office->open[i];
        order->told = order->done_s != 0;
        fine = !order->told || outbox_order_save(office->outbox, order, err);
    }
    fine = fine && outbox_commit(office->outbox, err);
    if (!fine) {
        outbox_rollback(office->outbox);
    }
    return fine;
}

static void tell(struct office *office, bool fine, const struct error *why, const char *cure,
                 int64_t now_s)
{
    if (!fine && (why->kind == ERR_UNREACHABLE || why->kind == ERR_STOPPED)) {
        return; /* the line: told by who moves rows */
    }
    if (condition_note(&office->cannot, !fine, now_s) == CONDITION_BEGAN) {
        event_report(office->events, EVENT_ORDERS_UNREADABLE, why->text, cure, (const char *)NULL);
    }
}

void office_turn(struct office *office, struct cloud *cloud, const char *bridge, int64_t now_s,
                 bool *more)
{
    struct error why = ERROR_INIT;
    char cure[ERROR_TEXT_MAX];
    size_t count = 0;
    size_t open = 0;
    if (office_due(office, now_s) > 0) {
        return;
    }
    office->next_s = now_s + OFFICE_EVERY_S + backoff_jitter(&office->random, OFFICE_JITTER_S);
    if (!cloud_orders_read(cloud, office->config->database.create_table, bridge, office->read,
                           &count, cure, &why)) {
        tell(office, false, &why, cure, now_s);
        return;
    }
    if (!take_new(office, count, now_s, more, &why) || !look_at_open(office, &open, now_s, &why)) {
        tell(office, false, &why, "", now_s); /* and tried again by the next turn */
        return;
    }
    for (size_t i = 0; i < open; i++) {
        const struct outbox_order *order = &office->open[i];
        office->answers[i] = (struct order_answer){.id = order->order.id,
                                                   .created = order->order.created,
                                                   .done = order->done_s != 0,
                                                   .result = order->result};
        office->next_s = order->done_s == 0 ? now_s + OFFICE_SOON_S : office->next_s;
    }
    bool fine = open == 0 || cloud_orders_answer(cloud, bridge, office->answers, open, cure, &why);
    tell(office, fine, &why, cure, now_s);
    if (fine && open > 0) {
        (void)note_told(office, open, &why);
    }
}
