/*
 * The eighteen ways in which a terminal that is read on port 4370 misbehaves, by the numbers that
 * docs/protocol-pull.md gives them: what comes of the visit, what of it is taken, what is told, and
 * how often it is tried again; and that the next visit to a terminal that is well brings all, once.
 */
#include "pull/visiting.h"
#include "scratch_outbox.h"

#include "pull/pull_private.h"
#include "terminals/harvest.h"
#include "terminals/harvest_all.h"
#include "terminals/rounds.h"

enum { NOW_S = 1795795200 - 7 * 3600, DAY_S = 86400, EVERY_S = 600, NUMBERS = 18 };

static const struct harvest_moment moment = {NOW_S, 1500, 7 * 60};
static unsigned seen; /* bit n: number n + 1 was shown */

/* What a case does not name is pulled_begin's default. */
#define PLAN(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define ORDER(...) PLAN(__VA_ARGS__)

static const struct {
    int number;
    const char *rule;
    struct pulled_plan plan;
    struct visit_order order;
    struct visiting_line line;
    enum visit_outcome outcome;
    int64_t taken; /* punches; -1: nothing is, since the table is not sound */
    int64_t aside;
    enum event_id told; /* EVENT_PULL_SUMMARY: it went well */
} cases[] = {
    /* clang-format off */
    {1, "all in one", PLAN(.records = 400), ORDER(0), {0}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {1, "byte by byte", PLAN(.records = 60), ORDER(0), {.slice = 1}, VISIT_READ, 60, 0, EVENT_PULL_SUMMARY},
    {1, "by three", PLAN(.records = 400), ORDER(0), {.slice = 3}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {1, "by seven", PLAN(.records = 400), ORDER(0), {.slice = 7}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {1, "a prefix cut in half", PLAN(.records = 400), ORDER(0), {.slice = 20}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {2, "pieces of 1008", PLAN(.records = 400, .faults = PULLED_FRAGMENTS), ORDER(0), {0}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {2, "session 0, the size in the closing 2000", PLAN(.records = 400, .faults = PULLED_FRAGMENTS | PULLED_NO_SESSION), ORDER(0), {0}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {3, "a 1500 of 4 bytes", PLAN(.records = 400, .faults = PULLED_SHORT_HEAD), ORDER(0), {0}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {4, "events between any two frames", PLAN(.records = 400, .faults = PULLED_EVENTS | PULLED_FRAGMENTS), ORDER(0), {.slice = 100}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {5, "a small table in two", PLAN(.records = 10, .faults = PULLED_SPLIT_DIRECT), ORDER(0), {0}, VISIT_READ, 10, 0, EVENT_PULL_SUMMARY},
    {5, "whose second never comes", PLAN(.records = 10, .faults = PULLED_HALF_DIRECT), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {6, "a punch between the count and the read", PLAN(.faults = PULLED_GROW_BEFORE), ORDER(0), {0}, VISIT_READ, 101, 0, EVENT_PULL_SUMMARY},
    {6, "and one after it", PLAN(.faults = PULLED_GROW_AFTER), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {6, "both", PLAN(.faults = PULLED_GROW_BEFORE | PULLED_GROW_AFTER), ORDER(0), {0}, VISIT_READ, 101, 0, EVENT_PULL_SUMMARY},
    {7, "a total that no size divides", PLAN(.faults = PULLED_ODD_TOTAL), ORDER(0), {0}, VISIT_READ, -1, 0, EVENT_PULL_LAYOUT},
    {7, "count 0 with records", PLAN(.faults = PULLED_COUNT_ZERO), ORDER(0), {0}, VISIT_READ, -1, 0, EVENT_PULL_LAYOUT},
    {7, "a count that is wrong", PLAN(.faults = PULLED_COUNT_MORE), ORDER(0), {0}, VISIT_READ, -1, 0, EVENT_PULL_LAYOUT},
    {8, "8-A", PLAN(.layout = 81), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {8, "8-B, users of 28", PLAN(.layout = 82, .user_size = 28), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {8, "7 users of 72 are 18 of 28", PLAN(.layout = 82, .users = 7), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {8, "16", PLAN(.layout = 16), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {8, "22", PLAN(.layout = 22), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {8, "40", PLAN(.layout = 40), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {8, "49", PLAN(.layout = 49), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {8, "two of 8 bytes: which is it?", PLAN(.layout = 81, .records = 2), ORDER(0), {0}, VISIT_READ, -1, 0, EVENT_PULL_LAYOUT},
    {9, "dates that are none", PLAN(.faults = PULLED_BAD_DATES), ORDER(0), {0}, VISIT_READ, 97, 3, EVENT_PULL_SUMMARY},
    {9, "a clock 3 h ahead", PLAN(.start = 1795802000), ORDER(0), {.clock_off_s = 3 * 3600}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {9, "a clock 3 h behind", PLAN(0), ORDER(0), {.clock_off_s = -3 * 3600}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {9, "an hour twice", PLAN(.interval_s = -37), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {10, "no key is right", PLAN(.faults = PULLED_KEY_ALWAYS), ORDER(.key = 1), {0}, VISIT_KEY, 0, 0, EVENT_PULL_KEY},
    {10, "a wrong key", PLAN(.key = 123456), ORDER(.key = 654321), {0}, VISIT_KEY, 0, 0, EVENT_PULL_KEY},
    {10, "6001", PLAN(.faults = PULLED_REFUSES), ORDER(0), {0}, VISIT_REFUSED, 0, 0, EVENT_PULL_REFUSED},
    {10, "4989", PLAN(.faults = PULLED_ACCESS), ORDER(0), {0}, VISIT_REFUSED, 0, 0, EVENT_PULL_REFUSED},
    {10, "65535 to 1503", PLAN(.records = 400, .faults = PULLED_PLAIN), ORDER(0), {0}, VISIT_READ, 400, 0, EVENT_PULL_SUMMARY},
    {10, "2001 to every option", PLAN(.faults = PULLED_NO_OPTIONS), ORDER(0), {0}, VISIT_REFUSED, 0, 0, EVENT_PULL_REFUSED},
    {10, "2001 to every option, a name given", PLAN(.faults = PULLED_NO_OPTIONS), ORDER(.sn = "PUL1234567"), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {11, "mute at once", PLAN(.mute_at = 1000), ORDER(0), {0}, VISIT_SILENT, 0, 0, EVENT_PULL_AWAY},
    {11, "mute at the key", PLAN(.wants_key = true, .mute_at = 1102), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "mute at options", PLAN(.mute_at = 11), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "mute at its clock", PLAN(.mute_at = 201), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "mute at its counts", PLAN(.mute_at = 50), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "mute at the table", PLAN(.mute_at = 1503), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "mute at a chunk", PLAN(.records = 400, .mute_at = 1504), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "mute at the release", PLAN(.records = 400, .mute_at = 1502), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "mute at the farewell", PLAN(.mute_at = 1001), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {11, "closes at once", PLAN(.close_at = 1000), ORDER(0), {0}, VISIT_SILENT, 0, 0, EVENT_PULL_AWAY},
    {11, "closes at options", PLAN(.close_at = 11), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "closes at its clock", PLAN(.close_at = 201), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "closes at its counts", PLAN(.close_at = 50), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "closes at the table", PLAN(.close_at = 1503), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "closes at a chunk", PLAN(.records = 400, .close_at = 1504), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "closes at the farewell", PLAN(.close_at = 1001), ORDER(0), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {11, "stops in mid-frame", PLAN(.records = 400, .cut_at = 1504), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {11, "is reset in mid-frame", PLAN(.records = 400), ORDER(0), {.close_after = 5000}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {13, "UDP, a terminal that is well", PLAN(.records = 200), ORDER(.datagrams = true), {0}, VISIT_READ, 200, 0, EVENT_PULL_SUMMARY},
    {13, "UDP, all twice", PLAN(.records = 200), ORDER(.datagrams = true), {.twice = 100}, VISIT_READ, 200, 0, EVENT_PULL_SUMMARY},
    {13, "UDP, all lost", PLAN(.records = 200), ORDER(.datagrams = true), {.drop = 100}, VISIT_SILENT, 0, 0, EVENT_PULL_AWAY},
    {14, "a wrong checksum in data", PLAN(.records = 400, .faults = PULLED_BAD_CHECKSUM), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {14, "a wrong magic", PLAN(.faults = PULLED_BAD_MAGIC), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {14, "a length of 0xffffffff", PLAN(.faults = PULLED_BAD_LENGTH), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {14, "4 GiB announced", PLAN(.faults = PULLED_HUGE), ORDER(0), {0}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    {15, "another serial number", PLAN(0), ORDER(.sn = "PUL7654321"), {0}, VISIT_STRANGER, 0, 0, EVENT_PULL_STRANGER},
    {15, "none: its MAC", PLAN(.faults = PULLED_NO_SERIAL), ORDER(.sn = "0017610A0B0C"), {0}, VISIT_READ, 100, 0, EVENT_PULL_SUMMARY},
    {15, "none, and another's MAC", PLAN(.faults = PULLED_NO_SERIAL), ORDER(.sn = "PUL1234567"), {0}, VISIT_STRANGER, 0, 0, EVENT_PULL_STRANGER},
    {16, "a byte a second", PLAN(.records = 400), ORDER(0), {.slice = 1, .byte_ms = 1000}, VISIT_SILENT, 0, 0, EVENT_PULL_AWAY},
    {16, "four a second", PLAN(.records = 400), ORDER(0), {.slice = 1, .byte_ms = 250}, VISIT_INCOMPLETE, 0, 0, EVENT_PULL_AWAY},
    /* clang-format on */
};

/* ---- one visit ---- */

static void visit(struct visiting *v, const struct pulled_plan *plan, const char *rule,
                  struct visit_order order, const struct visiting_line *line)
{
    order.read_count = order.read_count == 0 ? -1 : order.read_count;
    visiting_begin(v, plan, line, &order);
    visiting_run(v, rule); /* and no command outside of the list */
}

/* What the service makes of it; *fresh and *aside as harvest has them. */
static enum rounds_result take(struct outbox *outbox, struct visiting *v, const char *place,
                               struct harvest *harvest)
{
    struct outbox_pull pull;
    struct visit_spool spool = {v, visiting_read};
    bool found = false;
    DO(outbox_pull(outbox, place, &pull, &found, &err));
    DO(harvest_all(outbox, v->visit, &spool, &moment, &pull, harvest, &err));
    bool read = v->visit->outcome == VISIT_READ && v->visit->table_len[VISIT_RECORDS] > 0;
    return read && !harvest->verdict.sound ? ROUNDS_UNSOUND : rounds_result_of(v->visit->outcome);
}

static int64_t punches(struct outbox *outbox)
{
    return query(outbox, "SELECT count(*) FROM punch");
}

/* ---- how often it is tried, and told, while it lasts ---- */

struct day {
    int visits, told;
};

static struct day spend_day(enum rounds_result result)
{
    struct rounds rounds = {0};
    struct day day = {0};
    for (int64_t now = 0; now < DAY_S; now = rounds.due) {
        bool tell = false;
        bool back = false;
        rounds_end(&rounds, result, EVERY_S, 0, now, &tell, &back);
        day.visits++;
        day.told += tell;
    }
    return day;
}

static void check_day(const char *rule, enum rounds_result result)
{
    static const struct day days[ROUNDS_RESULTS] = {
        [ROUNDS_WELL] = {144, 0},
        [ROUNDS_AWAY] = {98, 24},     /* after 1, 5, 15, 15 … minutes; told hourly */
        [ROUNDS_KEY] = {24, 24},      /* one try an hour, and one event */
        [ROUNDS_REFUSED] = {1, 1},    /* once a day */
        [ROUNDS_STRANGER] = {96, 24}, /* each quarter of an hour */
        [ROUNDS_UNSOUND] = {24, 24},
    };
    struct day day = spend_day(result);
    CHECK_INT(rule, days[result].visits, day.visits);
    CHECK_INT(rule, days[result].told, day.told);
}

/* ---- all of them ---- */

/* A terminal that is well again, however it was: all that it holds, once. */
static void check_next(struct outbox *outbox, const struct pulled *terminal, const char *rule,
                       size_t index)
{
    static struct visiting v;
    struct harvest harvest;
    struct pulled_plan plan = cases[index].plan;
    struct visit_order order = cases[index].order;
    struct visiting_line line = {.clock_off_s = cases[index].line.clock_off_s};
    plan.records = terminal->records < 3 ? 3 : terminal->records; /* of two nobody could say */
    plan.faults &= PULLED_NO_SERIAL;
    plan.mute_at = plan.close_at = plan.cut_at = 0;
    order.key = plan.key;
    order.sn[0] = '\0';
    visit(&v, &plan, rule, order, &line);
    CHECK_INT(rule, VISIT_READ, v.visit->outcome);
    CHECK_INT(rule, ROUNDS_WELL, take(outbox, &v, "127.0.0.1:4370", &harvest));
    CHECK_INT(rule, plan.records, harvest.fresh + harvest.known);
    CHECK_INT(rule, plan.records, punches(outbox));
    visiting_end(&v);
}

static void test_each_has_its_outcome_and_its_event(void **state)
{
    static struct visiting v;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char rule[80];
        struct outbox *outbox = new_outbox();
        struct harvest harvest;
        snprintf(rule, sizeof rule, "%d: %s", cases[i].number, cases[i].rule);
        visit(&v, &cases[i].plan, rule, cases[i].order, &cases[i].line);
        CHECK_INT(rule, cases[i].outcome, v.visit->outcome);
        enum rounds_result result = take(outbox, &v, "127.0.0.1:4370", &harvest);
        CHECK_INT(rule, cases[i].told, rounds_event(result));
        CHECK_INT(rule, cases[i].taken < 0 ? 0 : cases[i].taken, punches(outbox));
        CHECK_INT(rule, cases[i].aside, harvest.aside);
        CHECK_INT(rule, cases[i].taken < 0,
                  v.visit->outcome == VISIT_READ && !harvest.verdict.sound);
        if (v.visit->facts.has_clock) {
            CHECK_INT(rule, cases[i].line.clock_off_s, v.visit->facts.clock_ahead_s);
        }
        check_day(rule, result);
        check_next(outbox, &v.terminal, rule, i);
        visiting_end(&v);
        drop_outbox(outbox);
        seen |= 1u << (cases[i].number - 1);
    }
}

/* 12: while one reads, another connection (the vendor's program, or the same terminal listed by a
 * second address) is refused, let in and left without an answer, or ends the first. */
static void test_a_second_connection(void **state)
{
    enum second { REFUSED, MUTE, KILLS, SERVED };
    static const struct {
        const char *rule;
        enum second second;
        enum visit_outcome first, other;
    } seconds[] = {
        {"12: refused", REFUSED, VISIT_READ, VISIT_SILENT},
        {"12: mute", MUTE, VISIT_READ, VISIT_SILENT},
        {"12: kills the first", KILLS, VISIT_INCOMPLETE, VISIT_READ},
        {"12: both are served", SERVED, VISIT_READ, VISIT_READ},
    };
    static struct visiting one;
    static struct visiting two;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(seconds); i++) {
        const char *rule = seconds[i].rule;
        struct outbox *outbox = new_outbox();
        struct pulled_plan plan = PLAN(.records = 400);
        struct visit_order order = ORDER(.read_count = -1);
        struct visiting_line line = {.slice = 1000};
        struct harvest harvest;
        visiting_begin(&one, &plan, &line, &order);
        visiting_begin(&two, &plan, &line, &order);
        two.peer.terminal = &one.terminal;
        while (one.sent_len < 5000) {
            visiting_step(&one); /* into the middle of its log */
        }
        if (seconds[i].second == REFUSED) {
            two.visit->protocol->lost(two.visit, "the connection was refused", two.now_ms);
        } else {
            two.peer.dead = seconds[i].second == MUTE;
            one.peer.closed = one.peer.dead = seconds[i].second == KILLS;
        }
        visiting_run(&two, rule);
        visiting_run(&one, rule);
        CHECK_INT(rule, seconds[i].first, one.visit->outcome);
        CHECK_INT(rule, seconds[i].other, two.visit->outcome);
        enum rounds_result first = take(outbox, &one, "127.0.0.1:4370", &harvest);
        enum rounds_result other = take(outbox, &two, "127.0.0.2:4370", &harvest);
        CHECK_INT(rule, seconds[i].first == VISIT_READ ? EVENT_PULL_SUMMARY : EVENT_PULL_AWAY,
                  rounds_event(first));
        CHECK_INT(rule, seconds[i].other == VISIT_READ ? EVENT_PULL_SUMMARY : EVENT_PULL_AWAY,
                  rounds_event(other));
        check_day(rule, first);
        check_day(rule, other);
        CHECK_INT(rule, 400, punches(outbox)); /* each once, by however many ways */
        visiting_end(&one);
        visiting_end(&two);
        drop_outbox(outbox);
    }
    seen |= 1u << 11;
}

/* 13: datagrams that are lost, doubled, swapped and late: all that is held, or nothing. */
static void test_bad_datagrams(void **state)
{
    static struct visiting v;
    int exact = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        char rule[32];
        struct outbox *outbox = new_outbox();
        struct pulled_plan plan = PLAN(.records = 250);
        struct visit_order order = ORDER(.datagrams = true);
        struct visiting_line line = {.seed = seed,
                                     .drop = seed % 4 * 3,
                                     .twice = seed % 3 * 10,
                                     .swap = seed % 5 * 10,
                                     .delay = seed % 6 == 0 ? 3 : 0};
        struct harvest harvest;
        snprintf(rule, sizeof rule, "13: seed %d", (int)seed);
        visit(&v, &plan, rule, order, &line);
        enum rounds_result result = take(outbox, &v, "127.0.0.1:4370", &harvest);
        CHECK_INT(rule, true, result == ROUNDS_WELL || result == ROUNDS_AWAY);
        CHECK_INT(rule, result == ROUNDS_WELL ? 250 : 0, punches(outbox));
        exact += result == ROUNDS_WELL;
        visiting_end(&v);
        drop_outbox(outbox);
    }
    assert_true(exact >= 8);
    seen |= 1u << 12;
}

static void swallow(void *context, const uint8_t *bytes, size_t len)
{
    (void)context;
    (void)bytes;
    (void)len;
}

/* 17: the simulator sees each command that may not be sent, or all above would show nothing. */
static void test_a_forbidden_command_fails_the_run(void **state)
{
    static const unsigned allowed[] = {9,    11,   13,   50,   201,  202,  500, 1000,
                                       1001, 1100, 1102, 1502, 1503, 1504, 2000};
    (void)state;
    for (unsigned code = 0; code < 65536; code++) {
        struct pulled terminal;
        struct pulled_plan plan = PLAN(0);
        bool known = false;
        uint8_t packet[16] = {0x50, 0x50, 0x82, 0x7d,          8,
                              0,    0,    0,    (uint8_t)code, (uint8_t)(code >> 8)};
        for (size_t i = 0; i < HB_COUNT(allowed); i++) {
            known = known || allowed[i] == code;
        }
        if (known) {
            continue;
        }
        uint16_t sum = pull_checksum(packet + 8, 8);
        packet[10] = (uint8_t)sum;
        packet[11] = (uint8_t)(sum >> 8);
        pulled_begin(&terminal, &plan);
        struct pulled_line line = {.terminal = &terminal, .send = swallow};
        pulled_take(&line, packet, sizeof packet, 1795795200);
        if (terminal.forbidden[0] == '\0') {
            fail_msg("17: command %u passes", code);
        }
    }
    seen |= 1u << 16;
}

/* 18: 100,000 records in bounded memory; and a log at its capacity, whose oldest give way, is read
 * though its number stays. */
static void test_a_large_log_and_a_full_one(void **state)
{
    static struct visiting v;
    struct pulled_plan plan = PLAN(.records = 100000);
    struct visit_order order = ORDER(0);
    struct visiting_line line = {0};
    struct harvest harvest;
    (void)state;
    visit(&v, &plan, "18: large", order, &line);
    CHECK_INT("18: large", VISIT_READ, v.visit->outcome);
    CHECK_INT("18: of a frame at most", true, ((struct pull *)v.visit)->in_size <= 2 * 65536 + 64);
    visiting_judge(&v, 0);
    CHECK_INT("18: exact", 100000, v.good);
    visiting_end(&v);

    struct outbox *outbox = new_outbox();
    plan = (struct pulled_plan){.records = 500, .capacity = 500};
    for (int rolled = 0; rolled < 3; rolled++) {
        plan.start = 1790000000 + (int64_t)rolled * 37 * 7 * 10; /* users come by seven */
        order = (struct visit_order){.purpose = VISIT_POLL, .read_count = rolled > 0 ? 500 : -1};
        visit(&v, &plan, "18: full", order, &line);
        CHECK_INT("18: full", VISIT_READ, v.visit->outcome);
        CHECK_INT("18: full", ROUNDS_WELL, take(outbox, &v, "127.0.0.1:4370", &harvest));
        CHECK_INT("18: the new ones", rolled > 0 ? 70 : 500, harvest.fresh);
        visiting_end(&v);
    }
    CHECK_INT("18: all", 500 + 2 * 70, punches(outbox));
    drop_outbox(outbox);
    seen |= 1u << 17;
}

static void test_all_eighteen_were_shown(void **state)
{
    (void)state;
    CHECK_INT("numbers", (1u << NUMBERS) - 1, seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_has_its_outcome_and_its_event),
        cmocka_unit_test(test_a_second_connection),
        cmocka_unit_test(test_bad_datagrams),
        cmocka_unit_test(test_a_forbidden_command_fails_the_run),
        cmocka_unit_test(test_a_large_log_and_a_full_one),
        cmocka_unit_test(test_all_eighteen_were_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
