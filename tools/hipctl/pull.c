/*
 * hipctl pull: one terminal that is read on its port, shown; nothing of it is stored or uploaded.
 *
 * hipctl pull-now: the service visits all of its terminals now.
 */
#include <windows.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "command.h"
#include "config/config_load.h"
#include "console.h"
#include "net/call.h"
#include "outbox/outbox_pull.h"
#include "fk/fksession.h"
#include "pull/frame.h"
#include "pull/pull.h"
#include "pull/records.h"
#include "record/control.h"
#include "system/clock.h"
#include "system/spool.h"

enum {
    SHOWN = 3,  /* rows of each end of the log */
    LABEL = 18, /* columns of what stands before a value */
    SLICE_MS = 100,
    TURN_S = VISIT_LIMIT_S + 60,
    PEER_MAX = CAPTURE_PEER_MAX,
    PLACES_MAX = 4, /* by which one terminal is listed */
    LOOK_MS = 250,
    NOW_LIMIT_MS = 120 * 1000,
    BEGIN_LIMIT_MS = 20 * 1000, /* for the service's own visit to end */
};

struct looking {
    struct visit *visit;
    struct spool *spool[VISIT_TABLES];
    char peer[PEER_MAX];
    char folder[MAX_PATH];
    bool captured;
    uint64_t rows, aside;
    struct visit_row last[SHOWN];
    walltime from, to;
    struct person {
        uint32_t slot;
        char user[PUNCH_USER_MAX + 1];
    } * list;
    size_t list_size;
};

/* ---- what the visit needs ---- */

static bool write_spool(void *context, enum visit_table table, uint64_t offset,
                        const uint8_t *bytes, size_t len, struct error *err)
{
    struct looking *looking = context;
    if (looking->spool[table] == NULL) {
        char path[FILE_PATH_MAX];
        snprintf(path, sizeof path, "%shipctl-pull-%lu-%d.tmp", looking->folder,
                 (unsigned long)GetCurrentProcessId(), (int)table);
        looking->spool[table] = spool_open(path, err);
    }
    return looking->spool[table] != NULL &&
           spool_write(looking->spool[table], offset, bytes, len, err);
}

static bool read_spool(void *context, enum visit_table table, uint64_t offset, uint8_t *bytes,
                       size_t len, struct error *err)
{
    struct looking *looking = context;
    if (looking->spool[table] == NULL) {
        return error_set(err, ERR_CORRUPT, 0, console_say("nothing was read"));
    }
    return spool_read(looking->spool[table], offset, bytes, len, err);
}

static void show_frame(void *context, enum visit_side side, const uint8_t *bytes, size_t len)
{
    struct looking *looking = context;
    if (looking->captured) {
        capture_bytes(looking->peer, side == VISIT_RECEIVED ? "->" : "<-",
                      (struct span){(const char *)bytes, len});
    }
}

static const char *user_of(void *context, uint32_t slot, walltime time, const char **reason)
{
    const struct looking *looking = context;
    (void)time;
    for (size_t i = 0; i < looking->list_size; i++) {
        if (looking->list[i].slot == slot) {
            return looking->list[i].user;
        }
    }
    *reason = console_say("nobody in the terminal's list of users has this number");
    return "";
}

static bool add_person(void *context, uint32_t slot, const char *user, const char *name,
                       struct error *err)
{
    struct looking *looking = context;
    (void)name;
    struct person *grown = realloc(looking->list, (looking->list_size + 1) * sizeof *looking->list);
    if (grown == NULL) {
        return error_set(err, ERR_MEMORY, 0, console_say("no memory for the list of users"));
    }
    looking->list = grown;
    struct person *person = &looking->list[looking->list_size++];
    person->slot = slot;
    snprintf(person->user, sizeof person->user, "%s", user);
    return true;
}

/* ---- what is shown ---- */

static void print_row(uint64_t number, const struct visit_row *row)
{
    char text[WALLTIME_TEXT_MAX];
    if (row->reason != NULL) {
        char why[REASON_MAX];
        console_print("  %6" PRIu64 "  set aside: %s\n", number, console_reason(row->reason, why));
    } else {
        console_print("  %6" PRIu64 "  %s  user %s  status %d  verify %d\n", number,
                      walltime_text(row->punch.time, text), row->punch.user_id,
                      (int)row->punch.status, (int)row->punch.verify);
    }
}

static bool take_row(void *context, const struct visit_row *row, struct error *err)
{
    struct looking *looking = context;
    (void)err;
    looking->rows++;
    looking->aside += row->reason != NULL;
    if (row->reason == NULL) {
        looking->from =
            looking->from == 0 || row->punch.time < looking->from ? row->punch.time : looking->from;
        looking->to = row->punch.time > looking->to ? row->punch.time : looking->to;
    }
    if (looking->rows <= SHOWN) {
        print_row(looking->rows, row);
    }
    looking->last[looking->rows % SHOWN] = *row;
    return true;
}

static void print_last(const struct looking *looking)
{
    uint64_t from = looking->rows > SHOWN ? looking->rows - SHOWN + 1 : 1;
    from = from > SHOWN ? from : SHOWN + 1;
    if (from > SHOWN + 1) {
        console_print("     …\n");
    }
    for (uint64_t n = from; n <= looking->rows; n++) {
        print_row(n, &looking->last[n % SHOWN]);
    }
}

static void print_fact(const char *what, const char *value)
{
    char label[CONSOLE_LABEL_MAX];
    console_print("%s %s\n", console_padded(what, LABEL, label),
                  value[0] != '\0' ? value : console_say("not said"));
}

static void print_number(const char *what, int64_t value)
{
    char text[24] = "";
    if (value >= 0) {
        snprintf(text, sizeof text, "%" PRId64, value);
    }
    print_fact(what, text);
}

static void print_facts(const struct visit *visit)
{
    const struct visit_facts *facts = &visit->facts;
    char text[WALLTIME_TEXT_MAX];
    char label[CONSOLE_LABEL_MAX];
    print_fact("Serial number", facts->sn);
    print_fact("Model", facts->model);
    print_fact("Platform", facts->platform);
    print_fact("Firmware", facts->firmware);
    print_number("Users", facts->users);
    print_number("Records", facts->before);
    print_number("Capacity", facts->capacity);
    if (facts->has_clock) {
        console_print("%s %s (%+" PRId64 " s from this PC's)\n",
                      console_padded("Clock", LABEL, label), walltime_text(facts->clock, text),
                      facts->clock_ahead_s);
    } else {
        print_fact("Clock", "");
    }
}

static bool show_records(struct looking *looking, walltime now, struct error *err)
{
    struct visit *visit = looking->visit;
    struct visit_spool spool = {looking, read_spool};
    struct visit_people people = {looking, user_of};
    struct visit_judging judging = {.spool = &spool, .people = &people, .now = now};
    struct visit_verdict verdict;
    uint64_t at = 0;
    char from[WALLTIME_TEXT_MAX];
    char to[WALLTIME_TEXT_MAX];
    char label[CONSOLE_LABEL_MAX];
    if ((visit->protocol->people != NULL &&
         !visit->protocol->people(visit, &spool, add_person, looking, err)) ||
        !visit->protocol->judge(visit, &judging, &verdict, err)) {
        return false;
    }
    if (!verdict.sound) {
        return error_set(err, ERR_DATA, 0,
                         console_say("its records are not understood: %s. \"--out FILE\" keeps "
                                     "what it sent, for whoever looks after HIP Bridge"),
                         verdict.why);
    }
    console_print("%s %u (%" PRIu64 " bytes)\n", console_padded("Layout", LABEL, label),
                  verdict.layout, visit->facts.bytes);
    if (!visit->protocol->rows(visit, &judging, &verdict, &at, take_row, looking, err)) {
        return false;
    }
    print_last(looking);
    console_print("%" PRIu64 " records, %" PRIu64 " of them would be set aside", looking->rows,
                  looking->aside);
    if (looking->rows > looking->aside) {
        console_print("; from %s to %s", walltime_text(looking->from, from),
                      walltime_text(looking->to, to));
    }
    console_print(". Nothing was stored or uploaded.\n");
    return true;
}

/* ---- the visit ---- */

static bool run(struct looking *looking, const struct address *address, int port)
{
    struct visit *visit = looking->visit;
    struct call call;
    struct call *calls[] = {&call};
    call_begin(&call, visit, address, port, clock_steady_ms());
    while (visit->outcome == VISIT_RUNNING) {
        call_step(calls, 1, clock_steady_ms, SLICE_MS);
    }
    call_end(&call);
    return visit->outcome == VISIT_READ || visit->outcome == VISIT_UNCHANGED;
}

/* The service visits it too: one at a time. No outbox, no service. */
static bool take_turn(struct outbox *outbox, const char *place, struct error *err)
{
    ULONGLONG until = GetTickCount64() + BEGIN_LIMIT_MS;
    bool taken = false;
    do {
        int64_t now = clock_unix();
        if (!outbox_turn_take(outbox, place, GetCurrentProcessId(), now, now + TURN_S, &taken,
                              err)) {
            return false;
        }
        if (!taken) {
            Sleep(LOOK_MS);
        }
    } while (!taken && GetTickCount64() < until);
    return taken ||
           error_set(err, ERR_BUSY, 0,
                     console_say("the service is visiting %s just now; try again in a few minutes"),
                     place);
}

/* The turns on a terminal: on the address given, and on those by which the list names it too. */
struct turns {
    char sn[PUNCH_SN_MAX + 1];
    char places[PLACES_MAX][OUTBOX_PLACE_MAX];
    size_t count;
    size_t taken;
};

static bool add_place(void *context, const struct outbox_pull *pull)
{
    struct turns *turns = context;
    if (turns->count < PLACES_MAX && strcmp(pull->sn, turns->sn) == 0 &&
        strcmp(pull->place, turns->places[0]) != 0) {
        memcpy(turns->places[turns->count++], pull->place, sizeof pull->place);
    }
    return true;
}

static bool take_turns(struct outbox *outbox, const char *place, struct turns *turns,
                       struct error *err)
{
    struct outbox_pull known;
    bool found = false;
    snprintf(turns->places[0], sizeof turns->places[0], "%s", place);
    turns->count = 1;
    if (!outbox_pull(outbox, place, &known, &found, err)) {
        return false;
    }
    memcpy(turns->sn, known.sn, sizeof turns->sn);
    if (known.sn[0] != '\0' && !outbox_each_pull(outbox, add_place, turns, err)) {
        return false;
    }
    while (turns->taken < turns->count && take_turn(outbox, turns->places[turns->taken], err)) {
        turns->taken++;
    }
    return turns->taken == turns->count;
}

static void give_turns(struct outbox *outbox, struct turns *turns)
{
    struct error ignored = ERROR_INIT;
    while (turns->taken > 0) {
        (void)outbox_turn_give(outbox, turns->places[--turns->taken], GetCurrentProcessId(),
                               &ignored);
    }
}

struct asked {
    struct address address;
    int port;
    int key;
    bool udp;
    const char *out;
    const char *sn; /* "" = whoever answers */
    const struct visit_protocol *protocol;
};

static bool read_arguments(const struct command_line *line, struct asked *asked)
{
    const char *port = NULL;
    const char *key = NULL;
    const char *protocol = "zk";
    const struct command_option options[] = {{"--protocol", &protocol, NULL},
                                             {"--port", &port, NULL},
                                             {"--key", &key, NULL},
                                             {"--udp", NULL, &asked->udp},
                                             {"--out", &asked->out, NULL}};
    struct command_line rest = {line->config_path, line->count - 1, line->arguments + 1};
    if (line->count == 0 || !command_options(&rest, options, HB_COUNT(options))) {
        return false;
    }
    if (!address_parse(span_of(line->arguments[0]), &asked->address)) {
        console_complain("hipctl: \"%s\" is no address, as 192.168.1.202 is one.\n",
                         line->arguments[0]);
        return false;
    }
    bool fk = strcmp(protocol, fksession_protocol.name) == 0;
    asked->protocol = fk ? &fksession_protocol : &pull_protocol;
    asked->port = fk ? FKSESSION_PORT : PULL_PORT;
    return (fk ? !asked->udp : strcmp(protocol, "zk") == 0) &&
           (port == NULL || command_number(port, 1, 65535, &asked->port)) &&
           (key == NULL || command_number(key, 0, PULL_KEY_MAX, &asked->key));
}

/* What config.json says of the address, where it is listed and nothing else was given. Returns the
 * terminal's time zone. */
static int complete(const struct config *config, struct asked *asked)
{
    for (size_t i = 0; i < config->pull.terminal_count; i++) {
        const struct config_pulled *terminal = &config->pull.terminals[i];
        if (address_equal(&terminal->address, &asked->address) && terminal->port == asked->port) {
            asked->key = asked->key < 0 ? (int)terminal->comm_key : asked->key;
            asked->udp = asked->udp || terminal->datagrams;
            asked->sn = terminal->sn;
            return config_pulled_minutes(terminal, (int64_t)time(NULL));
        }
    }
    return config_minutes(&config->listener, NULL, (int64_t)time(NULL));
}

static bool look(struct looking *looking, const struct asked *asked, int zone_minutes,
                 struct error *err)
{
    struct visit *visit = looking->visit;
    int64_t zone_s = (int64_t)zone_minutes * 60;
    visit->protocol = asked->protocol;
    visit->order = (struct visit_order){
        .purpose = VISIT_WHOLE,
        .datagrams = asked->udp,
        .details = true,
        .key = asked->key > 0 ? (uint32_t)asked->key : 0,
        .read_count = -1,
        .wall_offset_s = clock_unix() + zone_s - clock_steady_ms() / 1000,
    };
    snprintf(visit->order.sn, sizeof visit->order.sn, "%s", asked->sn);
    visit->sink = (struct visit_sink){looking, write_spool, NULL, show_frame};
    if (!run(looking, &asked->address, asked->port)) {
        if (visit->facts.sn[0] != '\0') {
            print_facts(visit);
        }
        return error_set(err, ERR_UNREACHABLE, (long)visit->facts.refusal, "%s: %s", looking->peer,
                         visit->why);
    }
    print_facts(visit);
    walltime now = clock_unix() + zone_s;
    if (visit->facts.has_clock && visit->facts.clock > now) {
        now = visit->facts.clock;
    }
    return show_records(looking, now, err);
}

int command_pull(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    struct outbox_options options = {0};
    struct asked asked = {.key = -1, .sn = ""};
    struct looking looking = {0};
    struct outbox *outbox = NULL;
    char address[ADDRESS_TEXT_MAX];
    struct turns turns = {.count = 0};
    bool done = false;
    if (line->count == 0) {
        return command_missing("pull", "the terminal's address");
    }
    if (!read_arguments(line, &asked)) {
        return command_usage("pull");
    }
    snprintf(looking.peer, sizeof looking.peer, "%s:%d", address_text(&asked.address, address),
             asked.port);
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    looking.visit = calloc(1, asked.protocol->size);
    char folder[FILE_PATH_MAX];
    if (looking.visit == NULL) {
        error_set(&err, ERR_MEMORY, 0, console_say("no memory"));
        goto out;
    }
    /* What is spooled lies where the outbox does: it is for administrators alone. */
    if (!file_folder(config->outbox.path, folder, sizeof folder) ||
        snprintf(looking.folder, sizeof looking.folder, "%s\\", folder) >=
            (int)sizeof looking.folder) {
        error_set(&err, ERR_INVALID, 0, console_say("the folder of the outbox cannot be used"));
        goto out;
    }
    if (file_exists(config->outbox.path)) {
        outbox = outbox_open(config->outbox.path, &options, &err);
        if (outbox == NULL || !take_turns(outbox, looking.peer, &turns, &err)) {
            goto out;
        }
    }
    if (asked.out != NULL) {
        capture_shown(false);
        looking.captured = capture_open(asked.out, &err);
        if (!looking.captured) {
            goto out;
        }
    }
    int zone_minutes = complete(config, &asked);
    done = look(&looking, &asked, zone_minutes, &err);
    if (looking.captured) {
        console_print("What was sent and received is in %s, passwords and key left out.\n",
                      asked.out);
    }

out:
    give_turns(outbox, &turns);
    capture_close();
    outbox_close(outbox);
    for (size_t i = 0; i < VISIT_TABLES; i++) {
        spool_close(looking.spool[i]);
    }
    free(looking.list);
    free(looking.visit);
    config_free(config);
    return done ? HIPCTL_DONE : command_failed(&err);
}

/* ---- pull-now ---- */

struct round {
    int64_t since_s;
    size_t visited, well;
};

static bool count_visit(void *context, const struct outbox_pull *pull)
{
    struct round *round = context;
    bool now = pull->visited_s >= round->since_s;
    round->visited += now;
    round->well += now && pull->why[0] == '\0';
    return true;
}

static bool print_visit(void *context, const struct outbox_pull *pull)
{
    const struct round *round = context;
    if (pull->visited_s < round->since_s) {
        console_print("  %s: not visited yet\n", pull->place);
    } else if (pull->why[0] != '\0') {
        char why[REASON_MAX];
        console_print("  %s %s: %s\n", pull->place, pull->sn, console_reason(pull->why, why));
    } else {
        console_print("  %s %s: holds %" PRId64 " records; the last read brought %" PRId64
                      " new, %" PRId64 " known, %" PRId64 " set aside\n",
                      pull->place, pull->sn, pull->held, pull->fresh, pull->known, pull->aside);
    }
    return true;
}

int command_pull_now(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    struct round round = {.since_s = clock_unix()};
    struct outbox *outbox = NULL;
    int status = HIPCTL_FAILED;
    if (line->count > 0) {
        return command_usage("pull-now");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    size_t listed = config->pull.enabled ? config->pull.terminal_count : 0;
    if (listed == 0) {
        error_set(&err, ERR_NOT_FOUND, 0,
                  console_say("no terminal is listed under \"pull\" in %s, or \"enabled\" is false "
                              "there"),
                  config->path);
        goto out;
    }
    if (!command_service_control(CONTROL_PULL_NOW, &err)) {
        goto out;
    }
    outbox = outbox_open_readonly(config->outbox.path, &err);
    ULONGLONG until = GetTickCount64() + NOW_LIMIT_MS;
    while (outbox != NULL && GetTickCount64() < until) {
        struct round looked = {.since_s = round.since_s};
        if (!outbox_each_pull(outbox, count_visit, &looked, &err)) {
            goto out;
        }
        round = looked;
        if (round.visited >= listed) {
            break;
        }
        Sleep(LOOK_MS);
    }
    if (outbox == NULL || !outbox_each_pull(outbox, print_visit, &round, &err)) {
        goto out;
    }
    console_print("%llu of %llu terminals visited, %llu without trouble.\n",
                  (unsigned long long)round.visited, (unsigned long long)listed,
                  (unsigned long long)round.well);
    status = round.well == listed ? HIPCTL_DONE : HIPCTL_FAILED;

out:
    if (err.kind != ERR_NONE) {
        status = command_failed(&err);
    }
    outbox_close(outbox);
    config_free(config);
    return status;
}
