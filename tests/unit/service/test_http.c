/*
 * The listener and the status page, each with its thread, beside a stand-in for Windows' HTTP
 * server (fake_httpapi.h): what opening and closing may answer, receives that all fail, the order
 * of the end, and deliveries from the first byte to the outbox.
 */
#include "scratch_outbox.h"

#include "config/config.h"
#include "http/listener.h"
#include "http/page.h"
#include "service/fake_httpapi.h"
#include "no_events.h"

enum { AWAIT_MS = 5000, PUNCHES = 20000, PAGE_SLOTS = 24 };

#define LISTENER_URL L"http://+:9090/"
#define PAGE_URL L"http://+:9090/hipbridge/"

static struct config *config;
static struct listener *listener;
static struct page *page;
static HANDLE appended;

static int set_up(void **state)
{
    char text[FILE_PATH_MAX * 2];
    char path[FILE_PATH_MAX * 2];
    size_t len = 0;
    (void)state;
    fake_begin();
    drop_outbox(new_outbox()); /* a folder's name */
    assert_int_equal(scratch_begin(), 0);
    outbox_close(open_outbox((struct outbox_options){0}));
    for (const char *at = scratch_path("outbox.db"); *at != '\0'; at++) {
        path[len++] = *at == '\\' ? '/' : *at;
    }
    path[len] = '\0';
    snprintf(text, sizeof text, "{\"outbox\": {\"path\": \"%s\"}}", path);
    config = config_parse(span_of(text), "config.json", &err);
    assert_non_null(config);
    appended = CreateEventW(NULL, FALSE, FALSE, NULL);
    return 0;
}

static void begin_listener(void)
{
    listener = listener_start(config, &events, appended, &err);
    if (listener == NULL) {
        fail_msg("%s", err.text);
    }
}

static void begin_page(void)
{
    page = page_start(config, &err);
    if (page == NULL) {
        fail_msg("%s", err.text);
    }
}

static void await_end(HANDLE thread)
{
    CHECK_INT("the thread ends", WAIT_OBJECT_0, WaitForSingleObject(thread, AWAIT_MS));
}

static void end_all(void)
{
    if (listener != NULL) {
        await_end(listener_stop(listener));
        listener_free(listener);
        listener = NULL;
    }
    if (page != NULL) {
        await_end(page_stop(page));
        page_free(page);
        page = NULL;
    }
}

static int tear_down(void **state)
{
    (void)state;
    end_all();
    fake_end();
    CloseHandle(appended);
    config_free(config);
    scratch_end();
    return 0;
}

static void answered(const char *name, uint64_t id, int status)
{
    struct fake_reply reply;
    if (!fake_await(id, &reply, AWAIT_MS)) {
        fail_msg("[%s] no answer", name);
    }
    CHECK_INT(name, status, reply.status);
}

static uint64_t ping(void)
{
    return fake_request(&(struct fake_request){.url = "/iclock/ping?SN=A1"});
}

static uint64_t look(const char *url)
{
    return fake_request(&(struct fake_request){.url = url, .from_here = true});
}

#define STATUS "/hipbridge/status.json"

/* ---- opening and closing ---- */

static const struct opening {
    enum fake_call call;
    ULONG code;
} openings[] = {
    {FAKE_INITIALIZE, 87},       {FAKE_INITIALIZE, 5},      {FAKE_INITIALIZE, 1450},
    {FAKE_CREATE_SESSION, 1306}, {FAKE_CREATE_SESSION, 87}, {FAKE_CREATE_GROUP, 87},
    {FAKE_CREATE_QUEUE, 1306},   {FAKE_CREATE_QUEUE, 87},   {FAKE_CREATE_QUEUE, 183},
    {FAKE_CREATE_QUEUE, 5},      {FAKE_CREATE_QUEUE, 1114}, {FAKE_ADD_URL, 87},
    {FAKE_ADD_URL, 5},           {FAKE_ADD_URL, 183},       {FAKE_ADD_URL, 32},
};

static void what_cannot_be_opened_is_told_and_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(openings); i++) {
        char name[64];
        snprintf(name, sizeof name, "opening %zu: error %lu", i, (unsigned long)openings[i].code);
        error_clear(&err);
        fake_script(openings[i].call, FAKE_AT_ONCE, openings[i].code, 1);
        assert_null(listener_start(config, &events, appended, &err));
        /* The address may be had another time. */
        CHECK_INT(name, openings[i].call == FAKE_ADD_URL, err.kind == ERR_BUSY);
        CHECK_INT(name, openings[i].code, err.code);
        error_clear(&err);
        fake_script(openings[i].call, FAKE_AT_ONCE, openings[i].code, 1);
        assert_null(page_start(config, &err));
        CHECK_INT(name, openings[i].code, err.code);
        fake_end();
    }
    begin_listener(); /* as soon as it can be */
    answered("ping", ping(), 200);
}

/* A system that has no limits to set goes without; the binding is needed. */
static void limits_may_be_missing_and_the_binding_may_not(void **state)
{
    static const ULONG queue_codes[] = {87, 50};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(queue_codes); i++) {
        fake_script(FAKE_SET_GROUP, FAKE_AT_ONCE, 87, 2);
        fake_script(FAKE_SET_QUEUE, FAKE_AT_ONCE, queue_codes[i], 1);
        begin_listener();
        answered("without limits", ping(), 200);
        end_all();
    }
    fake_script(FAKE_SET_GROUP, FAKE_AT_ONCE, 87, 3);
    assert_null(listener_start(config, &events, appended, &err));
    CHECK_INT("the binding", 87, err.code);
    fake_script(FAKE_SET_GROUP, FAKE_AT_ONCE, 87, 1);
    assert_null(page_start(config, &err));
    CHECK_INT("the page's binding", 87, err.code);
}

static void closing_goes_on_whatever_it_is_told(void **state)
{
    static const struct {
        enum fake_call call;
        ULONG code;
    } closings[] = {
        {FAKE_REMOVE_URL, 87},  {FAKE_REMOVE_URL, 5},     {FAKE_REMOVE_URL, 2},
        {FAKE_CLOSE_GROUP, 87}, {FAKE_CLOSE_SESSION, 87}, {FAKE_CLOSE_QUEUE, 87},
        {FAKE_TERMINATE, 87},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(closings); i++) {
        begin_listener();
        begin_page();
        answered("ping", ping(), 200);
        fake_script(closings[i].call, FAKE_AT_ONCE, closings[i].code, 2);
        end_all();
        fake_end();
    }
}

/* ---- the end ---- */

/* The address may take the connections of replies that are under way with it: it goes after them.
 */
static void the_last_replies_are_through_before_the_address_goes(void **state)
{
    (void)state;
    begin_listener();
    begin_page();
    fake_hold_sends(true);
    uint64_t pinged = ping();
    uint64_t looked = look(STATUS);
    for (ULONGLONG limit = GetTickCount64() + AWAIT_MS;
         fake_called(FAKE_SEND) < 2 && GetTickCount64() < limit;) {
        Sleep(1);
    }
    CHECK_INT("replies", 2, fake_called(FAKE_SEND));
    HANDLE ends[2] = {listener_stop(listener), page_stop(page)};
    Sleep(200);
    CHECK_INT("they wait", WAIT_TIMEOUT, WaitForMultipleObjects(2, ends, FALSE, 0));
    fake_hold_sends(false);
    answered("ping", pinged, 200);
    answered("status", looked, 200);
    end_all();
    CHECK_INT("none is lost", false, fake_reply_lost(pinged) || fake_reply_lost(looked));
}

static void a_reply_that_nobody_takes_does_not_hold_up_the_end(void **state)
{
    (void)state;
    begin_listener();
    begin_page();
    fake_hold_sends(true);
    (void)ping();
    (void)look(STATUS);
    for (ULONGLONG limit = GetTickCount64() + AWAIT_MS;
         fake_called(FAKE_SEND) < 2 && GetTickCount64() < limit;) {
        Sleep(1);
    }
    CHECK_INT("replies", 2, fake_called(FAKE_SEND));
    end_all();
}

static void the_documented_order_of_opening_and_closing(void **state)
{
    (void)state;
    begin_listener();
    answered("ping", ping(), 200);
    end_all();
    CHECK_TEXT("listener", "ISGQPLPPURXYZT", fake_turn());
    fake_begin();
    begin_page();
    answered("status", look(STATUS), 200);
    end_all();
    CHECK_TEXT("page", "ISGQPURXYZT", fake_turn());
}

/* ---- receives that fail ---- */

static const ULONG failures[] = {87, 998, 38, 995, 64, 1450};

/* Asked again, but not without end; and all is well once the system is. */
static void receives_that_all_fail_are_tried_again_after_a_while(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(failures); i++) {
        for (enum fake_how how = i == 0 ? FAKE_AT_ONCE : FAKE_LATER; how <= FAKE_LATER; how++) {
            char name[64];
            snprintf(name, sizeof name, "error %lu, %s", (unsigned long)failures[i],
                     how == FAKE_AT_ONCE ? "at once" : "later");
            fake_script(FAKE_RECEIVE, how, failures[i], FAKE_FOREVER);
            begin_listener();
            begin_page();
            Sleep(300);
            if (fake_called(FAKE_RECEIVE) > 2 * (LISTENER_RECEIVES + 3 * PAGE_SLOTS)) {
                fail_msg("[%s] asked %zu times", name, fake_called(FAKE_RECEIVE));
            }
            fake_script_end();
            answered(name, ping(), 200);
            answered(name, look(STATUS), 200);
            end_all();
            fake_begin();
        }
    }
}

/* A request that came while some of them failed is none the worse. */
static void a_receive_that_fails_among_others_is_replaced(void **state)
{
    (void)state;
    begin_listener();
    begin_page();
    for (size_t i = 0; i < HB_COUNT(failures); i++) {
        fake_script(FAKE_RECEIVE, FAKE_LATER, failures[i], 2);
        answered("ping", ping(), 200); /* its exchange receives next, and fails */
        answered("status", look(STATUS), 200);
    }
    assert_true(fake_await_receives(LISTENER_URL, LISTENER_RECEIVES, AWAIT_MS));
    assert_true(fake_await_receives(PAGE_URL, PAGE_SLOTS, AWAIT_MS));
}

/* ---- the page ---- */

static void the_page_answers_who_is_here_alone(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        fake_at_once(way != 0);
        begin_page();
        answered("status", look(STATUS), 200);
        answered("metrics", look("/hipbridge/metrics"), 200);
        answered("none such", look("/hipbridge/none"), 404);
        answered("from elsewhere", fake_request(&(struct fake_request){.url = STATUS}), 404);
        answered("a POST",
                 fake_request(&(struct fake_request){
                     .url = STATUS, .from_here = true, .body = "x", .body_len = 1}),
                 405);
        end_all();
    }
}

static void a_head_too_large_for_the_page_is_refused_once(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        struct fake_reply reply;
        fake_at_once(way == 1);
        begin_page();
        assert_true(fake_await_receives(PAGE_URL, PAGE_SLOTS, AWAIT_MS));
        for (size_t i = 0; i < 2 * PAGE_SLOTS; i++) {
            uint64_t id = fake_request(
                &(struct fake_request){.url = STATUS, .from_here = true, .head_extra = 30 * 1024});
            assert_true(fake_await(id, &reply, AWAIT_MS));
            CHECK_INT("a large head", 400, reply.status);
            CHECK_INT("a large head", true, reply.disconnect);
        }
        answered("status", look(STATUS), 200);
        assert_true(fake_await_receives(PAGE_URL, PAGE_SLOTS, AWAIT_MS));
        end_all();
    }
}

/* As a driver does that queues a completion for what it has answered at once. */
static void a_late_completion_is_no_answer_sent(void **state)
{
    uint64_t ids[2 * PAGE_SLOTS];
    (void)state;
    begin_page();
    assert_true(fake_await_receives(PAGE_URL, PAGE_SLOTS, AWAIT_MS));
    fake_hold_sends(true);
    fake_script(FAKE_RECEIVE, FAKE_BOTH, ERROR_MORE_DATA, PAGE_SLOTS);
    for (size_t i = 0; i < HB_COUNT(ids); i++) {
        ids[i] = look(STATUS); /* the second half waits until a slot is free */
    }
    Sleep(50);
    fake_hold_sends(false);
    for (size_t i = 0; i < HB_COUNT(ids); i++) {
        answered("status", ids[i], i < PAGE_SLOTS ? 200 : 400);
    }
    assert_true(fake_await_receives(PAGE_URL, PAGE_SLOTS, AWAIT_MS));
}

static void an_answer_that_fails_does_not_cost_the_page_a_slot(void **state)
{
    static const ULONG codes[] = {87, 995, 1229, 64, 1236, 8};
    (void)state;
    begin_listener();
    begin_page();
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        for (enum fake_how how = FAKE_AT_ONCE; how <= FAKE_LATER; how++) {
            struct fake_reply reply;
            fake_script(FAKE_SEND, how, codes[i], 1);
            CHECK_INT("no reply", false, fake_await(look(STATUS), &reply, AWAIT_MS));
            fake_script(FAKE_SEND, how, codes[i], 1);
            CHECK_INT("no reply", false, fake_await(ping(), &reply, AWAIT_MS));
        }
    }
    answered("status", look(STATUS), 200);
    answered("ping", ping(), 200);
    assert_true(fake_await_receives(LISTENER_URL, LISTENER_RECEIVES, AWAIT_MS));
    assert_true(fake_await_receives(PAGE_URL, PAGE_SLOTS, AWAIT_MS));
}

/* ---- deliveries ---- */

static char rows[PUNCHES * 40];

static size_t write_rows(size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(rows + len, sizeof rows - len,
                                "%zu\t2026-01-%02zu %02zu:%02zu:%02zu\t0\t1\t0\t0\n", i % 500 + 1,
                                i / 5000 % 28 + 1, i / 600 % 24, i / 10 % 60, i % 60);
    }
    return len;
}

static int64_t held(void)
{
    struct error why = ERROR_INIT;
    struct outbox *outbox = outbox_open_readonly(scratch_path("outbox.db"), &why);
    assert_non_null(outbox);
    int64_t count = query(outbox, "SELECT count(*) FROM punch");
    outbox_close(outbox);
    return count;
}

/* What a terminal sends that is emptied after a week away. */
static void a_large_delivery_reaches_the_outbox(void **state)
{
    (void)state;
    begin_listener();
    struct fake_request asked = {
        .url = "/iclock/cdata?SN=A1&table=ATTLOG&Stamp=1", .body = rows, .each = 1460};
    asked.body_len = write_rows(PUNCHES);
    asked.no_length = true;
    struct fake_reply reply;
    assert_true(fake_await(fake_request(&asked), &reply, 4 * AWAIT_MS));
    CHECK_INT("reply", 200, reply.status);
    char said[32];
    snprintf(said, sizeof said, "OK: %d", PUNCHES);
    CHECK_TEXT("reply", said, reply.body);
    CHECK_INT("in the outbox", PUNCHES, held());
}

/* Part of a delivery is none: nothing of it is kept, nothing acknowledged. */
static void a_delivery_that_breaks_off_is_none(void **state)
{
    static const ULONG codes[] = {1229, 64, 1236, 995};
    (void)state;
    begin_listener();
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        struct fake_reply reply;
        struct fake_request asked = {.url = "/iclock/cdata?SN=A1&table=ATTLOG&Stamp=1",
                                     .body = rows,
                                     .pieces = {0, 100, 0},
                                     .piece_count = 3};
        asked.body_len = write_rows(10);
        uint64_t id = fake_request(&asked);
        Sleep(50);
        fake_hang_up(id, codes[i]);
        CHECK_INT("a reply", false, fake_await(id, &reply, AWAIT_MS));
        answered("ping", ping(), 200);
        CHECK_INT("in the outbox", 0, held());
    }
}

/* As HIP's own terminals speak: HTTP/1.0, no Host, headers of their own. */
static void an_fkweb_terminal_is_answered(void **state)
{
    struct fake_reply reply;
    (void)state;
    begin_listener();
    uint64_t id = fake_request(&(struct fake_request){
        .verb = HttpVerbPOST,
        .url = "/",
        .old = true,
        .headers = {"request_code: receive_cmd", "dev_id: FK1",
                    "Content-Type: application/octet-stream"},
        .body = "",
    });
    assert_true(fake_await(id, &reply, AWAIT_MS));
    CHECK_INT("reply", 200, reply.status);
    CHECK_INT("one request a connection", true, reply.disconnect);
    assert_non_null(strstr(reply.headers, "response_code: "));
}

static void each_documented_code_was_had(void **state)
{
    (void)state;
    bool opening = fake_had_codes(FAKE_INITIALIZE, FAKE_ADD_URL);
    bool closing = fake_had_codes(FAKE_REMOVE_URL, FAKE_TERMINATE);
    assert_true(opening && closing);
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(what_cannot_be_opened_is_told_and_closed),
        HTTP_TEST(limits_may_be_missing_and_the_binding_may_not),
        HTTP_TEST(closing_goes_on_whatever_it_is_told),
        HTTP_TEST(the_last_replies_are_through_before_the_address_goes),
        HTTP_TEST(a_reply_that_nobody_takes_does_not_hold_up_the_end),
        HTTP_TEST(the_documented_order_of_opening_and_closing),
        HTTP_TEST(receives_that_all_fail_are_tried_again_after_a_while),
        HTTP_TEST(a_receive_that_fails_among_others_is_replaced),
        HTTP_TEST(the_page_answers_who_is_here_alone),
        HTTP_TEST(a_head_too_large_for_the_page_is_refused_once),
        HTTP_TEST(a_late_completion_is_no_answer_sent),
        HTTP_TEST(an_answer_that_fails_does_not_cost_the_page_a_slot),
        HTTP_TEST(a_large_delivery_reaches_the_outbox),
        HTTP_TEST(a_delivery_that_breaks_off_is_none),
        HTTP_TEST(an_fkweb_terminal_is_answered),
        cmocka_unit_test(each_documented_code_was_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
