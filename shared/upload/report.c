#include "upload/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_status.h"
#include "outbox/outbox_feed.h"
#include "outbox/outbox_proof.h"
#include "outbox/outbox_pull.h"
#include "pace/backoff.h"
#include "record/terminal.h"

struct report {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct report_service service;
    int64_t next_s; /* 0: at once */
    int64_t last_s; /* when it was last tried */
    bool hurried;
    uint64_t random; /* of the jitter */
    bool pending;    /* a terminal's newest punches are not told complete yet */
    int64_t now_s;
    struct condition cannot;
    struct bridge_facts bridge;
    struct terminal_facts *terminals;
    size_t count;
};

struct report *report_new(const struct config *config, struct outbox *outbox,
                          const struct event_sink *events, const struct report_service *service,
                          struct error *err)
{
    struct report *report = calloc(1, sizeof *report);
    if (report == NULL ||
        (report->terminals = calloc(REPORT_TERMINALS, sizeof *report->terminals)) == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for what the database is told");
        report_free(report);
        return NULL;
    }
    report->config = config;
    report->outbox = outbox;
    report->events = events;
    if (service != NULL) {
        report->service = *service;
    }
    report->random = (uintptr_t)report ^ (uint64_t)report->service.started_s;
    return report;
}

void report_free(struct report *report)
{
    if (report == NULL) {
        return;
    }
    free(report->terminals);
    free(report);
}

int64_t report_due(const struct report *report, int64_t now_s)
{
    if (!report->config->database.status_tables) {
        return INT64_MAX;
    }
    int64_t left = report->next_s - now_s;
    int64_t again = report->last_s + REPORT_HURRY_S - now_s;
    left = report->hurried && again < left ? again : left;
    return left <= 0 || left > REPORT_EVERY_S + REPORT_JITTER_S ? 0 : left;
}

void report_hurry(struct report *report)
{
    report->hurried = true;
}

static int64_t next_in(struct report *report)
{
    int64_t jitter = backoff_jitter(&report->random, REPORT_JITTER_S);
    return report->pending ? REPORT_SOON_S + jitter / 2 : REPORT_EVERY_S + jitter;
}

/* ---- what is told ---- */

static struct terminal_facts *facts_of(struct report *report, const char *sn)
{
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->terminals[i].sn, sn) == 0) {
            return &report->terminals[i];
        }
    }
    if (report->count == REPORT_TERMINALS) {
        return NULL;
    }
    struct terminal_facts *facts = &report->terminals[report->count++];
    memset(facts, 0, sizeof *facts);
    snprintf(facts->sn, sizeof facts->sn, "%s", sn);
    facts->records = facts->stored = -1;
    facts->proof = outbox_proof_words[OUTBOX_PROOF_NONE];
    const struct config_device *known = config_device(&report->config->listener, sn);
    if (known != NULL) {
        snprintf(facts->name, sizeof facts->name, "%s", known->name);
    }
    return facts;
}

static bool add_device(void *context, const struct outbox_device *device)
{
    struct terminal_facts *facts = facts_of(context, device->sn);
    struct terminal_info info = terminal_info_read(span_of(device->info));
    if (facts == NULL) {
        return false;
    }
    facts->source = "push";
    facts->has_seen = device->last_seen_s != 0;
    facts->last_seen = device->last_seen_s;
    facts->has_punch = device->last_punch != 0;
    facts->last_punch = device->last_punch;
    facts->clock_known = device->audit.clock_shown_s != 0;
    facts->clock_off_s = device->audit.clock_ahead_s;
    facts->data_s = device->audit.data_s;
    (void)snprintf(facts->firmware, sizeof facts->firmware, "%.*s", (int)info.firmware.len,
                   info.firmware.at);
    return true;
}

static bool add_pull(void *context, const struct outbox_pull *pull)
{
    struct terminal_facts *facts = pull->sn[0] != '\0' ? facts_of(context, pull->sn) : NULL;
    if (facts == NULL) {
        return true; /* nobody ever answered there, or there are too many */
    }
    facts->source = "pull";
    facts->has_seen = facts->has_seen || pull->answered_s != 0;
    facts->last_seen =
        facts->last_seen > pull->answered_s ? facts->last_seen : (walltime)pull->answered_s;
    facts->clock_known = facts->clock_known || pull->has_clock;
    facts->clock_off_s = pull->has_clock ? pull->clock_ahead_s : facts->clock_off_s;
    facts->records = pull->held;
    facts->stored = pull->read_s != 0 ? pull->rows - pull->aside : -1;
    if (pull->firmware[0] != '\0') {
        snprintf(facts->firmware, sizeof facts->firmware, "%s", pull->firmware);
    }
    if (pull->capacity > 0 && pull->held >= pull->capacity) {
        snprintf(facts->problem, sizeof facts->problem,
                 "Its memory is full (%lld records): it lets go of the oldest, or takes no more",
                 (long long)pull->held);
    }
    return true;
}

static bool add_proof(void *context, const struct outbox_proof *proof)
{
    struct terminal_facts *facts = facts_of(context, proof->sn);
    if (facts == NULL) {
        return false;
    }
    if (proof->proof == OUTBOX_PROOF_FILE && facts->source == NULL) {
        facts->source = "log";
    }
    if (proof->records >= 0) {
        facts->records = proof->records;
        facts->stored = proof->held;
    }
    if (outbox_proof_obstacle(proof) != NULL) {
        snprintf(facts->problem, sizeof facts->problem, "%s", outbox_proof_obstacle(proof));
    }
    facts->proof = outbox_proof_words[proof->proof];
    facts->complete = proof->proof != OUTBOX_PROOF_NONE;
    facts->through = proof->through;
    return true;
}

/* What is not in the database holds it back to the second before. */
static bool hold_back(void *context, const char *sn, walltime from)
{
    struct report *report = context;
    for (size_t i = 0; i < report->count; i++) {
        struct terminal_facts *facts = &report->terminals[i];
        if (strcmp(facts->sn, sn) == 0) {
            struct outbox_complete complete = {.complete = facts->complete,
                                               .through = facts->through};
            outbox_complete_hold(&complete, from);
            facts->complete = complete.complete;
            facts->through = complete.through;
        }
    }
    return true;
}

/* Punches came lately, and it is not told yet that they are all there. */
static bool is_pending(const struct report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct terminal_facts *facts = &report->terminals[i];
        if (facts->records >= 0 && facts->has_punch &&
            report->now_s - facts->data_s < REPORT_WHILE_S &&
            !(facts->complete && facts->through >= facts->last_punch)) {
            return true;
        }
    }
    return false;
}

static bool gather(struct report *report, bool running, int64_t now_s, struct error *err)
{
    struct bridge_facts *bridge = &report->bridge;
    struct outbox_counts counts;
    struct outbox_feed feed;
    const char *name =
        report->config->name[0] != '\0' ? report->config->name : report->service.name;
    memset(bridge, 0, sizeof *bridge);
    report->count = 0;
    for (size_t i = 0; i < report->config->listener.device_count; i++) {
        (void)facts_of(report, report->config->listener.devices[i].sn);
    }
    if (!outbox_each_device(report->outbox, add_device, report, err) ||
        !outbox_each_proof(report->outbox, add_proof, report, err) ||
        !outbox_each_pull(report->outbox, add_pull, report, err) ||
        !outbox_each_held_back(report->outbox, hold_back, report, err) ||
        !outbox_counts(report->outbox, &counts, err) || !outbox_feed(report->outbox, &feed, err)) {
        return false;
    }
    snprintf(bridge->name, sizeof bridge->name, "%s", name != NULL ? name : "");
    snprintf(bridge->version, sizeof bridge->version, "%s",
             report->service.version != NULL ? report->service.version : "");
    bridge->running = running;
    bridge->up_s = report->service.started_s != 0 ? now_s - report->service.started_s : 0;
    bridge->waiting = counts.waiting;
    bridge->has_oldest = counts.oldest_waiting_s != 0;
    bridge->oldest_waiting = counts.oldest_waiting_s;
    bridge->refused = counts.refused;
    bridge->last_seq = feed.seq;
    if (report->service.problem != NULL) {
        bridge->problem_id = report->service.problem(report->service.context, bridge->problem);
    }
    for (size_t i = 0; report->service.of_terminal != NULL && i < report->count; i++) {
        struct terminal_facts *facts = &report->terminals[i];
        int event = report->service.of_terminal(report->service.context, facts->sn, facts->problem);
        facts->problem_id = event != 0 ? event : facts->problem_id;
    }
    return true;
}

/* ---- telling it ---- */

static void tell(struct report *report, bool fine, const struct error *why, const char *cure,
                 int64_t now_s)
{
    enum condition_news news = condition_note(&report->cannot, !fine, now_s);
    if (news == CONDITION_BEGAN) {
        event_report(report->events, EVENT_STATUS_TABLES, why->text, cure, (const char *)NULL);
    }
}

bool report_write(struct report *report, struct cloud *cloud, const char *bridge, bool running,
                  bool now, int64_t now_s)
{
    struct error why = ERROR_INIT;
    char cure[ERROR_TEXT_MAX];
    if (!report->config->database.status_tables || (!now && report_due(report, now_s) > 0)) {
        return false;
    }
    bool gathered = gather(report, running, now_s, &why);
    report->now_s = now_s;
    report->pending = gathered && is_pending(report);
    report->next_s = now_s + next_in(report);
    report->last_s = now_s;
    report->hurried = false;
    if (!gathered) {
        return false; /* the outbox: told by who moves rows */
    }
    bool done = cloud_report(cloud, report->config->database.create_table, bridge, &report->bridge,
                             report->terminals, report->count, cure, &why);
    if (done || why.kind == ERR_LOGIN || why.kind == ERR_TABLE || why.kind == ERR_DATA) {
        tell(report, done, &why, cure, now_s);
    }
    return done;
}
