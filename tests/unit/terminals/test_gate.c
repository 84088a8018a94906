/* gate: who may speak, whatever is asked; by way of intake. */
#include "listening.h"

#include "outbox/outbox_rejected.h"

static const char line[] = "1\t2026-01-15 08:01:02\t0\t1\n";
static const char row[] = "time=2026-01-15 08:01:02\tpin=1\tcardno=0\teventaddr=1\tevent=0\t"
                          "inoutstatus=0\tverifytype=1\tindex=1\n";
static const char clock_set[] = "OPLOG 21\t0\t2026-01-15 08:01:02\t0\t0\t0\t0\n";

static void open_with(const char *listener)
{
    char text[512];
    snprintf(text, sizeof text, "{\"listener\": {%s}}", listener);
    begin_listening(text, (struct outbox_options){0}, 1700000000);
}

/* The next case has an outbox of its own. */
static void close_case(void)
{
    end_listening();
    scratch_end();
    assert_int_equal(scratch_begin(), 0);
}

static struct intake_item *set_item(const char *from, enum iclock_method method, const char *path,
                                    const char *query, const char *body)
{
    static struct intake_item item;
    memset(&item, 0, sizeof item);
    item.request.method = method;
    item.request.path = span_of(path);
    item.request.query = span_of(query);
    item.request.body = span_of(body);
    assert_true(address_parse(span_of(from), &item.peer));
    return &item;
}

static int answer(struct intake_item *item)
{
    intake_answer(intake, &item, 1, now);
    return item->reply.status;
}

static int64_t waiting(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts.waiting + counts.rejected_lines;
}

static bool is_known(const char *sn)
{
    struct outbox_device device;
    bool found = false;
    now.steady_s += INTAKE_FLUSH_S;
    intake_flush(intake, now);
    DO(outbox_device(outbox, sn, &device, &found, &err));
    return found;
}

/* With `reject`, nothing of one that is not listed is stored, remembered, reported or answered. */
static void who_is_not_listed_leaves_nothing_behind(void **state)
{
    static const struct {
        enum iclock_method method;
        const char *path;
        const char *query;
        const char *body;
        int status;
    } cases[] = {
        {ICLOCK_POST, "/iclock/cdata", "table=ATTLOG", line, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=&table=ATTLOG", line, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=%20&table=ATTLOG", line, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=STRANGE&table=ATTLOG", line, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=A%001&table=ATTLOG", line, 403},
        {ICLOCK_POST, "/iclock/cdata", "table=rtlog", row, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=&table=rtlog", row, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=STRANGE&table=rtlog", row, 403},
        {ICLOCK_POST, "/iclock/cdata", "table=tabledata&tablename=transaction&count=1", row, 403},
        {ICLOCK_POST, "/iclock/querydata", "tablename=transaction&count=1", row, 403},
        {ICLOCK_POST, "/iclock/querydata", "SN=&tablename=transaction&count=1", row, 403},
        {ICLOCK_POST, "/iclock/cdata", "table=transaction", row, 403},
        {ICLOCK_POST, "/iclock/cdata", "table=OPERLOG", clock_set, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=&table=OPERLOG", clock_set, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=STRANGE&table=OPERLOG", clock_set, 403},
        {ICLOCK_POST, "/iclock/cdata", "table=USERINFO", "PIN=1", 403},
        {ICLOCK_POST, "/iclock/devicecmd", "", "ID=1&Return=0", 403},
        {ICLOCK_POST, "/", "", line, 403},
        {ICLOCK_POST, "/anything", "SN=STRANGE", line, 403},
        {ICLOCK_GET, "/iclock/getrequest", "INFO=V,1,1,5", "", 403},
        {ICLOCK_GET, "/iclock/getrequest", "SN=STRANGE&INFO=V,1,1,5", "", 403},
        {ICLOCK_GET, "/iclock/cdata", "SN=STRANGE&options=all", "", 403},
        {ICLOCK_GET, "/iclock/cdata", "type=time", "", 403},
        {ICLOCK_POST, "/iclock/registry", "", "DeviceType=acc", 403},
        {ICLOCK_POST, "/iclock/push", "", "", 403},
        {ICLOCK_GET, "/iclock/ping", "", "", 403},
        {ICLOCK_GET, "/iclock/other", "", "", 403},
        /* refused whoever asks */
        {ICLOCK_GET, "/", "", "", 404},
        {ICLOCK_HEAD, "/iclock/cdata", "SN=STRANGE", "", 405},
        {ICLOCK_GET, "/iclock/file", "SN=STRANGE", "", 404},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[96];
        open_with("\"unknown_devices\": \"reject\", \"devices\": [{\"sn\": \"MINE\"}]");
        snprintf(input, sizeof input, "%s?%s", cases[i].path, cases[i].query);
        CHECK_INT(input, cases[i].status,
                  answer(set_item("192.168.1.9", cases[i].method, cases[i].path, cases[i].query,
                                  cases[i].body)));
        CHECK_INT(input, 0, waiting());
        CHECK_INT(input, cases[i].status == 403, times_told(EVENT_REQUEST_REFUSED));
        CHECK_INT(input, 0, times_told(EVENT_TERMINAL_CLOCK_SET));
        CHECK_INT(input, false, is_known("STRANGE"));
        CHECK_INT(input, false, is_known("HIP_DEVICE_1"));
        close_case();
    }
}

/* Where the terminal without a name is listed, it may send what it always did, from its address. */
static void a_terminal_without_a_name_is_the_default_one(void **state)
{
    static const struct {
        const char *from;
        const char *query;
        const char *body;
        int status;
    } cases[] = {
        {"192.168.1.7", "table=ATTLOG", line, 200},
        {"192.168.1.7", "table=rtlog", row, 200},
        {"192.168.1.7", "SN=&table=tabledata&tablename=transaction", row, 200},
        {"192.168.1.8", "table=ATTLOG", line, 403},
        {"192.168.1.8", "table=rtlog", row, 403},
        {"192.168.1.8", "SN=&table=OPERLOG", clock_set, 403},
        {"192.168.1.7", "SN=a%00b&table=ATTLOG", line, 403},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        open_with("\"unknown_devices\": \"reject\", \"devices\": [{\"sn\": \"HIP_DEVICE_1\", "
                  "\"address\": \"192.168.1.7\"}]");
        CHECK_INT(cases[i].query, cases[i].status,
                  answer(set_item(cases[i].from, ICLOCK_POST, "/iclock/cdata", cases[i].query,
                                  cases[i].body)));
        CHECK_INT(cases[i].query, cases[i].status == 200, waiting());
        close_case();
    }
}

/* Otherwise its address, and its row, would be walked round by a change of case. */
static void a_listed_terminal_is_the_same_in_any_case(void **state)
{
    static const struct {
        const char *from;
        const char *sn;
        int status;
    } cases[] = {
        {"192.168.1.7", "CDQ9A", 200},    {"192.168.1.7", "cdq9a", 200},
        {"192.168.1.8", "CDQ9A", 403},    {"192.168.1.8", "cdq9a", 403},
        {"192.168.1.8", "Cdq9A", 403},    {"192.168.1.8", "%63dq9a", 403},
        {"192.168.1.8", "cdq9a%20", 403},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char query[64];
        open_with("\"devices\": [{\"sn\": \"CDQ9A\", \"address\": \"192.168.1.7\"}]");
        snprintf(query, sizeof query, "SN=%s&table=ATTLOG", cases[i].sn);
        CHECK_INT(query, cases[i].status,
                  answer(set_item(cases[i].from, ICLOCK_POST, "/iclock/cdata", query, line)));
        CHECK_INT(query, cases[i].status == 200, is_known("CDQ9A"));
        CHECK_INT(query, false, is_known("cdq9a"));
        close_case();
    }
}

/* A page anywhere can have a browser in the network post to this PC. */
static void what_a_web_page_sends_is_refused(void **state)
{
    static const struct {
        enum iclock_method method;
        const char *path;
        const char *query;
        const char *body;
        int status;
    } cases[] = {
        {ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG", line, 403},
        {ICLOCK_POST, "/iclock/cdata", "SN=A1&table=rtlog", row, 403},
        {ICLOCK_POST, "/", "", line, 403},
        {ICLOCK_GET, "/iclock/getrequest", "SN=A1&INFO=V,1,1,9", "", 403},
        {ICLOCK_POST, "/iclock/devicecmd", "SN=A1", "ID=1&Return=0", 403},
        {ICLOCK_GET, "/iclock/cdata", "SN=A1&options=all&DeviceType=pid", "", 403},
        {ICLOCK_GET, "/iclock/ping", "", "", 403},
        {ICLOCK_GET, "/", "", "", 404},
        {ICLOCK_GET, "/favicon.ico", "", "", 404},
        {ICLOCK_OTHER_METHOD, "/iclock/cdata", "SN=A1", "", 405},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        open_with("");
        struct intake_item *item =
            set_item("127.0.0.1", cases[i].method, cases[i].path, cases[i].query, cases[i].body);
        item->request.browser = true;
        CHECK_INT(cases[i].path, cases[i].status, answer(item));
        CHECK_INT(cases[i].path, 0, waiting());
        CHECK_INT(cases[i].path, false, is_known("A1"));
        CHECK_INT(cases[i].path, cases[i].status == 403, times_told(EVENT_REQUEST_REFUSED));
        close_case();
    }
}

/* Before its body is waited for, and once: told twice it would be two. */
static void who_may_not_speak_is_told_so_by_the_head(void **state)
{
    static const struct {
        const char *from;
        const char *path;
        const char *query;
        bool admitted;
        int status;
    } cases[] = {
        {"192.168.1.9", "/iclock/cdata", "SN=MINE&table=ATTLOG", true, 200},
        {"192.168.1.9", "/iclock/cdata", "SN=OTHER&table=ATTLOG", false, 403},
        {"192.168.1.9", "/iclock/cdata", "table=ATTLOG", false, 403},
        {"8.8.8.8", "/iclock/cdata", "SN=MINE&table=ATTLOG", false, 403},
        {"192.168.1.9", "/hipbridge/", "SN=MINE", false, 404},
        /* what it is, only its body says */
        {"192.168.1.9", "/anything", "SN=OTHER", true, 403},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        open_with("\"unknown_devices\": \"reject\", \"devices\": [{\"sn\": \"MINE\"}]");
        struct intake_item *item =
            set_item(cases[i].from, ICLOCK_POST, cases[i].path, cases[i].query, "");
        CHECK_INT(cases[i].query, cases[i].admitted, intake_admits(intake, item, false, now));
        if (cases[i].admitted) {
            item->request.body = span_of(line);
            answer(item);
        }
        CHECK_INT(cases[i].query, cases[i].status, item->reply.status);
        CHECK_INT(cases[i].query, cases[i].status == 403, times_told(EVENT_REQUEST_REFUSED));

        item = set_item(cases[i].from, ICLOCK_POST, cases[i].path, cases[i].query, line);
        CHECK_INT(cases[i].query, cases[i].status == 200, intake_admits(intake, item, true, now));
        CHECK_INT(cases[i].query, cases[i].status, answer(item));
        close_case();
    }
}

static bool count_one(void *context, const struct outbox_rejected *rejected)
{
    (void)rejected;
    (*(size_t *)context)++;
    return true;
}

/* Whoever it is of: what it brings is kept, nobody is heard, and nothing is told as refused. */
static void what_no_serial_number_brings_is_kept(void **state)
{
    static const struct {
        const char *path;
        const char *query;
    } cases[] = {
        {"/iclock/cdata", "SN=X1,table=ATTLOG"},       {"/iclock/cdata", "SN=\"X1\"&table=ATTLOG"},
        {"/iclock/cdata", "SN==X1&table=ATTLOG"},      {"/iclock/cdata", "serial=X1&table=ATTLOG"},
        {"/iclock/cdata", "SN=X1&SN=X2&table=ATTLOG"}, {"/iclock/cdata/SN=X1", "table=ATTLOG"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        size_t kept = 0;
        open_with("\"devices\": [{\"sn\": \"HIP_DEVICE_1\"}]");
        struct intake_item *item =
            set_item("192.168.1.9", ICLOCK_POST, cases[i].path, cases[i].query, "");
        CHECK_INT(cases[i].query, true, intake_admits(intake, item, false, now));
        item->request.body = span_of(line);
        CHECK_INT(cases[i].query, 200, answer(item));
        CHECK_INT(cases[i].query, 1, waiting());
        DO(outbox_each_rejected(outbox, 10, false, count_one, &kept, &err));
        CHECK_INT(cases[i].query, 1, kept);
        CHECK_INT(cases[i].query, 0, times_told(EVENT_REQUEST_REFUSED));
        intake_flush(intake, now);
        CHECK_INT(cases[i].query, false, is_known("HIP_DEVICE_1"));
        CHECK_INT(cases[i].query, false, is_known("X1"));
        close_case();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(who_is_not_listed_leaves_nothing_behind),
        SCRATCH_TEST(a_terminal_without_a_name_is_the_default_one),
        SCRATCH_TEST(a_listed_terminal_is_the_same_in_any_case),
        SCRATCH_TEST(what_a_web_page_sends_is_refused),
        SCRATCH_TEST(who_may_not_speak_is_told_so_by_the_head),
        SCRATCH_TEST(what_no_serial_number_brings_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
