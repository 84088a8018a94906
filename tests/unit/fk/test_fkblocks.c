/* fkblocks: deliveries in parts. */
#include "check.h"

#include "fk/fkblocks.h"

static struct error err;
static struct fkblocks *blocks;
static int64_t now;

static int begin(void **state)
{
    (void)state;
    now = 1000;
    blocks = fkblocks_new(&err);
    return blocks == NULL;
}

static int end(void **state)
{
    (void)state;
    fkblocks_free(blocks);
    return 0;
}

static struct fkweb_call call_of(const char *dev_id, int32_t block)
{
    struct fkweb_call call = {.operation = FKWEB_RESULT, .block = block, .trans_id = "12"};
    snprintf(call.dev_id, sizeof call.dev_id, "%s", dev_id);
    return call;
}

static bool add(const char *dev_id, int32_t block, const char *part)
{
    struct fkweb_call call = call_of(dev_id, block);
    return fkblocks_add(blocks, &call, span_of(part), now);
}

/* What comes out with this last part; "" when there was nothing before it. */
static const char *finish(const char *dev_id, const char *last, bool done)
{
    static char text[200];
    struct fkweb_call call = call_of(dev_id, 0);
    struct fkjoined *joined = fkblocks_join(blocks, &call, span_of(last), now);
    text[0] = '\0';
    if (joined != NULL) {
        struct span body = fkblocks_body(joined);
        snprintf(text, sizeof text, "%.*s", (int)body.len, body.at);
    }
    fkblocks_give_back(blocks, joined, done);
    return text;
}

static void parts_in_order_are_one(void **state)
{
    (void)state;
    assert_true(add("A", 1, "one "));
    assert_true(add("B", 1, "eins "));
    assert_true(add("A", 2, "two "));
    assert_true(add("B", 2, "zwei "));
    CHECK_TEXT("A", "one two three", finish("A", "three", true));
    CHECK_TEXT("B", "eins zwei drei", finish("B", "drei", true));
    CHECK_TEXT("A again", "", finish("A", "three", true));
}

static void what_is_out_of_order_is_refused_and_spoils_nothing(void **state)
{
    (void)state;
    assert_false(add("A", 2, "two "));
    assert_true(add("A", 1, "one "));
    assert_false(add("A", 3, "three "));
    assert_false(add("A", 1000, "x"));
    assert_false(add("A", 2, ""));
    assert_true(add("A", 2, "two "));
    assert_true(add("A", 2, "two ")); /* our answer was lost */
    assert_false(add("A", 2, "TWO "));
    CHECK_TEXT("A", "one two 3", finish("A", "3", true));
}

static void one_comes_again_begins_anew(void **state)
{
    (void)state;
    assert_true(add("A", 1, "old "));
    assert_true(add("A", 2, "old "));
    assert_true(add("A", 1, "new "));
    CHECK_TEXT("A", "new end", finish("A", "end", true));
}

static void what_could_not_be_stored_comes_again(void **state)
{
    (void)state;
    assert_true(add("A", 1, "one "));
    CHECK_TEXT("first", "one two", finish("A", "two", false));
    CHECK_TEXT("again", "one two", finish("A", "two", false));
    CHECK_TEXT("at last", "one two", finish("A", "two", true));
    CHECK_TEXT("no more", "", finish("A", "two", true));
}

static void parts_of_another_delivery_do_not_mix(void **state)
{
    struct fkweb_call other = call_of("A", 0);
    (void)state;
    assert_true(add("A", 1, "one "));
    memcpy(other.trans_id, "13", 3);
    assert_null(fkblocks_join(blocks, &other, SPAN("x"), now));
    other = call_of("A", 0);
    other.operation = FKWEB_GLOG;
    assert_null(fkblocks_join(blocks, &other, SPAN("x"), now));
    CHECK_TEXT("A", "one two", finish("A", "two", true));
}

static void parts_are_forgotten_after_half_an_hour(void **state)
{
    (void)state;
    assert_true(add("A", 1, "one "));
    now += FKBLOCKS_FORGOTTEN_S;
    assert_true(add("A", 2, "two "));
    now += FKBLOCKS_FORGOTTEN_S + 1;
    assert_false(add("A", 3, "three "));
    CHECK_TEXT("A", "", finish("A", "three", true));
}

static void memory_is_bounded(void **state)
{
    static char part[1024 * 1024];
    int32_t block = 0;
    size_t all = 0;
    (void)state;
    memset(part, 'x', sizeof part);
    for (;;) {
        struct fkweb_call call = call_of("A", block + 1);
        if (!fkblocks_add(blocks, &call, (struct span){part, sizeof part}, now)) {
            break;
        }
        block++;
    }
    CHECK_INT("of one", FKBLOCKS_EACH / sizeof part, block);
    for (int i = 0; i < 2 * FKBLOCKS_TERMINALS; i++) {
        char name[16];
        snprintf(name, sizeof name, "T%d", i);
        struct fkweb_call call = call_of(name, 1);
        all += fkblocks_add(blocks, &call, (struct span){part, sizeof part}, now);
    }
    CHECK_INT("of all", (FKBLOCKS_ALL - FKBLOCKS_EACH) / sizeof part, all);
    now += FKBLOCKS_FORGOTTEN_S + 1;
    assert_true(add("Z", 1, "room again"));
    for (int i = 0; i < FKBLOCKS_TERMINALS - 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "T%d", i);
        assert_true(add(name, 1, "x"));
    }
    assert_false(add("one more", 1, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(parts_in_order_are_one),
        TEST(what_is_out_of_order_is_refused_and_spoils_nothing),
        TEST(one_comes_again_begins_anew),
        TEST(what_could_not_be_stored_comes_again),
        TEST(parts_of_another_delivery_do_not_mix),
        TEST(parts_are_forgotten_after_half_an_hour),
        TEST(memory_is_bounded),
    };
    return cmocka_run_group_tests_name("fkblocks", tests, NULL, NULL);
}
