/*
 * One request at a time beside a stand-in for Windows' HTTP server (fake_httpapi.h): bodies of
 * every size in every kind of split, and each code that the documentation gives for the calls that
 * carry.
 */
#include "scratch_outbox.h"

#include "config/config.h"
#include "http/exchange.h"
#include "http/httpsys.h"
#include "service/fake_httpapi.h"
#include "no_events.h"

enum { MAX_BODY = 8 * 1024 * 1024, LARGEST = MAX_BODY + 1, KILO = 1024, AWAIT_MS = 2000 };

#define PUSH_URL "/iclock/cdata?SN=A1&table=ATTLOG&Stamp=1"

static struct httpsys http;
static struct exchange_queue queue;
static struct config *config;
static struct outbox *outbox;
static char bytes[LARGEST]; /* what bodies are made of */

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 31 + (i >> 8) * 7 + (i >> 16));
    }
    fake_begin();
    outbox = new_outbox();
    config = config_parse(SPAN("{}"), "config.json", &err);
    assert_non_null(config);
    DO(httpsys_open(&http, 9090, L"/", NULL, &err));
    memset(&queue, 0, sizeof queue);
    queue.handle = http.queue;
    queue.max_body = MAX_BODY;
    queue.body_room = (size_t)MAX_BODY * 4;
    queue.retry_s = 30;
    queue.share.requests_each = 32;
    queue.share.bytes_each = MAX_BODY + 1;
    queue.intake = intake_new(config, outbox, &events, &err);
    assert_non_null(queue.intake);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    CHECK_INT("bodies under way", 0, queue.bodies);
    CHECK_INT("room for bodies", (size_t)MAX_BODY * 4, queue.body_room);
    httpsys_close(&http);
    exchange_free_spares(&queue);
    fake_end();
    intake_free(queue.intake);
    config_free(config);
    return drop_outbox(outbox);
}

/* What is queued is given to its exchange, until there is a step to take or nothing is left. */
static enum exchange_step go_on(void)
{
    enum exchange_step step = EXCHANGE_PENDING;
    while (step == EXCHANGE_PENDING) {
        DWORD count = 0;
        ULONG_PTR key = 0;
        OVERLAPPED *overlapped = NULL;
        GetQueuedCompletionStatus(http.port, &count, &key, &overlapped, 0);
        if (overlapped == NULL) {
            return step;
        }
        step = exchange_completed(exchange_of(overlapped), overlapped);
    }
    return step;
}

static struct exchange *begin_receive(void)
{
    struct exchange *exchange = exchange_new(&queue);
    assert_non_null(exchange);
    assert_true(exchange_receive(exchange));
    return exchange;
}

/* A ready one is answered 200, which the peer must be told. */
static void answer_ok(struct exchange *exchange, uint64_t id)
{
    struct fake_reply reply;
    struct intake_item *item = exchange_item(exchange);
    memset(&item->reply, 0, sizeof item->reply);
    item->reply.status = 200;
    item->reply.content_type = "text/plain";
    item->reply.len = 2;
    memcpy(item->reply.body, "OK", 2);
    assert_true(exchange_reply(exchange));
    CHECK_INT("answered", EXCHANGE_DONE, go_on());
    assert_true(fake_await(id, &reply, AWAIT_MS));
    CHECK_INT("reply", 200, reply.status);
    CHECK_TEXT("reply", "OK", reply.body);
}

static void still_works(struct exchange *exchange)
{
    assert_true(exchange_receive(exchange));
    uint64_t id = fake_request(&(struct fake_request){.url = "/iclock/ping?SN=A1"});
    CHECK_INT("the next request", EXCHANGE_READY, go_on());
    answer_ok(exchange, id);
    exchange_free(exchange);
}

/* ---- bodies ---- */

static char split_name[160];

static const char *name_of(const struct fake_request *asked)
{
    int used = snprintf(split_name, sizeof split_name, "%zu bytes%s%s, each %zu, pieces",
                        asked->body_len, asked->no_length ? " without a length" : "",
                        asked->late_end ? ", a late end" : "", asked->each);
    for (size_t i = 0; i < asked->piece_count && used < 140; i++) {
        used +=
            snprintf(split_name + used, sizeof split_name - (size_t)used, " %zu", asked->pieces[i]);
    }
    return split_name;
}

/* Sends the body so, and looks that all of it and nothing else is what is read. */
static void take_whole(struct fake_request asked)
{
    asked.url = PUSH_URL;
    asked.body = bytes;
    struct exchange *exchange = begin_receive();
    uint64_t id = fake_request(&asked);
    enum exchange_step step = go_on();
    if (step != EXCHANGE_READY) {
        fail_msg("[%s] step %d", name_of(&asked), step);
    }
    struct span got = exchange_item(exchange)->request.body;
    CHECK_INT(name_of(&asked), asked.body_len, got.len);
    if (memcmp(got.at, bytes, got.len) != 0) {
        fail_msg("[%s] other bytes", name_of(&asked));
    }
    answer_ok(exchange, id);
    exchange_free(exchange);
}

/* With and without a length, told at once and later, with an end that shows late. */
static void take_every_way(struct fake_request asked)
{
    for (unsigned way = 0; way < 8; way++) {
        asked.no_length = (way & 1) != 0;
        asked.late_end = (way & 2) != 0;
        fake_at_once((way & 4) != 0);
        take_whole(asked);
    }
    fake_at_once(false);
}

/* Every way to cut it: a bit for each place between two bytes; the first may come with the head. */
static void small_bodies_come_in_every_split(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 7; len++) {
        for (unsigned cuts = 0; cuts < 1U << (len - 1); cuts++) {
            struct fake_request asked = {.body_len = len};
            asked.pieces[asked.piece_count++] = 0; /* nothing with the head */
            size_t begun = 0;
            for (size_t i = 1; i <= len; i++) {
                if (i == len || (cuts >> (i - 1) & 1) != 0) {
                    asked.pieces[asked.piece_count++] = i - begun;
                    begun = i;
                }
            }
            take_every_way(asked);
            memmove(asked.pieces, asked.pieces + 1, sizeof asked.pieces - sizeof *asked.pieces);
            asked.piece_count--; /* the first with the head */
            take_every_way(asked);
        }
    }
}

/* Around each size at which the listener does something else, cut in two at every kind of place. */
static void large_bodies_come_whole(void **state)
{
    static const size_t sizes[] = {8 * KILO, 64 * KILO, 128 * KILO, 256 * KILO, 1024 * KILO};
    static const size_t firsts[] = {0, 1, 1460, 8 * KILO - 1, SIZE_MAX};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(sizes); i++) {
        for (size_t about = 0; about < 3; about++) {
            for (size_t j = 0; j < HB_COUNT(firsts); j++) {
                struct fake_request asked = {.body_len = sizes[i] + about - 1,
                                             .each = j % 2 != 0 ? 4096 : 65536};
                asked.pieces[asked.piece_count++] = firsts[j];
                take_every_way(asked);
            }
        }
    }
}

static void the_largest_body_comes_whole(void **state)
{
    (void)state;
    static const size_t each[] = {1460, 16 * KILO, 0};
    for (size_t i = 0; i < HB_COUNT(each); i++) {
        for (size_t less = 0; less < 2; less++) {
            take_whole((struct fake_request){.body_len = MAX_BODY - less, .each = each[i]});
            take_whole((struct fake_request){
                .body_len = MAX_BODY - less, .each = each[i], .no_length = true, .late_end = true});
        }
    }
}

static void bodies_come_whole_in_splits_by_chance(void **state)
{
    (void)state;
    unsigned seed = 20261130;
    printf("seed %u\n", seed);
    for (int i = 0; i < 400; i++) {
        seed = seed * 1103515245U + 12345U;
        struct fake_request asked = {.body_len = 1 + (seed >> 8) % (300 * KILO)};
        size_t left = asked.body_len;
        while (left > 0 && asked.piece_count < FAKE_PIECES - 1) {
            seed = seed * 1103515245U + 12345U;
            size_t len = 1 + (seed >> 8) % (20 * KILO);
            asked.pieces[asked.piece_count++] = len;
            left -= len < left ? len : left;
        }
        asked.no_length = (seed >> 20 & 1) != 0;
        asked.late_end = (seed >> 21 & 1) != 0;
        fake_at_once((seed >> 22 & 1) != 0);
        take_whole(asked);
    }
    fake_at_once(false);
}

/* By the letter of the documentation COPY_BODY may answer ERROR_MORE_DATA for a body alone. */
static void a_body_that_must_fit_beside_its_head_comes_whole(void **state)
{
    static const size_t sizes[] = {9 * KILO, 65 * KILO, 300 * KILO, MAX_BODY};
    (void)state;
    fake_body_must_fit(true);
    for (size_t i = 0; i < HB_COUNT(sizes); i++) {
        take_every_way((struct fake_request){.body_len = sizes[i]});
    }
}

static void refused(struct fake_request asked, int status)
{
    struct fake_reply reply;
    asked.url = PUSH_URL;
    asked.body = bytes;
    struct exchange *exchange = begin_receive();
    uint64_t id = fake_request(&asked);
    enum exchange_step step = go_on();
    if (step != EXCHANGE_DONE) {
        fail_msg("[%s] step %d", name_of(&asked), step);
    }
    assert_true(fake_await(id, &reply, AWAIT_MS));
    CHECK_INT(name_of(&asked), status, reply.status);
    CHECK_INT(name_of(&asked), true, reply.disconnect);
    still_works(exchange);
}

static void what_is_no_whole_body_is_refused(void **state)
{
    (void)state;
    static const struct {
        int status;
        struct fake_request asked;
    } cases[] = {
        {413, {.body_len = LARGEST}},
        {413, {.body_len = LARGEST, .no_length = true, .each = 65536}},
        {413, {.body_len = 10, .length = LARGEST, .pieces = {4}, .piece_count = 1}},
        {400, {.body_len = 10, .length = 11}}, /* short by a byte, all with the head */
        {400, {.body_len = 10, .length = 11, .late_end = true}},
        {400, {.body_len = 10, .length = 11, .pieces = {0, 4}, .piece_count = 2}},
        {400, {.body_len = 100000, .length = 100001, .each = 1460}},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        refused(cases[i].asked, cases[i].status);
    }
}

/* ---- what the calls may answer ---- */

static const struct fake_request in_pieces = {
    .url = PUSH_URL, .body = bytes, .body_len = 3000, .pieces = {0, 1000}, .piece_count = 2};

static void a_receive_that_fails_is_told(void **state)
{
    static const ULONG codes[] = {87, 998, 38, 995, 64, 1450};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        struct exchange *exchange = exchange_new(&queue);
        fake_script(FAKE_RECEIVE, FAKE_AT_ONCE, codes[i], 1);
        CHECK_INT("at once", false, exchange_receive(exchange));
        CHECK_INT("nothing to come", EXCHANGE_PENDING, go_on());
        fake_script(FAKE_RECEIVE, FAKE_LATER, codes[i], 1);
        CHECK_INT("later", true, exchange_receive(exchange));
        CHECK_INT("later", EXCHANGE_FAILED, go_on());
        still_works(exchange);
    }
}

static void a_large_head_is_asked_for_again(void **state)
{
    static const size_t sizes[] = {7 * KILO, 8 * KILO, 60 * KILO, 64 * KILO, 250 * KILO};
    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        fake_at_once((way & 1) != 0);
        for (size_t i = 0; i < HB_COUNT(sizes); i++) {
            struct fake_request asked = {
                .url = PUSH_URL, .body = bytes, .body_len = 100, .head_extra = sizes[i]};
            struct exchange *exchange = exchange_new(&queue);
            uint64_t id = (way & 2) != 0 ? fake_request(&asked) : 0; /* it waits already */
            assert_true(exchange_receive(exchange));
            id = id != 0 ? id : fake_request(&asked);
            CHECK_INT("a large head", EXCHANGE_READY, go_on());
            CHECK_INT("its body", 100, exchange_item(exchange)->request.body.len);
            answer_ok(exchange, id);
            still_works(exchange);
        }
        refused((struct fake_request){.body_len = 1, .head_extra = 260 * KILO}, 400);
    }
    fake_at_once(false);
}

static void a_head_that_cannot_be_had_again_is_refused(void **state)
{
    static const ULONG codes[] = {87, 998, 38, 995, 1450};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        for (enum fake_how how = FAKE_AT_ONCE; how <= FAKE_LATER; how++) {
            fake_script(FAKE_RECEIVE_AGAIN, how, codes[i], 1);
            refused((struct fake_request){.body_len = 1, .head_extra = 10 * KILO}, 503);
        }
    }
    for (enum fake_how how = FAKE_AT_ONCE; how <= FAKE_LATER; how++) {
        fake_script(FAKE_RECEIVE_AGAIN, how, ERROR_MORE_DATA, 3);
        refused((struct fake_request){.body_len = 1, .head_extra = 10 * KILO}, 400);
    }
}

/* The peer has hung up: nobody is there to be told. */
static void who_has_hung_up_is_let_go(void **state)
{
    (void)state;
    for (size_t at_once = 0; at_once < 2; at_once++) {
        struct fake_request asked = {.url = PUSH_URL, .head_extra = 10 * KILO};
        struct exchange *exchange = exchange_new(&queue);
        uint64_t id = fake_request(&asked);
        fake_at_once(at_once != 0);
        fake_hang_up(id, 1229);
        assert_true(exchange_receive(exchange)); /* waits for another */
        asked = in_pieces;
        asked.pieces[asked.piece_count++] = 0; /* the rest does not come */
        id = fake_request(&asked);
        CHECK_INT("its body waits", EXCHANGE_PENDING, go_on());
        fake_hang_up(id, at_once != 0 ? 64 : 1229);
        CHECK_INT("gone with its body", EXCHANGE_DONE, go_on());
        still_works(exchange);
    }
}

/* As a driver does that queues a completion for what it has answered at once. */
static void a_completion_for_what_failed_at_once_is_known(void **state)
{
    (void)state;
    for (size_t freed = 0; freed < 2; freed++) {
        for (unsigned long times = 1; times <= 3; times++) {
            struct exchange *exchange = exchange_new(&queue);
            uint64_t id = fake_request(&(struct fake_request){.url = PUSH_URL});
            fake_script(FAKE_RECEIVE, FAKE_BOTH, ERROR_MORE_DATA, 1);
            if (freed != 0) {
                fake_script(FAKE_RECEIVE_AGAIN, FAKE_BOTH, 1229, 1);
                fake_script(FAKE_SEND, FAKE_AT_ONCE, 1229, 1);
                fake_script(FAKE_RECEIVE, FAKE_AT_ONCE, 1450, 1);
                CHECK_INT("let go", false, exchange_receive(exchange));
                exchange_free(exchange); /* before its completions come */
                exchange = begin_receive();
                id = fake_request(&(struct fake_request){.url = PUSH_URL});
            } else {
                assert_true(exchange_receive(exchange));
            }
            CHECK_INT("the request", EXCHANGE_READY, go_on());
            answer_ok(exchange, id);
            still_works(exchange);
        }
    }
}

static void a_body_that_breaks_off_is_refused(void **state)
{
    static const ULONG codes[] = {87, 1114, 995, 1229, 64, 1236};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        for (enum fake_how how = FAKE_AT_ONCE; how <= FAKE_LATER; how++) {
            fake_script(FAKE_RECEIVE_BODY, how, codes[i], 1);
            refused(in_pieces, 503);
        }
    }
    for (enum fake_how how = FAKE_AT_ONCE; how <= FAKE_LATER; how++) {
        fake_script(FAKE_RECEIVE_BODY, how, ERROR_HANDLE_EOF, 1);
        refused(in_pieces, 400);
    }
}

/* A piece without a byte is no end; but not for ever. */
static void empty_pieces_are_borne_for_a_while(void **state)
{
    (void)state;
    fake_script(FAKE_RECEIVE_BODY, FAKE_LATER, NO_ERROR, 5);
    take_whole((struct fake_request){.body_len = 3000, .pieces = {0}, .piece_count = 1});
    fake_script(FAKE_RECEIVE_BODY, FAKE_LATER, NO_ERROR, 17);
    refused(in_pieces, 503);
}

static void a_body_given_up_is_told(void **state)
{
    struct fake_reply reply;
    struct fake_request asked = in_pieces;
    (void)state;
    asked.pieces[asked.piece_count++] = 0; /* the rest does not come */
    struct exchange *exchange = begin_receive();
    uint64_t id = fake_request(&asked);
    CHECK_INT("it waits", EXCHANGE_PENDING, go_on());
    CHECK_INT("it waits", true, exchange_awaits_body(exchange));
    exchange_give_up(exchange);
    CHECK_INT("given up", EXCHANGE_DONE, go_on());
    assert_true(fake_await(id, &reply, AWAIT_MS));
    CHECK_INT("given up", 408, reply.status);
    still_works(exchange);
}

static void a_reply_that_fails_ends_the_exchange(void **state)
{
    static const ULONG codes[] = {87, 995, 1229, 64, 1236, 8};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        for (enum fake_how how = FAKE_AT_ONCE; how <= FAKE_LATER; how++) {
            struct exchange *exchange = begin_receive();
            (void)fake_request(&(struct fake_request){.url = PUSH_URL});
            CHECK_INT("ready", EXCHANGE_READY, go_on());
            exchange_item(exchange)->reply.status = 200;
            fake_script(FAKE_SEND, how, codes[i], 1);
            CHECK_INT("sent", how == FAKE_LATER, exchange_reply(exchange));
            CHECK_INT("over", how == FAKE_LATER ? EXCHANGE_DONE : EXCHANGE_PENDING, go_on());
            still_works(exchange);
        }
    }
}

static void each_documented_code_was_had(void **state)
{
    (void)state;
    assert_true(fake_had_codes(FAKE_RECEIVE, FAKE_SEND));
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(small_bodies_come_in_every_split),
        HTTP_TEST(large_bodies_come_whole),
        HTTP_TEST(the_largest_body_comes_whole),
        HTTP_TEST(bodies_come_whole_in_splits_by_chance),
        HTTP_TEST(a_body_that_must_fit_beside_its_head_comes_whole),
        HTTP_TEST(what_is_no_whole_body_is_refused),
        HTTP_TEST(a_receive_that_fails_is_told),
        HTTP_TEST(a_large_head_is_asked_for_again),
        HTTP_TEST(a_head_that_cannot_be_had_again_is_refused),
        HTTP_TEST(who_has_hung_up_is_let_go),
        HTTP_TEST(a_completion_for_what_failed_at_once_is_known),
        HTTP_TEST(a_body_that_breaks_off_is_refused),
        HTTP_TEST(empty_pieces_are_borne_for_a_while),
        HTTP_TEST(a_body_given_up_is_told),
        HTTP_TEST(a_reply_that_fails_ends_the_exchange),
        cmocka_unit_test(each_documented_code_was_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
