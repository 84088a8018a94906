/* intake_fk, audit_fk: FkWeb by way of intake, from the request to what is stored and answered. */
#include "fk_terminal.h"

#include "outbox/outbox_proof.h"
#include "outbox/outbox_rejected.h"
#include "terminals/audit_fk.h"

/* Its count is asked for once more, and is this. */
static void count_again(int records)
{
    CHECK_TEXT("not at once", "ERROR_NO_CMD", poll("A1"));
    wait_s(AUDIT_FK_AGAIN_S);
    CHECK_TEXT("once more", "GET_DEVICE_STATUS", poll("A1"));
    CHECK_TEXT("status", "OK", result(handed(), status_of(records)));
}

/* The first day's audit of A1, which holds nothing. */
static void pass_first_audit(void)
{
    CHECK_TEXT("status first", "GET_DEVICE_STATUS", poll("A1"));
    CHECK_TEXT("status", "OK", result(handed(), status_of(0)));
    CHECK_INT("the whole log", 0, strncmp(poll("A1"), "GET_LOG_DATA {\"begin_time\":\"2000", 32));
    CHECK_TEXT("log", "OK", result(handed(), json("{\"log_count\":0}")));
    count_again(0);
    CHECK_TEXT("then nothing", "ERROR_NO_CMD", poll("A1"));
}

/* ---- punches ---- */

static void a_punch_is_acknowledged_once_it_is_stored(void **state)
{
    (void)state;
    CHECK_TEXT("new", "OK", glog("A1", "13", "20360304115900"));
    CHECK_TEXT("echo", "RTLogSendAction", item.fk.reply.trans_id);
    CHECK_INT("no body", 0, item.reply.len);
    CHECK_TEXT("again", "OK", glog("A1", "13", "20360304115900"));
    CHECK_TEXT("another", "OK", glog("A1", "14", "20360304115900"));
    CHECK_INT("stored", 2, waiting());
    struct outbox_device device = stored("A1");
    CHECK_INT("counted", 2, device.punches);
    CHECK_TEXT("kind", "fk", device.kind);
    CHECK_TEXT("address", "10.0.0.1", device.address);
}

static void an_alias_is_the_terminal(void **state)
{
    (void)state;
    CHECK_TEXT("new", "OK", glog("0001", "13", "20360304115900"));
    CHECK_INT("under its serial number", 1, stored("GATE").punches);
}

static void every_delivery_is_a_punch_a_known_refusal_or_set_aside(void **state)
{
    static const struct {
        const char *json;
        const char *code;
        int punches;
        int aside;
    } cases[] = {
        {"{\"io_time\":\"20360304115900\",\"user_id\":\"1\"}", "OK", 1, 0},
        {"{\"io_time\":\"20360304115900\",\"user_id\":\"0\",\"io_mode\":9}", "OK", 0, 0},
        {"{\"io_time\":\"20360304115900\",\"user_id\":\"\"}", "OK", 0, 1},
        {"{\"io_time\":\"20360631115900\",\"user_id\":\"1\"}", "OK", 0, 1},
        {"{\"user_id\":\"1\"}", "OK", 0, 1},
        {"{\"io_time\":\"20360304115900\",\"user_id\":007}", "ERROR_INVALID_LOG", 0, 0},
        {"{\"io_time\":\"20360304115900\",\"user_id\":", "ERROR_INVALID_LOG", 0, 0},
        {"", "ERROR_INVALID_LOG", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char dev_id[16];
        snprintf(dev_id, sizeof dev_id, "T%zu", i);
        int64_t before = waiting();
        int64_t aside = rejected();
        CHECK_TEXT(cases[i].json, cases[i].code,
                   ask("realtime_glog", dev_id, "", "", json(cases[i].json)));
        CHECK_INT(cases[i].json, cases[i].punches, waiting() - before);
        CHECK_INT(cases[i].json, cases[i].aside, rejected() - aside);
    }
    CHECK_INT("told", 3, times_told(EVENT_DELIVERY_UNREADABLE));
    CHECK_TEXT("why", "T5|1|a number in the JSON begins with zeros", told.strings[told.count - 3]);
}

static void bodies_that_are_none_are_never_acknowledged(void **state)
{
    static const struct span bodies[] = {
        {"", 0},
        {"\0\0\0\0", 4},
        {"\xff\xff\xff\xff{}", 6},
        {"\x02\0\0\0{}x", 7},
        {"{\"user_id\":\"1\",\"io_time\":\"20360304115900\"}", 43},
        {"\x03\0\0\0{}\0\x05\0\0\0ab", 13},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(bodies); i++) {
        CHECK_TEXT("body", "ERROR_INVALID_LOG", ask("realtime_glog", "A1", "", "", bodies[i]));
    }
    CHECK_INT("told once", 1, times_told(EVENT_DELIVERY_UNREADABLE));
    CHECK_INT("nothing stored", 0, waiting());
}

static void enrolment_and_the_unknown_are_answered_and_forgotten(void **state)
{
    static char finger[26000];
    (void)state;
    memset(finger, 'F', sizeof finger);
    struct span body = with_binary("{\"user_id\":\"1\",\"io_time\":\"20360304115900\"}",
                                   (struct span){finger, sizeof finger});
    CHECK_TEXT("enrolment", "OK", ask("realtime_enroll_data", "A1", "", "1", body));
    CHECK_TEXT("enrolment", "OK", ask("realtime_enroll_data", "A1", "", "0", body));
    CHECK_TEXT("door", "OK", ask("realtime_door_status", "A1", "", "", body));
    CHECK_TEXT("nonsense", "OK", ask("x", "A1", "", "", (struct span){"x", 1}));
    CHECK_INT("nothing stored", 0, waiting() + rejected());
}

static void who_is_refused_hears_so_in_its_own_words(void **state)
{
    (void)state;
    CHECK_TEXT("no dev_id", "ERROR_INVALID_DEV_ID", ask("realtime_glog", "", "", "", json("{}")));
    CHECK_INT("status", 400, item.reply.status);
    set_item(&item, "receive_cmd", "A1", "", "", json("{}"));
    assert_true(address_parse(SPAN("8.8.8.8"), &item.peer));
    struct intake_item *items[] = {&item};
    intake_answer(intake, items, 1, now);
    CHECK_TEXT("stranger", "ERROR_INVALID_DEV_ID", item.fk.reply.response_code);
    CHECK_INT("status", 403, item.reply.status);
}

static void whatever_the_path_the_headers_decide(void **state)
{
    static const char *const paths[] = {"/", "/hdata.aspx", "/iclock/cdata", "/hipbridge/", "/x/y"};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(paths); i++) {
        struct intake_item *items[] = {&item};
        char text[120];
        snprintf(text, sizeof text, "{\"io_time\":\"20360304115900\",\"user_id\":\"%zu\"}", i + 1);
        set_item(&item, "realtime_glog", "A1", "", "", json(text));
        item.request.path = span_of(paths[i]);
        intake_answer(intake, items, 1, now);
        CHECK_TEXT(paths[i], "OK", item.fk.reply.response_code);
        CHECK_INT(paths[i], i == 1 ? 9 : 0, item.reply.len);
    }
    CHECK_INT("stored", HB_COUNT(paths), waiting());
}

/* ---- parts ---- */

static void a_delivery_in_parts_is_one_and_is_acknowledged_with_the_last(void **state)
{
    static char photo[3000];
    struct span body = with_binary("{\"io_time\":\"20360304115900\",\"user_id\":\"1\"}",
                                   (struct span){photo, sizeof photo});
    size_t third = body.len / 3;
    (void)state;
    CHECK_TEXT("2 first", "ERROR_ADD_BLOCK_DATA",
               ask("realtime_glog", "A1", "t", "2", (struct span){body.at, third}));
    CHECK_TEXT("1", "OK", ask("realtime_glog", "A1", "t", "1", (struct span){body.at, third}));
    CHECK_TEXT("2", "OK",
               ask("realtime_glog", "A1", "t", "2", (struct span){body.at + third, third}));
    CHECK_INT("nothing yet", 0, waiting());
    CHECK_TEXT("the last", "OK",
               ask("realtime_glog", "A1", "t", "0",
                   (struct span){body.at + 2 * third, body.len - 2 * third}));
    CHECK_INT("stored", 1, waiting());
    /* The service was gone in between: the rest alone is no body. */
    CHECK_TEXT("a rest", "ERROR_INVALID_LOG",
               ask("realtime_glog", "A1", "t", "0",
                   (struct span){body.at + 2 * third, body.len - 2 * third}));
}

static void a_whole_delivery_after_parts_that_were_never_ended_is_its_own(void **state)
{
    static char photo[3000];
    (void)state;
    struct span body = with_binary("{\"io_time\":\"20360304115900\",\"user_id\":\"1\"}",
                                   (struct span){photo, sizeof photo});
    CHECK_TEXT("1", "OK", ask("realtime_glog", "A1", "t", "1", (struct span){body.at, 100}));
    CHECK_TEXT("whole", "OK",
               ask("realtime_glog", "A1", "t", "0",
                   json("{\"io_time\":\"20360304115900\",\"user_id\":\"2\"}")));
    CHECK_INT("stored", 1, waiting());
}

/* ---- what cannot be stored ---- */

static void what_cannot_be_stored_is_not_acknowledged_and_its_parts_wait(void **state)
{
    (void)state;
    struct span body = json("{\"io_time\":\"20360304115900\",\"user_id\":\"1\"}");
    CHECK_TEXT("1", "OK", ask("realtime_glog", "A1", "t", "1", (struct span){body.at, 20}));
    DO(outbox_begin(outbox, &err)); /* so that intake's own fails */
    CHECK_TEXT("0", "ERROR_DB_ACCESS",
               ask("realtime_glog", "A1", "t", "0", (struct span){body.at + 20, body.len - 20}));
    CHECK_INT("it looks at the word alone", 200, item.reply.status);
    outbox_rollback(outbox);
    CHECK_TEXT("0 again", "OK",
               ask("realtime_glog", "A1", "t", "0", (struct span){body.at + 20, body.len - 20}));
    CHECK_INT("stored", 1, waiting());
}

/* Uses most of a terminal's share, at once: by its deliveries alone it would take more than a
 * thousand transactions. */
static void use_share(const char *sn, size_t bytes)
{
    static char body[OUTBOX_SHARE];
    enum outbox_kept kept = OUTBOX_NO_ROOM;
    memset(body, 'x', bytes);
    const struct outbox_rejection rejection = {
        .device_sn = sn, .bytes = {body, bytes}, .reason = "x", .wall = now.unix_s};
    DO(outbox_begin(outbox, &err));
    DO(outbox_reject(outbox, &rejection, now.unix_s, &kept, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("it found room", OUTBOX_SET_ASIDE, kept);
}

/* What is set aside finds no room: a terminal that somebody named keeps its own copy. */
static void what_is_set_aside_past_the_share_is_not_acknowledged(void **state)
{
    static char text[3000];
    const char *code = "OK";
    int times = 0;
    (void)state;
    memset(text, 'x', sizeof text - 1);
    use_share("GATE", OUTBOX_SHARE - 64 * sizeof text);
    for (; strcmp(code, "OK") == 0 && times < 400; times++) {
        char body[sizeof text + 64];
        snprintf(body, sizeof body, "{\"n\":%d,\"user_id\":\"1\",\"x\":\"%s\"}", times, text);
        code = ask("realtime_glog", "0001", "", "", json(body));
    }
    CHECK_TEXT("no room", "ERROR_DB_ACCESS", code);
    CHECK_INT("some were kept", true, times > 10);
    CHECK_TEXT("a punch all the same", "OK", glog("0001", "13", "20360304115900"));
}

static void a_group_of_both_protocols_is_one_transaction(void **state)
{
    static struct intake_item one;
    static struct intake_item two;
    struct intake_item *items[] = {&one, &two};
    (void)state;
    set_item(&one, "realtime_glog", "A1", "", "",
             json("{\"io_time\":\"20360304115900\",\"user_id\":\"1\"}"));
    memset(&two, 0, sizeof two);
    two.request.method = ICLOCK_POST;
    two.request.path = SPAN("/iclock/cdata");
    two.request.query = SPAN("SN=B2&table=ATTLOG");
    two.request.body = SPAN("7\t2036-03-04 11:00:00\n");
    two.peer = one.peer;
    assert_true(intake_answer(intake, items, 2, now));
    CHECK_TEXT("fk", "OK", one.fk.reply.response_code);
    assert_null(two.fk.reply.response_code);
    CHECK_INT("iclock", 200, two.reply.status);
    CHECK_INT("stored", 2, waiting());
}

/* ---- clocks ---- */

static void a_poll_shows_the_terminals_clock(void **state)
{
    (void)state;
    poll_at("A1", "20360304120130");
    CHECK_INT("fine", 0, times_told(EVENT_TERMINAL_CLOCK_OFF));
    CHECK_INT("shown", 90, stored("A1").audit.clock_ahead_s);
    poll_at("A1", "20150101000012");
    poll_at("A1", "20150101000112");
    CHECK_INT("told once a day", 1, times_told(EVENT_TERMINAL_CLOCK_OFF));
    CHECK_INT("which", 0,
              strncmp("A1|2015-01-01 00:00:12|2036-03-04 12:00:05|",
                      last_told(EVENT_TERMINAL_CLOCK_OFF), 43));
}

/* ---- orders ---- */

static void orders_go_one_at_a_time_and_their_results_are_kept(void **state)
{
    (void)state;
    pass_first_audit();
    queue("A1", "INFO");
    queue("A1", "DATA QUERY ATTLOG StartTime=2036-03-01 00:00:00\tEndTime=2036-03-03 23:59:59");
    queue("A1", "SET CLOCK");
    queue("A1", "REBOOT");
    queue("A1", "CHECK");
    CHECK_TEXT("first", "GET_DEVICE_STATUS", poll("A1"));
    char first[FKWEB_TRANS_MAX + 1];
    snprintf(first, sizeof first, "%s", handed());
    CHECK_TEXT("no second", "ERROR_NO_CMD", poll("A1"));
    CHECK_TEXT("status", "OK", result(first, status_of(1697)));
    CHECK_TEXT("once", "OK", result(first, status_of(3)));
    CHECK_TEXT("info", "B02,7,9,1697", stored("A1").info);
    CHECK_TEXT("a period",
               "GET_LOG_DATA {\"begin_time\":\"20360301000000\",\"end_time\":\"20360303235959\"}",
               poll("A1"));
    CHECK_TEXT("a stranger's result", "OK", result("999", log_of(1, 3)));
    CHECK_INT("not taken", 0, waiting());
    poll_at("A1", "20360304120000");
    CHECK_TEXT("nothing meanwhile", "ERROR_NO_CMD", item.fk.reply.response_code);
    struct outbox_command out = newest("A1");
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)out.id - 3);
    CHECK_TEXT("log", "OK", result(id, log_of(100, 3)));
    CHECK_INT("taken", 3, waiting());
    CHECK_TEXT("clock", "SET_TIME {\"time\":\"20360304120110\"}", poll("A1"));
    CHECK_TEXT("clock", "OK", result(handed(), (struct span){"", 0}));
    CHECK_TEXT("reboot", "RESET_FK", poll("A1"));
    CHECK_INT("the order's id", 0, strcmp("", item.fk.reply.trans_id) == 0);
    CHECK_TEXT("CHECK is no order here", "ERROR_NO_CMD", poll("A1"));
    CHECK_TEXT("and said to be none", "Error=no such order", newest("A1").answer);
    CHECK_TEXT("none left", "ERROR_NO_CMD", poll("A1"));
}

static void an_order_without_an_answer_is_given_up(void **state)
{
    (void)state;
    pass_first_audit();
    queue("A1", "INFO");
    queue("A1", "SET CLOCK");
    CHECK_TEXT("first", "GET_DEVICE_STATUS", poll("A1"));
    wait_s(299);
    CHECK_TEXT("waited for", "ERROR_NO_CMD", poll("A1"));
    wait_s(1);
    CHECK_INT("next", 0, strncmp("SET_TIME", poll("A1"), 8));
    wait_s(300);
    CHECK_TEXT("given up", "ERROR_NO_CMD", poll("A1"));
    CHECK_TEXT("why", "Error=no answer", newest("A1").answer);
    CHECK_INT("result", -2, newest("A1").result);
}

static void an_order_that_is_refused_is_over(void **state)
{
    struct intake_item *items[] = {&item};
    (void)state;
    pass_first_audit();
    queue("A1", "SET CLOCK");
    poll("A1");
    char id[FKWEB_TRANS_MAX + 1];
    snprintf(id, sizeof id, "%s", handed());
    set_item(&item, "send_cmd_result", "A1", id, "", (struct span){"", 0});
    item.fk.request.return_code = SPAN("ERROR_UNKNOWN_CMD");
    intake_answer(intake, items, 1, now);
    CHECK_TEXT("heard", "OK", item.fk.reply.response_code);
    CHECK_TEXT("kept", "Error=ERROR_UNKNOWN_CMD", newest("A1").answer);
}

/* ---- the audit ---- */

static void what_a_terminal_holds_is_read_when_it_is_new(void **state)
{
    (void)state;
    glog("A1", "100", "20360303080000");
    CHECK_TEXT("not while it delivers", "ERROR_NO_CMD", poll("A1"));
    wait_s(AUDIT_QUIET_S);
    CHECK_TEXT("status", "GET_DEVICE_STATUS", poll("A1"));
    CHECK_TEXT("status", "OK", result(handed(), status_of(300)));
    CHECK_TEXT("all of it",
               "GET_LOG_DATA {\"begin_time\":\"20000101000000\",\"end_time\":\"20360305235959\"}",
               poll("A1"));
    char id[FKWEB_TRANS_MAX + 1];
    snprintf(id, sizeof id, "%s", handed());
    /* in 40 blocks */
    static char whole[400 * 48 + 200];
    struct span body = log_of(100, 300);
    memcpy(whole, body.at, body.len);
    size_t part = body.len / 40;
    for (int block = 1; block < 40; block++) {
        char number[16];
        snprintf(number, sizeof number, "%d", block);
        CHECK_TEXT(number, "OK",
                   ask("send_cmd_result", "A1", id, number,
                       (struct span){whole + part * (size_t)(block - 1), part}));
    }
    CHECK_TEXT("last", "OK",
               ask("send_cmd_result", "A1", id, "0",
                   (struct span){whole + part * 39, body.len - part * 39}));
    CHECK_INT("all here, once", 300, waiting());
    CHECK_INT("a new terminal's are no news", 0,
              times_told(EVENT_PUNCHES_MISSING) + times_told(EVENT_PUNCHES_ASKED_FOR));
    CHECK_TEXT("no more today", "ERROR_NO_CMD", poll("A1"));
}

static void each_day_its_last_days_are_read_and_all_when_some_are_missing(void **state)
{
    (void)state;
    pass_first_audit();
    wait_s(DAY_S);
    CHECK_TEXT("next day", "GET_DEVICE_STATUS", poll("A1"));
    CHECK_TEXT("as many", "OK", result(handed(), status_of(0)));
    CHECK_TEXT("its last days",
               "GET_LOG_DATA {\"begin_time\":\"20360303000000\",\"end_time\":\"20360306235959\"}",
               poll("A1"));
    CHECK_TEXT("one was lost", "OK", result(handed(), log_of(1, 1)));
    CHECK_TEXT("told", "A1|1|1|0", last_told(EVENT_PUNCHES_ASKED_FOR));
    count_again(1); /* this agrees for the first time: */
    count_again(1);
    CHECK_TEXT("then nothing", "ERROR_NO_CMD", poll("A1"));
    wait_s(DAY_S);
    CHECK_TEXT("day after", "GET_DEVICE_STATUS", poll("A1"));
    CHECK_TEXT("more", "OK", result(handed(), status_of(5)));
    CHECK_INT("all", 0, strncmp("GET_LOG_DATA {\"begin_time\":\"2000", poll("A1"), 32));
    CHECK_INT("told", 0,
              strncmp("A1|4|5|2000-01-01 00:00:00|", last_told(EVENT_PUNCHES_MISSING), 27));
    CHECK_TEXT("three come", "OK", result(handed(), log_of(1, 4)));
    CHECK_TEXT("told", "A1|4|3|1", last_told(EVENT_PUNCHES_ASKED_FOR));
    CHECK_INT("here", 4, waiting());
    count_again(5);
    CHECK_TEXT("then nothing", "ERROR_NO_CMD", poll("A1"));
    size_t before = times_told(EVENT_PUNCHES_MISSING);
    wait_s(DAY_S);
    poll("A1");
    result(handed(), status_of(4));
    CHECK_INT("the last days again", 0,
              strncmp("GET_LOG_DATA {\"begin_time\":\"20360305", poll("A1"), 36));
    CHECK_INT("no news", before, times_told(EVENT_PUNCHES_MISSING));
}

/* The order that it is handed, its clock being right. */
static const char *poll_in_time(void)
{
    char text[WALLTIME_TEXT_MAX];
    char digits[WALLTIME_TEXT_MAX];
    size_t len = 0;
    walltime_text(now.unix_s + (walltime)7 * 3600, text);
    for (const char *at = text; *at != '\0'; at++) {
        digits[len] = *at;
        len += *at >= '0' && *at <= '9';
    }
    digits[len] = '\0';
    poll_at("A1", digits);
    return item.fk.reply.order;
}

/* The same record so often, in one log. */
static struct span log_of_one(int times)
{
    static char whole[4096];
    struct span body = log_of(100, times);
    size_t head = body.len - (size_t)times * 48;
    memcpy(whole, body.at, body.len);
    for (int i = 1; i < times; i++) {
        memcpy(whole + head + (size_t)i * 48, whole + head, 48);
    }
    return (struct span){whole, body.len};
}

/* What is proven of it by what it says before its whole log, what that holds, and what it says
 * after; and the next day, by its count alone. */
static void a_whole_log_that_comes_out_even_is_a_proof(void **state)
{
    static const struct {
        const char *what;
        int before, rows, after;
        bool same;  /* the rows are one record */
        bool moves; /* it speaks from two addresses in turn */
        int live;   /* made after the log was sent, and pushed */
        int next;   /* what it says the day after */
        const char *first, *second;
    } cases[] = {
        {"even", 3, 3, 3, false, false, 0, 3, "read", "counted"},
        {"one more in between", 3, 4, 4, false, false, 0, 4, "read", "counted"},
        {"one more after it", 3, 3, 4, false, false, 1, 4, "read", "counted"},
        {"one more, which does not come", 3, 3, 4, false, false, 0, 4, "read", "read"},
        {"one record twice", 3, 3, 3, true, false, 0, 3, "read", "counted"},
        {"fewer than it said", 3, 2, 3, false, false, 0, 3, "none", "none"},
        {"more than it says afterwards", 3, 4, 3, false, false, 0, 3, "none", "none"},
        {"cleared in between", 3, 3, 0, false, false, 0, 0, "none", "counted"},
        {"nothing, of a voice that nothing is known of", 0, 0, 0, false, false, 0, 0, "none",
         "none"},
        {"two of that name", 3, 3, 3, false, true, 0, 3, "none", "none"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        const char *what = cases[i].what;
        struct outbox_proof proof;
        end_listening();
        scratch_end();
        assert_int_equal(scratch_begin(), 0);
        begin_listening("{}", (struct outbox_options){.skip_pushed = true}, INT64_C(2088219600));
        if (cases[i].moves) {
            static const char *const addresses[] = {"10.0.0.1", "10.0.0.2", "10.0.0.1"};
            for (size_t k = 0; k < HB_COUNT(addresses); k++) {
                peer_address = addresses[k];
                glog("A1", k == 1 ? "2" : "1", "20360303110000");
                wait_s(400);
            }
        }
        wait_s(AUDIT_QUIET_S);
        walltime opening = now.unix_s + (walltime)7 * 3600;
        CHECK_TEXT(what, "GET_DEVICE_STATUS", poll_in_time());
        result(handed(), status_of(cases[i].before));
        CHECK_TEXT(what, "GET_LOG_DATA", poll_in_time());
        result(handed(), cases[i].rows == 0 ? json("{\"log_count\":0}")
                         : cases[i].same    ? log_of_one(cases[i].rows)
                                            : log_of(100, cases[i].rows));
        wait_s(AUDIT_FK_AGAIN_S);
        if (cases[i].live > 0) {
            glog("A1", "7", "20360304120100");
        }
        CHECK_TEXT(what, "GET_DEVICE_STATUS", poll_in_time());
        result(handed(), status_of(cases[i].after));
        stored("A1");
        DO(outbox_proof(outbox, "A1", &proof, &err));
        CHECK_TEXT(what, cases[i].first, outbox_proof_words[proof.proof]);
        if (proof.proof == OUTBOX_PROOF_READ) {
            CHECK_INT(what, opening - COMPLETENESS_MARGIN_S, proof.through);
        }
        wait_s(DAY_S);
        for (int k = 0; k < 4; k++) { /* whatever it is asked */
            wait_s(AUDIT_FK_AGAIN_S);
            const char *order = poll_in_time();
            if (strcmp(order, "GET_LOG_DATA") == 0) {
                result(handed(), json("{\"log_count\":0}"));
            } else if (order[0] != '\0') {
                result(handed(), status_of(cases[i].next));
            }
        }
        stored("A1");
        DO(outbox_proof(outbox, "A1", &proof, &err));
        CHECK_TEXT(what, cases[i].second, outbox_proof_words[proof.proof]);
    }
    peer_address = "10.0.0.1";
}

static void a_log_in_a_layout_that_is_not_certain_is_not_taken(void **state)
{
    static const char two_fit[] = "\1\1\1\12\1\0\0\0\xea\x37\x3a\x92"; /* 12-B and 12-C */
    char records[5 * 12];
    (void)state;
    for (int i = 0; i < 5; i++) {
        memcpy(records + i * 12, two_fit, 12);
    }
    ask("receive_cmd", "A1", "", "", json("{\"fk_time\":\"20360304120000\"}"));
    CHECK_TEXT("status", "GET_DEVICE_STATUS", item.fk.reply.order);
    result(handed(), status_of(5));
    ask("receive_cmd", "A1", "", "", json("{\"fk_time\":\"20360304120000\"}"));
    CHECK_TEXT("log", "GET_LOG_DATA", item.fk.reply.order);
    CHECK_TEXT(
        "heard", "OK",
        result(handed(), with_binary("{\"log_count\":5,\"one_log_size\":12,\"log\":\"BIN_1\"}",
                                     (struct span){records, sizeof records})));
    int64_t keys = 0;
    DO(outbox_delivered_keys(outbox, "A1", INT64_MAX, &keys, &err));
    CHECK_INT("nor counted as delivered", 0, keys);
    CHECK_INT("none", 0, waiting());
    CHECK_TEXT("told", "A1|the records can be read in two layouts",
               last_told(EVENT_LAYOUT_NOT_KNOWN));
    assert_true(rejected() > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)
    const struct CMUnitTest tests[] = {
        TEST(a_punch_is_acknowledged_once_it_is_stored),
        TEST(an_alias_is_the_terminal),
        TEST(every_delivery_is_a_punch_a_known_refusal_or_set_aside),
        TEST(bodies_that_are_none_are_never_acknowledged),
        TEST(enrolment_and_the_unknown_are_answered_and_forgotten),
        TEST(who_is_refused_hears_so_in_its_own_words),
        TEST(whatever_the_path_the_headers_decide),
        TEST(a_delivery_in_parts_is_one_and_is_acknowledged_with_the_last),
        TEST(a_whole_delivery_after_parts_that_were_never_ended_is_its_own),
        TEST(what_cannot_be_stored_is_not_acknowledged_and_its_parts_wait),
        TEST(what_is_set_aside_past_the_share_is_not_acknowledged),
        TEST(a_group_of_both_protocols_is_one_transaction),
        TEST(a_poll_shows_the_terminals_clock),
        TEST(orders_go_one_at_a_time_and_their_results_are_kept),
        TEST(an_order_without_an_answer_is_given_up),
        TEST(an_order_that_is_refused_is_over),
        TEST(what_a_terminal_holds_is_read_when_it_is_new),
        TEST(each_day_its_last_days_are_read_and_all_when_some_are_missing),
        TEST(a_whole_log_that_comes_out_even_is_a_proof),
        TEST(a_log_in_a_layout_that_is_not_certain_is_not_taken),
    };
    return cmocka_run_group_tests_name("intake_fk", tests, NULL, NULL);
}
