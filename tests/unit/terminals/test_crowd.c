/* crowd, by way of intake: what room is left is for the terminals that are listed. */
#include "terminal_a1.h"

#define LISTED "{\"listener\": {\"devices\": [{\"sn\": \"A1\"}]}, \"outbox\": {\"max_mb\": 1}}"
#define NONE_LISTED "{\"outbox\": {\"max_mb\": 1}}"
#define ROOMY "{\"listener\": {\"devices\": [{\"sn\": \"A1\"}]}, \"outbox\": {\"max_mb\": 4}}"

static int user;

/* So many punches, each some hundred bytes; the status of the answer. */
static int brings(const char *sn, int punches)
{
    static char body[64000];
    char query[80];
    size_t used = 0;
    for (int i = 0; i < punches; i++) {
        used += (size_t)snprintf(body + used, sizeof body - used,
                                 "%d\t2036-03-04 11:00:00\t0\t1\t\t%0200d\n", ++user, 0);
    }
    struct intake_item *items[] = {&item};
    memset(&item, 0, sizeof item);
    snprintf(query, sizeof query, "SN=%s&table=ATTLOG&Stamp=%d", sn, user);
    item.request.method = ICLOCK_POST;
    item.request.path = SPAN("/iclock/cdata");
    item.request.query = span_of(query);
    item.request.body = (struct span){body, used};
    assert_true(address_parse(SPAN("10.0.0.66"), &item.peer));
    intake_answer(intake, items, 1, now);
    wait_s(1);
    return item.reply.status;
}

static void fill(void)
{
    int64_t bytes = 0;
    while (bytes < 900000) {
        CHECK_INT("the listed one", 200, brings("A1", 100));
        DO(outbox_used(outbox, &bytes, &err));
    }
}

static int64_t last_id(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts.last_id;
}

static void begin_with(const char *config_text)
{
    end_listening();
    scratch_end();
    assert_int_equal(scratch_begin(), 0);
    listen_from_noon(config_text);
}

static void the_last_fifth_is_for_the_listed(void **state)
{
    size_t removed = 0;
    (void)state;
    begin_with(LISTED);
    CHECK_INT("with room", 200, brings("NEW1", 1));
    fill();
    int64_t before = last_id();
    CHECK_INT("one that brought before", 503, brings("NEW1", 1));
    CHECK_INT("a new one", 503, brings("NEW2", 1));
    CHECK_INT("again", 503, brings("NEW2", 1));
    CHECK_INT("none of it is stored", before, last_id());
    CHECK_TEXT("told", "NEW2|1", last_told(EVENT_UNLISTED_WAITS));
    CHECK_INT("hourly for each", 2, times_told(EVENT_UNLISTED_WAITS));
    CHECK_INT("that is no failure to store", 0, times_told(EVENT_OUTBOX_CANNOT_STORE));
    CHECK_INT("the listed one", 200, brings("A1", 1));
    CHECK_INT("however it is spelt", 200, brings("a1", 1));
    ask(ICLOCK_GET, "/iclock/getrequest", "SN=NEW1", ""); /* who only asks is answered */
    assert_null(strstr(ask(ICLOCK_GET, "/iclock/cdata", "SN=NEW1&options=all", ""), "Stamp=2"));

    /* uploaded, and forgotten */
    DO(outbox_begin(outbox, &err));
    DO(outbox_advance(outbox, last_id(), now.unix_s, &err));
    DO(outbox_prune(outbox, INT64_MAX, 100000, &removed, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("there is room again", 200, brings("NEW2", 1));
}

/* With nothing to tell them apart by, or with room, nobody waits. */
static void where_nothing_is_listed_nobody_is_a_stranger(void **state)
{
    static const char *const configs[] = {NONE_LISTED, ROOMY};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(configs); i++) {
        begin_with(configs[i]);
        fill();
        CHECK_INT(configs[i], 200, brings("NEW1", 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_last_fifth_is_for_the_listed),
        TEST(where_nothing_is_listed_nobody_is_a_stranger),
    };
    return cmocka_run_group_tests_name("crowd", tests, NULL, NULL);
}
