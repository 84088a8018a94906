/* fksession, fkframe: visits on port 5005, against a terminal that behaves and one that does not.
 */
#include "check.h"

#include "fk/fkframe.h"
#include "fk/fkrecord.h"
#include "fk/fksession.h"

#include "../../../tools/terminal/fkpulled.h"

enum { SPOOL_MAX = 4 * 1024 * 1024, DAY_S = 86400 };

static struct error err;
static uint8_t spool_bytes[SPOOL_MAX];
static size_t spool_len;
static char frames[200000]; /* what was shown of the open command */
static int64_t now_ms;

static bool to_spool(void *context, enum visit_table table, uint64_t offset, const uint8_t *bytes,
                     size_t len, struct error *error)
{
    (void)context;
    (void)error;
    CHECK_INT("table", VISIT_RECORDS, table);
    assert_true(offset + len <= sizeof spool_bytes);
    memcpy(spool_bytes + offset, bytes, len);
    spool_len = offset + len > spool_len ? offset + len : spool_len;
    return true;
}

static bool from_spool(void *context, enum visit_table table, uint64_t offset, uint8_t *bytes,
                       size_t len, struct error *error)
{
    (void)context;
    (void)table;
    (void)error;
    assert_true(offset + len <= spool_len);
    memcpy(bytes, spool_bytes + offset, len);
    return true;
}

static void show(void *context, enum visit_side side, const uint8_t *bytes, size_t len)
{
    (void)context;
    if (side == VISIT_SENT && len >= 8 && bytes[3] == 0x80) {
        snprintf(frames, sizeof frames, "%02x%02x%02x%02x", bytes[4], bytes[5], bytes[6], bytes[7]);
    }
}

/* ---- a line between both ---- */

static struct {
    uint8_t bytes[1 << 16];
    size_t len;
} answered;

static void remember(void *context, const uint8_t *bytes, size_t len)
{
    (void)context;
    assert_true(answered.len + len <= sizeof answered.bytes);
    memcpy(answered.bytes + answered.len, bytes, len);
    answered.len += len;
}

static struct fkpulled terminal;
static struct visit *visit;

struct wish {
    enum visit_purpose purpose;
    uint32_t key;
    const char *sn;
    int64_t read_count;
    bool set_clock;
    size_t piece;     /* bytes at a time; 0 = all */
    int64_t delay_ms; /* before each answer */
};

static void go(const struct fkpulled_plan *plan, struct wish wish)
{
    static struct fkpulled_line line;
    fkpulled_begin(&terminal, plan);
    memset(&line, 0, sizeof line);
    line.send = remember;
    fkpulled_accept(&line, &terminal);
    visit = calloc(1, fksession_protocol.size);
    assert_non_null(visit);
    visit->protocol = &fksession_protocol;
    visit->order.purpose = wish.purpose;
    visit->order.key = wish.key;
    visit->order.read_count = wish.read_count;
    visit->order.set_clock = wish.set_clock;
    snprintf(visit->order.sn, sizeof visit->order.sn, "%s", wish.sn != NULL ? wish.sn : "");
    visit->sink = (struct visit_sink){.spool = to_spool, .frame = show};
    now_ms = 1000000;
    visit->order.wall_offset_s = terminal.plan.clock - now_ms / 1000;
    answered.len = spool_len = 0;
    visit->protocol->begin(visit, now_ms);
    for (int steps = 0; visit->outcome == VISIT_RUNNING; steps++) {
        assert_true(steps < 100000);
        if (visit->out_len > 0) {
            size_t len = visit->out_len;
            visit->out_len = 0;
            fkpulled_take(&line, visit->out, len);
        }
        if (answered.len > 0) {
            now_ms += wish.delay_ms;
            size_t piece = wish.piece != 0 && wish.piece < answered.len ? wish.piece : answered.len;
            if (now_ms >= visit->deadline_ms) {
                now_ms = visit->deadline_ms;
                visit->protocol->late(visit, now_ms);
                continue;
            }
            uint8_t part[1 << 16];
            memcpy(part, answered.bytes, piece);
            answered.len -= piece;
            memmove(answered.bytes, answered.bytes + piece, answered.len);
            visit->protocol->take(visit, part, piece, now_ms);
        } else if (line.closed) {
            visit->protocol->lost(visit, "the terminal closed the connection", now_ms);
        } else {
            now_ms = visit->deadline_ms;
            visit->protocol->late(visit, now_ms);
        }
    }
    CHECK_TEXT("forbidden", "", terminal.forbidden);
}

static void leave(void)
{
    visit->protocol->end(visit);
    free(visit);
}

/* ---- judging ---- */

static struct {
    uint32_t next;
    uint32_t punches, aside;
} seen;

static bool check_row(void *context, const struct visit_row *row, struct error *error)
{
    uint8_t bytes[48];
    char user[33];
    int64_t time = 0;
    (void)context;
    (void)error;
    fkpulled_record(&terminal.plan, seen.next++, bytes, user, &time);
    CHECK_INT("is a punch", user[0] != '\0', row->reason == NULL);
    assert_true(row->punch.raw.len > 0);
    if (row->reason == NULL) {
        seen.punches++;
        CHECK_TEXT("user", user, row->punch.user_id);
        CHECK_TEXT("whose", visit->facts.sn, row->punch.device_sn);
        CHECK_INT("time", time, row->punch.time);
    } else {
        seen.aside++;
    }
    return true;
}

static struct visit_verdict judge(unsigned shown)
{
    const struct visit_spool spool = {NULL, from_spool};
    struct visit_judging judging = {.spool = &spool, .now = terminal.plan.clock, .layout = shown};
    struct visit_verdict verdict;
    memset(&seen, 0, sizeof seen);
    DO(visit->protocol->judge(visit, &judging, &verdict, &err));
    uint64_t at = 0;
    DO(visit->protocol->rows(visit, &judging, &verdict, &at, check_row, NULL, &err));
    if (verdict.sound) {
        CHECK_INT("rows", verdict.rows, seen.punches + seen.aside);
        CHECK_INT("aside", verdict.aside, seen.aside);
    } else {
        CHECK_INT("nothing of an unsound one", 0, seen.punches + seen.aside);
        assert_true(verdict.why[0] != '\0');
    }
    return verdict;
}

/* ---- frames ---- */

static void frames_are_as_documented_byte_for_byte(void **state)
{
    uint8_t out[FKFRAME_SET_CLOCK_SIZE];
    struct fkframe_ack ack;
    walltime time = 0;
    (void)state;
    fkframe_ask(FKFRAME_OPEN, 0, 0xffff1234, 0, 1, out);
    assert_memory_equal("\x55\xaa\x01\x80\0\0\0\0\x34\x12\xff\xff\0\0\x01\0", out, 16);
    fkframe_ask(FKFRAME_COUNT, 8, 0xffff0000, 0, 6, out);
    assert_memory_equal("\x55\xaa\x01\xb4\x08\0\0\0\0\0\xff\xff\0\0\x06\0", out, 16);
    fkframe_ask(FKFRAME_RECORDS, 0, fkframe_page(0, 1688), 1024, 0x12, out);
    assert_memory_equal("\x55\xaa\x01\xa4\0\0\0\0\x98\x06\0\0\0\x04\x12\0", out, 16);
    fkframe_ask(FKFRAME_RECORDS, 0, fkframe_page(1, 1688), 1024, 0x13, out);
    assert_memory_equal("\x55\xaa\x01\xa4\0\0\0\0\0\0\x01\0\0\x04\x13\0", out, 16);
    fkframe_ask(FKFRAME_CLOCK, 0, 0, 8, 5, out);
    assert_memory_equal("\x55\xaa\x01\xb2\0\0\0\0\0\0\0\0\x08\0\x05\0", out, 16);

    assert_true(fkframe_ack_read((const uint8_t *)"\xaa\x55\x01\x01\x98\x06\0\0\x06\0", &ack));
    CHECK_INT("fine", true, ack.fine);
    CHECK_INT("count", 1688, ack.status);
    CHECK_INT("seq", 6, ack.seq);
    /* What is "failed, error 3" on an old machine, and no token. */
    assert_true(fkframe_ack_read((const uint8_t *)"\xaa\x55\x01\x00\x03\0\0\0\x18\0", &ack));
    CHECK_INT("fine", false, ack.fine);
    CHECK_INT("error", 3, ack.status);
    assert_false(fkframe_ack_read((const uint8_t *)"\xaa\x54\x01\x01\0\0\0\0\x01\0", &ack));

    const uint8_t *clock = (const uint8_t *)"\x55\xaa\xea\x07\x09\x1c\x01\x17\x15\x29\x6b\x02\0\0";
    assert_true(fkframe_is_marked(clock));
    assert_true(fkframe_sum_holds(clock, 8));
    assert_true(fkframe_clock_read(clock + 2, &time));
    char text[WALLTIME_TEXT_MAX];
    CHECK_TEXT("clock", "2026-09-28 23:21:41", walltime_text(time, text));
    fkframe_set_clock(time, 9, out);
    assert_memory_equal("\x55\xaa\x01\xb3\0\0\0\0\0\0\0\0\x08\0\x09\0"
                        "\x55\xaa\xea\x07\x09\x1c\x01\x17\x15\x29\0\0",
                        out, sizeof out);
}

/* ---- visits ---- */

static void each_layout_is_read_whole_whatever_the_pieces(void **state)
{
    static const unsigned layouts[] = {121, 122, 123, 20, 32, 48};
    static const enum fkrecord_layout wanted[] = {FKRECORD_12A, FKRECORD_12B, FKRECORD_NONE,
                                                  FKRECORD_20,  FKRECORD_32,  FKRECORD_48};
    static const uint32_t counts[] = {1, 2, 3, 21, 22, 85, 86, 100, 1688};
    static const size_t pieces[] = {0, 1, 7, 1000};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(layouts); i++) {
        for (size_t k = 0; k < HB_COUNT(counts); k++) {
            char input[60];
            struct fkpulled_plan plan = {.layout = layouts[i], .records = counts[k]};
            snprintf(input, sizeof input, "layout %u, %u records", layouts[i], (unsigned)counts[k]);
            go(&plan, (struct wish){.purpose = VISIT_POLL,
                                    .read_count = -1,
                                    .piece = pieces[(i + k) % HB_COUNT(pieces)]});
            CHECK_INT(input, VISIT_READ, visit->outcome);
            CHECK_TEXT(input, "FKT1234567", visit->facts.sn);
            CHECK_INT(input, counts[k], visit->facts.before);
            CHECK_INT(input, 0, visit->facts.clock_ahead_s);
            bool told = wanted[i] != FKRECORD_NONE;
            /* 12-C has no class of its own: its size is found from five records, the layout from
             * three. */
            if (told || counts[k] >= 3) {
                struct visit_verdict verdict = judge(0);
                CHECK_INT(input, true, verdict.sound);
                CHECK_INT(input, counts[k], seen.punches);
                CHECK_INT(input, told ? wanted[i] : FKRECORD_12C, verdict.layout);
            } else {
                CHECK_INT(input, false, judge(0).sound);
            }
            leave();
        }
    }
}

static void only_what_is_new_is_read(void **state)
{
    static const struct {
        enum visit_purpose purpose;
        int64_t read_count;
        uint32_t records;
        uint32_t capacity;
        enum visit_outcome outcome;
    } cases[] = {
        {VISIT_LOOK, -1, 100, 0, VISIT_UNCHANGED},
        {VISIT_POLL, 100, 100, 0, VISIT_UNCHANGED},
        {VISIT_POLL, 99, 100, 0, VISIT_READ},
        {VISIT_POLL, 101, 100, 0, VISIT_READ},
        {VISIT_WHOLE, 100, 100, 0, VISIT_READ},
        {VISIT_POLL, 100, 100, 100, VISIT_READ},
        {VISIT_POLL, 0, FKPULLED_NONE, 0, VISIT_UNCHANGED},
        {VISIT_POLL, -1, FKPULLED_NONE, 0, VISIT_READ},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[40];
        struct fkpulled_plan plan = {.records = cases[i].records, .capacity = cases[i].capacity};
        snprintf(input, sizeof input, "case %zu", i);
        go(&plan, (struct wish){.purpose = cases[i].purpose, .read_count = cases[i].read_count});
        CHECK_INT(input, cases[i].outcome, visit->outcome);
        CHECK_INT(input, cases[i].outcome == VISIT_READ && cases[i].records != FKPULLED_NONE,
                  terminal.whole_reads);
        if (cases[i].outcome == VISIT_READ) {
            CHECK_INT(input, true, judge(0).sound);
        }
        leave();
    }
}

static void misbehaviour_ends_well_or_takes_nothing(void **state)
{
    static const struct {
        const char *rule;
        struct fkpulled_plan plan;
        struct wish wish;
        enum visit_outcome outcome;
        int punches; /* -1: nothing is sound, or was read */
    } cases[] = {
        {"an acknowledgement of another question first",
         {.faults = FKPULLED_STALE_ACK},
         {0},
         VISIT_READ,
         100},
        {"sums that do not hold", {.faults = FKPULLED_BAD_SUM}, {0}, VISIT_READ, 100},
        {"a page that is too short", {.faults = FKPULLED_SHORT_PAGE}, {0}, VISIT_INCOMPLETE, -1},
        {"a punch between count and read", {.faults = FKPULLED_GROW}, {0}, VISIT_READ, 100},
        {"cleared meanwhile",
         {.faults = FKPULLED_SHRINK, .records = 20},
         {0},
         VISIT_INCOMPLETE,
         -1},
        {"old: neither class nor serial",
         {.faults = FKPULLED_NO_CLASS, .layout = 20},
         {.sn = "OLD1"},
         VISIT_READ,
         100},
        {"old: few records",
         {.faults = FKPULLED_NO_CLASS, .layout = 20, .records = 4},
         {.sn = "OLD1"},
         VISIT_READ,
         -1},
        {"old: five are enough",
         {.faults = FKPULLED_NO_CLASS, .layout = 20, .records = 5},
         {.sn = "OLD1"},
         VISIT_READ,
         5},
        {"old: 48 bytes",
         {.faults = FKPULLED_NO_CLASS, .layout = 48, .records = 500},
         {.sn = "OLD1"},
         VISIT_READ,
         500},
        {"old: 32 bytes",
         {.faults = FKPULLED_NO_CLASS, .layout = 32, .records = 500},
         {.sn = "OLD1"},
         VISIT_READ,
         500},
        {"old: 12 bytes",
         {.faults = FKPULLED_NO_CLASS, .layout = 121, .records = 500},
         {.sn = "OLD1"},
         VISIT_READ,
         500},
        {"old: opening is not answered",
         {.faults = FKPULLED_NO_CLASS | FKPULLED_NO_OPEN, .layout = 20},
         {.sn = "OLD1"},
         VISIT_READ,
         100},
        {"pages of 512", {.faults = FKPULLED_SMALL_PAGES}, {0}, VISIT_READ, 100},
        {"no serial number", {.faults = FKPULLED_NO_SERIAL}, {0}, VISIT_REFUSED, -1},
        {"no serial number, but who must answer",
         {.faults = FKPULLED_NO_SERIAL},
         {.sn = "OLD1"},
         VISIT_READ,
         100},
        {"dates that cannot be, one in five", {.faults = FKPULLED_BAD_DATES}, {0}, VISIT_READ, 80},
        {"garbage", {.faults = FKPULLED_GARBAGE}, {0}, VISIT_READ, -1},
        {"garbage without a class",
         {.faults = FKPULLED_GARBAGE | FKPULLED_NO_CLASS},
         {.sn = "OLD1"},
         VISIT_READ,
         -1},
        {"two layouts fit",
         {.faults = FKPULLED_TWO_FIT | FKPULLED_NO_CLASS, .layout = 122},
         {.sn = "OLD1"},
         VISIT_READ,
         -1},
        {"another server", {.faults = FKPULLED_HTTP}, {0}, VISIT_SILENT, -1},
        {"more than can be", {.faults = FKPULLED_HUGE}, {0}, VISIT_INCOMPLETE, -1},
        {"slow, 14 seconds", {0}, {.delay_ms = 14000}, VISIT_READ, 100},
        {"too slow", {0}, {.delay_ms = 16000}, VISIT_SILENT, -1},
        {"its password is ours", {.password = 1234}, {.key = 1234}, VISIT_READ, 100},
        {"its password is another", {.password = 1234}, {.key = 99}, VISIT_KEY, -1},
        {"who must answer", {0}, {.sn = "fkt1234567"}, VISIT_READ, 100},
        {"another answers", {0}, {.sn = "FKT7"}, VISIT_STRANGER, -1},
        {"refuses the count", {.refuse_at = 0xb4}, {0}, VISIT_REFUSED, -1},
        {"refuses the records", {.refuse_at = 0xa4}, {0}, VISIT_REFUSED, -1},
        {"refuses the clock", {.refuse_at = 0xb2}, {0}, VISIT_READ, 100},
        {"refuses to be opened as unknown", {.refuse_at = 0x80}, {0}, VISIT_READ, 100},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct wish wish = cases[i].wish;
        wish.purpose = VISIT_WHOLE;
        go(&cases[i].plan, wish);
        if (visit->outcome != cases[i].outcome) {
            fail_msg("%s: outcome %d, expected %d: %s", cases[i].rule, visit->outcome,
                     cases[i].outcome, visit->why);
        }
        CHECK_INT(cases[i].rule, cases[i].outcome == VISIT_READ, visit->why[0] == '\0');
        if (visit->outcome == VISIT_READ) {
            struct visit_verdict verdict = judge(0);
            CHECK_INT(cases[i].rule, cases[i].punches >= 0, verdict.sound);
            CHECK_INT(cases[i].rule, cases[i].punches >= 0 ? cases[i].punches : 0, seen.punches);
        } else {
            CHECK_INT(cases[i].rule, 0, visit->table_len[VISIT_RECORDS]);
        }
        leave();
    }
}

static void silence_closing_and_cutting_at_each_command_take_nothing(void **state)
{
    static const unsigned commands[] = {0x80, 0x13, 0xc3, 0xb2, 0xb4, 0xa4};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(commands); i++) {
        struct fkpulled_plan plans[] = {
            {.mute_at = commands[i]}, {.close_at = commands[i]}, {.cut_at = commands[i]}};
        for (size_t k = 0; k < HB_COUNT(plans); k++) {
            char input[40];
            snprintf(input, sizeof input, "%02x, way %zu", commands[i], k);
            go(&plans[k], (struct wish){.purpose = VISIT_WHOLE});
            /* What is not about the records or whose they are may_stay without an answer. */
            bool may_stay = commands[i] == 0x80 || commands[i] == 0x13 || commands[i] == 0xb2;
            bool read = may_stay && k == 0;
            CHECK_INT(input, read, visit->outcome == VISIT_READ);
            CHECK_INT(input, !read, visit->table_len[VISIT_RECORDS] == 0);
            leave();
        }
    }
}

static void a_terminal_that_pushes_is_told_apart(void **state)
{
    struct fkpulled_plan plan = {0};
    (void)state;
    fkpulled_begin(&terminal, &plan);
    visit = calloc(1, fksession_protocol.size);
    assert_non_null(visit);
    visit->protocol = &fksession_protocol;
    visit->protocol->begin(visit, 0);
    visit->protocol->late(visit, visit->deadline_ms - 1);
    CHECK_INT("not yet", VISIT_RUNNING, visit->outcome);
    visit->protocol->late(visit, visit->deadline_ms);
    CHECK_INT("once more", VISIT_RUNNING, visit->outcome);
    CHECK_INT("by the count", 0xb4, visit->out[3]);
    visit->protocol->late(visit, visit->deadline_ms);
    CHECK_INT("silent", VISIT_SILENT, visit->outcome);
    assert_non_null(strstr(visit->why, "Internet"));
    leave();
}

static void its_clock_is_set_only_when_ordered(void **state)
{
    struct fkpulled_plan plan = {0};
    (void)state;
    go(&plan, (struct wish){.purpose = VISIT_LOOK});
    CHECK_INT("not ordered", false, terminal.clock_set || visit->facts.clock_set);
    leave();
    go(&plan, (struct wish){.purpose = VISIT_LOOK, .set_clock = true});
    CHECK_INT("ordered", true, terminal.clock_set && visit->facts.clock_set);
    leave();
}

static void the_password_is_shown_to_nobody(void **state)
{
    struct fkpulled_plan plan = {.password = 0x11223344};
    (void)state;
    go(&plan, (struct wish){.purpose = VISIT_LOOK, .key = 0x11223344});
    CHECK_TEXT("masked", "ffffffff", frames);
    leave();
}

static void a_layout_that_was_shown_before_decides_between_three(void **state)
{
    struct fkpulled_plan plan = {.layout = 123, .records = 5, .faults = FKPULLED_TWO_FIT};
    (void)state;
    go(&plan, (struct wish){.purpose = VISIT_WHOLE});
    CHECK_INT("two fit", false, judge(0).sound);
    const struct visit_spool spool = {NULL, from_spool};
    struct visit_judging judging = {&spool, NULL, terminal.plan.clock, FKRECORD_12C};
    struct visit_verdict verdict;
    DO(visit->protocol->judge(visit, &judging, &verdict, &err));
    CHECK_INT("shown before", true, verdict.sound);
    CHECK_INT("as that", FKRECORD_12C, verdict.layout);
    leave();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_as_documented_byte_for_byte),
        cmocka_unit_test(each_layout_is_read_whole_whatever_the_pieces),
        cmocka_unit_test(only_what_is_new_is_read),
        cmocka_unit_test(misbehaviour_ends_well_or_takes_nothing),
        cmocka_unit_test(silence_closing_and_cutting_at_each_command_take_nothing),
        cmocka_unit_test(a_terminal_that_pushes_is_told_apart),
        cmocka_unit_test(its_clock_is_set_only_when_ordered),
        cmocka_unit_test(the_password_is_shown_to_nobody),
        cmocka_unit_test(a_layout_that_was_shown_before_decides_between_three),
    };
    return cmocka_run_group_tests_name("fksession", tests, NULL, NULL);
}
