/* Orders of head office against a real server: each of the list is carried out once and answered;
 * nothing else is. Run by with_mariadb.sh or another server's script. */
#include "odd_tables.h"
#include "cloud/cloud_orders.h"
#include "outbox/outbox_command.h"
#include "outbox/outbox_feed.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_pull.h"
#include "iclock/iclock.h"
#include "terminals/orders.h"

static struct outbox_feed us;
static int syncs, pulls;
static size_t done_events, unreadable_events;
static char done_words[ERROR_TEXT_MAX];
static int64_t now;

static void sync_now(void *context)
{
    (void)context;
    syncs++;
}

static void pull_now(void *context)
{
    (void)context;
    pulls++;
}

static bool begin_order(void *context, struct outbox *box, struct outbox_order *order,
                        int64_t now_s, struct error *error)
{
    static const struct orders_deeds deeds = {sync_now, pull_now, NULL};
    (void)context;
    return orders_begin(box, &whole, &deeds, order, now_s, error);
}

static bool look_at_order(void *context, struct outbox *box, struct outbox_order *order,
                          int64_t now_s, struct error *error)
{
    (void)context;
    return orders_look(box, &whole, order, now_s, error);
}

static void take_order_event(void *context, enum event_id id, size_t count,
                             const char *const *strings)
{
    take_event(context, id, count, strings);
    if (id == EVENT_ORDER_DONE) {
        done_events++;
        snprintf(done_words, sizeof done_words, "%s = %s", strings[0], strings[1]);
    } else if (id == EVENT_ORDERS_UNREADABLE) {
        unreadable_events++;
        snprintf(done_words, sizeof done_words, "%s", strings[1]);
    }
}

static void start_office(void)
{
    static const struct event_sink order_sink = {take_order_event, NULL};
    static const struct office_hands hands = {begin_order, look_at_order, NULL};
    static const struct report_service service = {.orders = &hands};
    uploader_free(uploader);
    uploader = uploader_new(&whole, outbox, &order_sink, &service, &err);
    assert_non_null(uploader);
}

/* Some turns, ten seconds apart. */
static void turns(int count)
{
    for (int i = 0; i < count; i++) {
        now += 10;
        uploader_hurry(uploader);
        for (int steps = 0; steps < 10 && uploader_step(uploader, now) == 0; steps++) {
        }
    }
}

static struct config_pulled pulled = {.port = 4370};

static int begin_orders(void **state)
{
    static const names same = {NULL};
    (void)state;
    if (begin_table(&same, "device_logs") != 0) {
        return -1;
    }
    sql("DROP TABLE IF EXISTS bridge_orders");
    whole.database.orders = true;
    whole.sync.enabled = true;
    whole.pull.enabled = true;
    whole.pull.terminals = &pulled;
    whole.pull.terminal_count = 1;
    syncs = pulls = 0;
    done_events = unreadable_events = 0;
    done_words[0] = '\0';
    now = NOW;
    struct outbox_device device = {.last_seen_s = NOW};
    snprintf(device.sn, sizeof device.sn, "TEST1");
    snprintf(device.push_version, sizeof device.push_version, "2.4.1");
    DO(outbox_begin(outbox, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_devices_settle(outbox, &err));
    DO(outbox_commit(outbox, &err));
    start_office();
    turns(1); /* makes the tables */
    DO(outbox_feed(outbox, &us, &err));
    return 0;
}

static int end_orders(void **state)
{
    (void)state;
    end_table();
    return 0;
}

/* NULL where the column is to be NULL. */
static long long give(const char *bridge, const char *sn, const char *name, const char *argument)
{
    char text[1024];
    char quoted[64];
    snprintf(quoted, sizeof quoted, "'%s'", sn != NULL ? sn : "");
    snprintf(text, sizeof text,
             "INSERT INTO bridge_orders (bridge, device_sn, order_name, argument) VALUES ('%s', %s,"
             " '%s', '%s')",
             bridge, sn != NULL ? quoted : "NULL", name, argument);
    sql(text);
    return sql_number("SELECT LAST_INSERT_ID()");
}

static void result_of(long long id, char out[600])
{
    char text[200];
    snprintf(text, sizeof text,
             "SELECT CONCAT(taken_at IS NOT NULL, done_at IS NOT NULL, ' ', COALESCE(result, ''))"
             " FROM bridge_orders WHERE id = %lld",
             id);
    sql_text(text, out, 600);
}

#define CHECK_RESULT(id, expected)                                                                 \
    do {                                                                                           \
        char got[600];                                                                             \
        result_of(id, got);                                                                        \
        if (strncmp(got, expected, strlen(expected)) != 0) {                                       \
            fail_msg("expected \"%s\", got \"%s\"", expected, got);                                \
        }                                                                                          \
    } while (0)

static bool keep_newest(void *context, const struct outbox_command *command)
{
    *(struct outbox_command *)context = *command;
    return false;
}

/* The terminal fetches its newest command, and says how it went. */
static void answer_as_terminal(const char *expected, int32_t result, const char *answer)
{
    struct outbox_command command = {.id = 0};
    bool found = false;
    DO(outbox_each_command(outbox, "TEST1", keep_newest, &command, &err));
    CHECK_INT(command.text, true, strncmp(command.text, expected, strlen(expected)) == 0);
    DO(outbox_begin(outbox, &err));
    DO(outbox_command_sent(outbox, command.id, now, &err));
    DO(outbox_command_done(outbox, "TEST1", command.id, result, span_of(answer), now, &found,
                           &err));
    DO(outbox_commit(outbox, &err));
    assert_true(found);
}

static void a_terminals_orders_end_with_its_word(void **state)
{
    (void)state;
    static const struct {
        const char *name, *argument, *command;
        int32_t result;
        const char *answer, *words;
    } cases[] = {
        {"info", "", "INFO", 0, "Ver 8.0", "11 done: the terminal's result is 0. Ver 8.0"},
        {"set-clock", "", "SET CLOCK", 0, "", "11 done: the terminal's result is 0"},
        {"resend", "2026-11-01..2026-11-30", "DATA QUERY ATTLOG StartTime=2026-11-01 00:00:00", 0,
         "", "11 done"},
        {"resend", "2026-11-01 08:00:00..2026-11-01 09:00:00",
         "DATA QUERY ATTLOG StartTime=2026-11-01 08:00:00\tEndTime=2026-11-01 09:00:00", -1002, "",
         "11 refused: the terminal's result is -1002"},
        {"info", "", "INFO", ICLOCK_NO_RESULT, "?", "11 done: the terminal answered, but not how"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        long long id = give(us.bridge, "TEST1", cases[i].name, cases[i].argument);
        turns(1);
        CHECK_RESULT(id, "10 ");
        answer_as_terminal(cases[i].command, cases[i].result, cases[i].answer);
        turns(1);
        CHECK_RESULT(id, cases[i].words);
        CHECK_INT(cases[i].name, i + 1, done_events);
        turns(1);
        CHECK_INT("told once", i + 1, done_events);
    }
}

static void the_service_does_its_own(void **state)
{
    (void)state;
    struct outbox_pull pull = {.place = "192.168.1.202:4370", .sn = "OLD", .held = -1};
    char text[32];
    long long sync = give(us.bridge, NULL, "sync-now", "");
    long long read = give(us.bridge, NULL, "pull-now", "");
    turns(2);
    CHECK_RESULT(sync, "10 ");
    CHECK_RESULT(read, "10 ");
    CHECK_INT("once", 1, syncs);
    CHECK_INT("once", 1, pulls);
    snprintf(text, sizeof text, "%lld", (long long)now);
    pull.visited_s = now;
    DO(outbox_begin(outbox, &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_SYNC_LAST_RUN, text, &err));
    DO(outbox_pull_save(outbox, &pull, &err));
    DO(outbox_commit(outbox, &err));
    turns(1);
    CHECK_RESULT(sync, "11 done: the log folder was read");
    CHECK_RESULT(read, "11 done: 1 of 1 terminals were visited, 1 of them without trouble");
}

static void punches_go_up_again(void **state)
{
    (void)state;
    append_all("requeue");
    turns(1);
    CHECK_INT("all there", PUNCHES, sql_number("SELECT COUNT(*) FROM device_logs"));
    sql("DELETE FROM device_logs");
    long long id = give(us.bridge, NULL, "requeue", "2026-09-01..2026-12-31");
    turns(1);
    char words[40];
    snprintf(words, sizeof words, "11 done: %d punches go up again", (int)PUNCHES);
    CHECK_RESULT(id, words);
    CHECK_INT("there again", PUNCHES, sql_number("SELECT COUNT(*) FROM device_logs"));
}

/* Whatever somebody writes there: nothing but the list. */
static void nothing_else_is_done(void **state)
{
    (void)state;
    static const struct {
        const char *sn, *name, *argument, *words;
    } cases[] = {
        {"TEST1", "reboot", "", "11 refused: no order is called so"},
        {"TEST1", "INFO", "", "11 refused: no order is called so"},
        {"TEST1", "", "", "11 refused: no order is called so"},
        {"TEST1", "info; reboot", "", "11 refused: no order is called so"},
        {"TEST1", "resend", "", "11 refused: the argument is no period"},
        {"TEST1", "resend", "2026-11-02..2026-11-01", "11 refused: the argument is no period"},
        {"TEST1", "resend", "2569-11-01..2569-11-02",
         "11 refused: the argument has the Buddhist year 2569; write 2026"},
        {"TEST1", "resend", "2026-11-01..2569-11-02",
         "11 refused: the argument has the Buddhist year 2569; write 2026"},
        {"TEST1", "resend", "2026-11-01..2026-11-02\tC:9:REBOOT",
         "11 refused: the argument is no date"},
        {NULL, "info", "", "11 refused: device_sn must name the terminal"},
        {"", "set-clock", "", "11 refused: device_sn must name the terminal"},
        {"T 1", "info", "", "11 refused: device_sn cannot be a serial number"},
        {"NOBODY", "info", "", "11 refused: no terminal NOBODY has spoken"},
        {"OLD", "info", "", "11 refused: OLD is read by the service"},
        {"TEST1", "requeue", "2026-11-01..2026-11-02", "11 refused: requeue is of all terminals"},
        {NULL, "requeue", "all", "11 refused: the argument is no period"},
    };
    const struct outbox_pull pull = {.place = "192.168.1.202:4370", .sn = "OLD"};
    struct outbox_command command = {.id = 0};
    DO(outbox_begin(outbox, &err));
    DO(outbox_pull_save(outbox, &pull, &err));
    DO(outbox_commit(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        long long id = give(us.bridge, cases[i].sn, cases[i].name, cases[i].argument);
        turns(1);
        CHECK_RESULT(id, cases[i].words);
    }
    DO(outbox_each_command(outbox, "TEST1", keep_newest, &command, &err));
    CHECK_INT("no terminal was told anything", 0, command.id);
    CHECK_INT("nor anything done", 0, syncs + pulls);
    whole.sync.enabled = whole.pull.enabled = false;
    long long sync = give(us.bridge, NULL, "sync-now", "");
    long long read = give(us.bridge, NULL, "pull-now", "");
    turns(1);
    CHECK_RESULT(sync, "11 refused: sync.enabled is false");
    CHECK_RESULT(read, "11 refused: no terminal is read");
}

static void each_is_carried_out_once(void **state)
{
    (void)state;
    char text[200];
    long long other = give("00112233445566aa", "TEST1", "info", "");
    long long old = give(us.bridge, NULL, "sync-now", "");
    snprintf(text, sizeof text,
             "UPDATE bridge_orders SET created_at = created_at - INTERVAL 25 HOUR WHERE id = %lld",
             old);
    sql(text);
    turns(1);
    CHECK_RESULT(other, "00 ");
    CHECK_RESULT(old, "11 expired: it was given more than a day ago");
    CHECK_INT("not carried out", 0, syncs);
    /* the table forgets: it is not done again, and told again */
    long long id = give(us.bridge, NULL, "sync-now", "");
    turns(1);
    sql("UPDATE bridge_orders SET taken_at = NULL");
    start_office();
    turns(2);
    CHECK_INT("once", 1, syncs);
    CHECK_RESULT(id, "10 ");
    /* a table that was emptied gives the id anew */
    sql("TRUNCATE TABLE bridge_orders");
    sql("SET timestamp = UNIX_TIMESTAMP() + 5");
    for (long long again = 0; again < id;) {
        again = give(us.bridge, NULL, "sync-now", "");
    }
    sql("SET timestamp = DEFAULT");
    turns(1);
    CHECK_INT("each of them", 1 + (int)id, syncs);
    /* an outbox made anew does not do again what was taken */
    id = give(us.bridge, NULL, "sync-now", "");
    snprintf(text, sizeof text, "UPDATE bridge_orders SET taken_at = NOW() WHERE id = %lld", id);
    sql(text);
    int before = syncs;
    turns(1);
    CHECK_RESULT(id, "11 refused: it was taken before");
    CHECK_INT("not done", before, syncs);
}

/* The database is away when the result is known: it is told when it is back, and done once. */
static void a_result_outlives_the_line(void **state)
{
    (void)state;
    long long id = give(us.bridge, "TEST1", "info", "");
    turns(1);
    CHECK_RESULT(id, "10 ");
    answer_as_terminal("INFO", 0, "Ver 9");
    use_host(0, "localhost", 1);
    whole.database.hosts[0].port = 1;
    start_office(); /* killed, and nobody answers */
    turns(3);
    CHECK_RESULT(id, "10 ");
    whole.database.hosts[0].port = server_port;
    start_office();
    turns(2);
    CHECK_RESULT(id, "11 done: the terminal's result is 0. Ver 9");
    CHECK_INT("told once", 1, done_events);
}

static void a_terminal_that_says_nothing_ends_too(void **state)
{
    (void)state;
    long long id = give(us.bridge, "TEST1", "info", "");
    turns(1);
    now += ORDER_EXPIRES_S - 100;
    turns(1);
    CHECK_RESULT(id, "10 ");
    now += 100;
    turns(1);
    CHECK_RESULT(id, "11 no answer: the terminal did not ask for it in a day");
}

static void without_leave_the_table_is_not_read(void **state)
{
    (void)state;
    long long id = give(us.bridge, NULL, "sync-now", "");
    whole.database.orders = false;
    start_office();
    turns(10);
    CHECK_RESULT(id, "00 ");
    sql("DROP TABLE bridge_orders");
    turns(10);
    CHECK_INT("nobody misses it", 0, unreadable_events + done_events);
    CHECK_INT("nor is it made", 0,
              sql_number("SELECT COUNT(*) FROM information_schema.tables WHERE table_name ="
                         " 'bridge_orders' AND table_schema = 'hip'"));
}

static void a_right_that_lacks_costs_one_event(void **state)
{
    (void)state;
    sql("DROP USER IF EXISTS few@'%'");
    sql("CREATE USER few@'%' IDENTIFIED BY 'right'");
    sql("GRANT SELECT, INSERT, UPDATE ON hip.device_logs TO few@'%'");
    strcpy(whole.database.user, "few");
    append_all("few");
    start_office();
    turns(30);
    CHECK_INT("one", 1, unreadable_events);
    CHECK_INT(done_words, true, strstr(done_words, "GRANT SELECT, UPDATE ON `hip`") != NULL);
    CHECK_INT("no punch is held up", PUNCHES, check_sum("few"));
    sql("GRANT SELECT, UPDATE ON hip.bridge_orders TO few@'%'");
    long long id = give(us.bridge, NULL, "sync-now", "");
    turns(1);
    CHECK_RESULT(id, "10 ");
    sql("DROP USER few@'%'");
}

int main(void)
{
    int unready = server_begin();
    if (unready != 0) {
        return unready;
    }
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin_orders, end_orders)
    const struct CMUnitTest tests[] = {
        CASE(a_terminals_orders_end_with_its_word),
        CASE(the_service_does_its_own),
        CASE(punches_go_up_again),
        CASE(nothing_else_is_done),
        CASE(each_is_carried_out_once),
        CASE(a_result_outlives_the_line),
        CASE(a_terminal_that_says_nothing_ends_too),
        CASE(without_leave_the_table_is_not_read),
        CASE(a_right_that_lacks_costs_one_event),
    };
    int failed = cmocka_run_group_tests_name("cloud_orders", tests, NULL, NULL);
    server_end();
    return failed;
}
