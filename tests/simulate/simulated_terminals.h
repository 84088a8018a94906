/*
 * The terminals of simulate.c that push: two that speak iclock, one that speaks FkWeb. What they
 * send is noted as told when the answer is one.
 */
#ifndef HIPBRIDGE_SIMULATED_TERMINALS_H
#define HIPBRIDGE_SIMULATED_TERMINALS_H

#include "simulated_world.h"

/* ---- terminals ---- */

static void make_punch(size_t terminal)
{
    if (world.count == TRUTHS) {
        return;
    }
    struct truth *truth = &world.truths[world.count];
    *truth = (struct truth){.terminal = terminal,
                            /* A log's punch of the second of a pushed one is that one. */
                            .user = (terminal == FILED ? 101 : 1) + (int)roll(6),
                            .time = world.now.unix_s + EAST_S - (walltime)roll(3),
                            .status = (int)roll(2)};
    char sn[24];
    char user[16];
    sn_of(terminal, sn);
    (void)snprintf(user, sizeof user, "%d", truth->user);
    if (truth_of(sn, user, truth->time) != TRUTHS) {
        return;
    }
    if (terminal != FK && roll(40) == 0) {
        truth->bad = true;
        inject(FAULT_BAD_LINE);
    } else if (roll(50) == 0) {
        database.bad[world.count] = true;
        inject(FAULT_ROW);
    } else if (roll(100) == 0) {
        database.strange[world.count] = true;
        inject(FAULT_STRANGE_ROW);
    }
    tell("  punch %zu: %s, %s, %" PRId64 "%s", world.count, sn, user, (int64_t)truth->time,
         truth->bad ? ", unreadable" : "");
    world.count++;
}

static struct intake_item item;

/* Whether the answer is one, and was given. */
static bool ask(size_t terminal)
{
    struct intake_item *items[] = {&item};
    item.peer = (struct address){
        {[10] = 0xff, [11] = 0xff, [12] = 10, [13] = 0, [14] = 0, [15] = (uint8_t)(1 + terminal)}};
    world.answering = true;
    (void)intake_answer(world.intake, items, 1, world.now);
    world.answering = false;
    tell("  T%zu is answered %d%s%s%s", terminal, item.reply.status,
         terminal == FK && item.fk.reply.response_code != NULL ? " " : "",
         terminal == FK && item.fk.reply.response_code != NULL ? item.fk.reply.response_code : "",
         world.dead ? " by the dead" : "");
    return !world.dead && item.reply.status == 200;
}

static bool say(size_t terminal, enum iclock_method method, const char *path, const char *query,
                const char *body)
{
    memset(&item, 0, sizeof item);
    item.request.method = method;
    item.request.path = span_of(path);
    item.request.query = span_of(query);
    item.request.body = span_of(body);
    return ask(terminal);
}

/* Its punches from `first` on, as many as a body holds. Returns the first that is not in it. */
static size_t deliver_from(size_t terminal, size_t first)
{
    char body[BODY_ROOM];
    char query[64];
    size_t used = 0;
    size_t i = first;
    for (int lines = 0; i < world.count && lines < LINES; i++) {
        const struct truth *truth = &world.truths[i];
        char time[WALLTIME_TEXT_MAX];
        if (truth->terminal == terminal) {
            lines++;
            used += (size_t)snprintf(body + used, sizeof body - used, "%s%d\t%s\t%d\t1\t0\t0\n",
                                     truth->bad ? "&" : "", truth->user,
                                     walltime_text(truth->time, time), truth->status);
        }
    }
    if (used == 0) {
        return i;
    }
    (void)snprintf(query, sizeof query, "SN=T%zu&table=ATTLOG&Stamp=%zu", terminal, i);
    if (!say(terminal, ICLOCK_POST, "/iclock/cdata", query, body)) {
        return first;
    }
    for (size_t k = first; k < i; k++) {
        world.truths[k].ok = world.truths[k].ok || world.truths[k].terminal == terminal;
    }
    return i;
}

/* FkWeb: one at a time. */
static size_t glog_from(size_t terminal, size_t first)
{
    static char body[400];
    size_t i = first;
    while (i < world.count && world.truths[i].terminal != terminal) {
        i++;
    }
    if (i == world.count) {
        return i;
    }
    struct truth *truth = &world.truths[i];
    struct civil civil;
    walltime_to_civil(truth->time, &civil);
    int len = snprintf(body + 4, sizeof body - 4,
                       "{\"fk_bin_data_lib\":\"FKDataHS103\",\"io_mode\":%d,\"io_time\":"
                       "\"%04d%02d%02d%02d%02d%02d\",\"log_image\":null,\"user_id\":\"%d\","
                       "\"verify_mode\":268435456}",
                       (1 + truth->status) << 24, civil.year, civil.month, civil.day, civil.hour,
                       civil.minute, civil.second, truth->user) +
              1;
    for (int k = 0; k < 4; k++) {
        body[k] = (char)(len >> 8 * k);
    }
    memset(&item, 0, sizeof item);
    item.request.method = ICLOCK_POST;
    item.request.path = SPAN("/");
    item.request.body = (struct span){body, (size_t)len + 4};
    item.fk.request = (struct fkweb_request){.given = true,
                                             .code = SPAN("realtime_glog"),
                                             .dev_id = SPAN("T2"),
                                             .trans_id = SPAN("RTLogSendAction"),
                                             .block = SPAN("0"),
                                             .return_code = SPAN("OK")};
    if (!ask(terminal) || strcmp(item.fk.reply.response_code, FKWEB_OK) != 0) {
        return first;
    }
    truth->ok = true;
    return i + 1;
}

static void deliver(size_t terminal, bool faults)
{
    size_t first = faults && roll(6) == 0 ? 0 : world.delivered[terminal];
    if (faults && roll(12) == 0) {
        inject(FAULT_REQUEST_LOST);
        return;
    }
    size_t next = terminal == FK ? glog_from(terminal, first) : deliver_from(terminal, first);
    if (faults && roll(12) == 0) {
        inject(FAULT_ANSWER_LOST);
    } else if (next > world.delivered[terminal]) {
        world.delivered[terminal] = next;
    }
}

/* It asks, says what it holds, and does as it is told. */
static void poll(size_t terminal)
{
    char query[96];
    char body[64];
    size_t held = 0;
    long id = 0;
    for (size_t i = 0; i < world.count; i++) {
        held += world.truths[i].terminal == terminal;
    }
    (void)snprintf(query, sizeof query, "SN=T%zu&INFO=Ver%%208,5,6,%zu,10.0.0.%zu,10", terminal,
                   held, terminal + 1);
    if (!say(terminal, ICLOCK_GET, "/iclock/getrequest", query, "") ||
        sscanf(item.reply.body, "C:%ld:", &id) != 1) {
        return;
    }
    bool again = strstr(item.reply.body, "DATA QUERY ATTLOG") != NULL;
    tell("  T%zu is told %.60s", terminal, item.reply.body);
    for (size_t at = again ? 0 : world.count; at < world.count && !world.dead;) {
        size_t next = deliver_from(terminal, at);
        if (next == at) {
            return;
        }
        at = next;
    }
    (void)snprintf(body, sizeof body, "ID=%ld&Return=%d&CMD=DATA\n", id, again ? 0 : -1002);
    (void)snprintf(query, sizeof query, "SN=T%zu", terminal);
    (void)say(terminal, ICLOCK_POST, "/iclock/devicecmd", query, body);
}

#endif
