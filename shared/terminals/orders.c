#include "terminals/orders.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iclock/devicecmd.h"
#include "outbox/outbox_command.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_pull.h"

enum { DAY_S = 86400 };

/* It is done, or will not be: what head office reads. */
HB_PRINTF(3, 4)
static bool end(struct outbox_order *order, int64_t now_s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(order->result, sizeof order->result, format, arguments);
    va_end(arguments);
    order->result[utf8_cut(span_of(order->result), sizeof order->result - 1)] = '\0';
    order->done_s = now_s;
    return true;
}

/* ---- periods ---- */

static const char period_words[] = "is no period, which is written 2026-11-01..2026-11-30";

/* FROM..TO, both included, as [*from, *to). The error's words follow "the argument". */
static bool read_period(const char *argument, walltime *from, walltime *to, struct error *why)
{
    bool day = false;
    const char *dots = strstr(argument, "..");
    if (dots == NULL) {
        return error_set(why, ERR_INVALID, 0, "%s", period_words);
    }
    if (!walltime_read((struct span){argument, (size_t)(dots - argument)}, from, NULL, why) ||
        !walltime_read(span_of(dots + 2), to, &day, why)) {
        return false;
    }
    *to += day ? DAY_S : 1;
    return *from < *to || error_set(why, ERR_INVALID, 0, "%s", period_words);
}

/* ---- what a terminal is told ---- */

struct finding {
    const char *sn;
    bool found;
};

static bool find_pulled(void *context, const struct outbox_pull *pull)
{
    struct finding *finding = context;
    finding->found = finding->found || strcmp(pull->sn, finding->sn) == 0;
    return !finding->found;
}

static bool tell_terminal(struct outbox *outbox, const char *words, struct outbox_order *order,
                          int64_t now_s, struct error *err)
{
    const char *sn = order->order.sn;
    struct outbox_device device = {.last_seen_s = 0};
    struct finding pulled = {.sn = sn};
    bool found = false;
    if (sn[0] == '\0') {
        return end(order, now_s, "refused: device_sn must name the terminal");
    }
    if (!punch_sn_valid(span_of(sn))) {
        return end(order, now_s, "refused: device_sn cannot be a serial number");
    }
    if (!outbox_device(outbox, sn, &device, &found, err) ||
        !outbox_each_pull(outbox, find_pulled, &pulled, err)) {
        return false;
    }
    if (pulled.found && device.push_version[0] == '\0' && !terminal_is_fk(device.kind)) {
        return end(order, now_s,
                   "refused: %s is read by the service and takes no orders; pull-now reads it", sn);
    }
    if (!found || device.last_seen_s == 0) {
        return end(order, now_s, "refused: no terminal %s has spoken to this bridge", sn);
    }
    return outbox_command_queue(outbox, sn, words, OUTBOX_ASKED_BY_HAND, now_s, &order->command,
                                err);
}

static bool begin_resend(struct outbox *outbox, const struct config *config,
                         const struct orders_deeds *deeds, struct outbox_order *order,
                         int64_t now_s, struct error *err)
{
    char words[TERMINAL_COMMAND_MAX + 1];
    struct error why = ERROR_INIT;
    walltime from = 0;
    walltime to = 0;
    (void)config;
    (void)deeds;
    if (!read_period(order->order.argument, &from, &to, &why)) {
        return end(order, now_s, "refused: the argument %s", why.text);
    }
    return tell_terminal(outbox, devicecmd_resend(from, to, words), order, now_s, err);
}

static bool begin_info(struct outbox *outbox, const struct config *config,
                       const struct orders_deeds *deeds, struct outbox_order *order, int64_t now_s,
                       struct error *err)
{
    (void)config;
    (void)deeds;
    return tell_terminal(outbox, DEVICECMD_INFO, order, now_s, err);
}

static bool begin_set_clock(struct outbox *outbox, const struct config *config,
                            const struct orders_deeds *deeds, struct outbox_order *order,
                            int64_t now_s, struct error *err)
{
    (void)config;
    (void)deeds;
    return tell_terminal(outbox, DEVICECMD_SET_CLOCK, order, now_s, err);
}

struct looking {
    int64_t id;
    bool found;
    struct outbox_command command;
};

static bool find_command(void *context, const struct outbox_command *command)
{
    struct looking *looking = context;
    if (command->id == looking->id) {
        looking->found = true;
        looking->command = *command;
    }
    return !looking->found;
}

static bool look_at_terminal(struct outbox *outbox, const struct config *config,
                             struct outbox_order *order, int64_t now_s, struct error *err)
{
    struct looking looking = {.id = order->command};
    const struct outbox_command *command = &looking.command;
    (void)config;
    if (!outbox_each_command(outbox, order->order.sn, find_command, &looking, err)) {
        return false;
    }
    if (looking.found && command->done_s != 0 && command->result == ICLOCK_NO_RESULT) {
        return end(order, now_s, "done: the terminal answered, but not how it went. %s",
                   command->answer);
    }
    if (looking.found && command->done_s != 0) {
        return end(order, now_s, "%s: the terminal's result is %d. %s",
                   command->result >= 0 ? "done" : "refused", (int)command->result,
                   command->answer);
    }
    bool given_up = !looking.found || now_s - order->taken_s >= ORDER_EXPIRES_S;
    return !given_up ||
           end(order, now_s, "no answer: the terminal %s",
               looking.found && command->tries == 0 ? "did not ask for it in a day" : "gave none");
}

/* ---- what the service does ---- */

static bool begin_sync(struct outbox *outbox, const struct config *config,
                       const struct orders_deeds *deeds, struct outbox_order *order, int64_t now_s,
                       struct error *err)
{
    (void)outbox;
    (void)err;
    if (!config->sync.enabled || deeds->sync_now == NULL) {
        return end(order, now_s, "refused: sync.enabled is false here, no logs are read");
    }
    deeds->sync_now(deeds->context);
    return true;
}

static bool look_at_sync(struct outbox *outbox, const struct config *config,
                         struct outbox_order *order, int64_t now_s, struct error *err)
{
    char text[OUTBOX_NOTE_MAX + 1];
    (void)config;
    if (!outbox_noted(outbox, OUTBOX_NOTE_SYNC_LAST_RUN, text, err)) {
        return false;
    }
    if (strtoll(text, NULL, 10) >= order->taken_s) {
        if (!outbox_noted(outbox, OUTBOX_NOTE_SYNC_SUMMARY, text, err)) {
            return false;
        }
        return end(order, now_s, "done: the log folder was read. %.300s", text);
    }
    return now_s - order->taken_s < ORDER_EXPIRES_S ||
           end(order, now_s, "no answer: the log folder was not read in a day");
}

static bool begin_pull(struct outbox *outbox, const struct config *config,
                       const struct orders_deeds *deeds, struct outbox_order *order, int64_t now_s,
                       struct error *err)
{
    (void)outbox;
    (void)err;
    if (!config->pull.enabled || config->pull.terminal_count == 0 || deeds->pull_now == NULL) {
        return end(order, now_s, "refused: no terminal is read by this bridge (pull.terminals)");
    }
    deeds->pull_now(deeds->context);
    return true;
}

struct rounds {
    int64_t since_s;
    size_t visited, well;
};

static bool count_visit(void *context, const struct outbox_pull *pull)
{
    struct rounds *rounds = context;
    if (pull->visited_s >= rounds->since_s) {
        rounds->visited++;
        rounds->well += pull->why[0] == '\0';
    }
    return true;
}

static bool look_at_pull(struct outbox *outbox, const struct config *config,
                         struct outbox_order *order, int64_t now_s, struct error *err)
{
    enum { LONGEST_S = 3600 };
    struct rounds rounds = {.since_s = order->taken_s};
    if (!outbox_each_pull(outbox, count_visit, &rounds, err)) {
        return false;
    }
    bool all = rounds.visited >= config->pull.terminal_count;
    return (!all && now_s - order->taken_s < LONGEST_S) ||
           end(order, now_s, "%s: %zu of %zu terminals were visited, %zu of them without trouble",
               rounds.visited > 0 ? "done" : "no answer", rounds.visited,
               config->pull.terminal_count, rounds.well);
}

static bool begin_requeue(struct outbox *outbox, const struct config *config,
                          const struct orders_deeds *deeds, struct outbox_order *order,
                          int64_t now_s, struct error *err)
{
    struct error why = ERROR_INIT;
    walltime from = 0;
    walltime to = 0;
    size_t count = 0;
    (void)config;
    (void)deeds;
    if (order->order.sn[0] != '\0') {
        return end(order, now_s, "refused: requeue is of all terminals; leave device_sn empty");
    }
    if (!read_period(order->order.argument, &from, &to, &why)) {
        return end(order, now_s, "refused: the argument %s", why.text);
    }
    return outbox_requeue_period(outbox, from, to, &count, err) &&
           end(order, now_s, "done: %zu punches go up again", count);
}

/* ---- the list ---- */

static const struct kind {
    const char *name;
    bool (*begin)(struct outbox *outbox, const struct config *config,
                  const struct orders_deeds *deeds, struct outbox_order *order, int64_t now_s,
                  struct error *err);
    bool (*look)(struct outbox *outbox, const struct config *config, struct outbox_order *order,
                 int64_t now_s, struct error *err);
} kinds[] = {
    {"resend", begin_resend, look_at_terminal},       {"info", begin_info, look_at_terminal},
    {"set-clock", begin_set_clock, look_at_terminal}, {"sync-now", begin_sync, look_at_sync},
    {"pull-now", begin_pull, look_at_pull},           {"requeue", begin_requeue, NULL},
};

static const struct kind *kind_of(const struct outbox_order *order)
{
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, order->order.name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

bool orders_begin(struct outbox *outbox, const struct config *config,
                  const struct orders_deeds *deeds, struct outbox_order *order, int64_t now_s,
                  struct error *err)
{
    const struct kind *kind = kind_of(order);
    order->taken_s = now_s;
    if (order->order.taken) {
        return end(order, now_s,
                   "refused: it was taken before this bridge's outbox was made anew, and may have "
                   "been carried out; give it again");
    }
    if (order->order.age_s >= ORDER_EXPIRES_S) {
        return end(order, now_s, "expired: it was given more than a day ago");
    }
    if (kind == NULL) {
        return end(order, now_s,
                   "refused: no order is called so; known are resend, info, set-clock, sync-now, "
                   "pull-now and requeue");
    }
    return kind->begin(outbox, config, deeds, order, now_s, err);
}

bool orders_look(struct outbox *outbox, const struct config *config, struct outbox_order *order,
                 int64_t now_s, struct error *err)
{
    const struct kind *kind = kind_of(order);
    if (order->done_s != 0) {
        return true;
    }
    if (kind == NULL || kind->look == NULL) {
        return end(order, now_s, "refused: this version does not know it");
    }
    return kind->look(outbox, config, order, now_s, err);
}
