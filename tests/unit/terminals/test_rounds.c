#include "check.h"

#include "terminals/rounds.h"

struct told {
    bool tell, back;
    int64_t wait;
};

static struct told end(struct rounds *rounds, enum rounds_result result, int64_t now)
{
    struct told told;
    rounds_end(rounds, result, 600, 0, now, &told.tell, &told.back);
    told.wait = rounds->due - now;
    return told;
}

/* One that is away: 1, 5, 15, 15 … minutes; told when it has lasted, hourly, and when it is back.
 */
static void test_away(void **state)
{
    (void)state;
    static const struct {
        int64_t at, wait;
        bool tell;
    } steps[] = {{0, 60, false},     {60, 300, false},   {360, 900, false},
                 {1260, 900, true},  {2160, 900, false}, {3060, 900, false},
                 {3960, 900, false}, {4860, 900, true},  {5760, 900, false}};
    struct rounds rounds = {0};
    for (size_t i = 0; i < HB_COUNT(steps); i++) {
        struct told told = end(&rounds, ROUNDS_AWAY, steps[i].at);
        CHECK_INT("wait", steps[i].wait, told.wait);
        CHECK_INT("tell", steps[i].tell, told.tell);
    }
    struct told told = end(&rounds, ROUNDS_WELL, 6660);
    CHECK_INT("back", true, told.back);
    CHECK_INT("tell", false, told.tell);
    CHECK_INT("wait", 600, told.wait);
    told = end(&rounds, ROUNDS_AWAY, 7260);
    CHECK_INT("wait", 60, told.wait);
    told = end(&rounds, ROUNDS_WELL, 7320);
    CHECK_INT("was not told of", false, told.back);
}

/* A wrong key: told at the first try, then one try and one event an hour. */
static void test_key(void **state)
{
    (void)state;
    struct rounds rounds = {0};
    int64_t now = 0;
    for (int i = 0; i < 24; i++) {
        struct told told = end(&rounds, ROUNDS_KEY, now);
        CHECK_INT("told", true, told.tell);
        CHECK_INT("wait", 3600, told.wait);
        now += told.wait;
    }
    CHECK_INT("tries in a day", 86400, now);
}

/* 6001: once a day. */
static void test_refused(void **state)
{
    (void)state;
    struct rounds rounds = {0};
    for (int64_t now = 0; now < 10 * 86400; now += 86400) {
        struct told told = end(&rounds, ROUNDS_REFUSED, now);
        CHECK_INT("told", true, told.tell);
        CHECK_INT("wait", 86400, told.wait);
    }
}

/* A visit for what cannot wait for the next: sooner, never later, and what follows is as ever. */
static void test_sooner(void **state)
{
    (void)state;
    struct rounds rounds = {0};
    CHECK_INT("regular", 600, end(&rounds, ROUNDS_WELL, 1000).wait);
    rounds_sooner(&rounds, 1060);
    CHECK_INT("a minute later", 1060, rounds.due);
    rounds_sooner(&rounds, 1300);
    CHECK_INT("not put off", 1060, rounds.due);
    CHECK_INT("regular again", 600, end(&rounds, ROUNDS_WELL, 1060).wait);
    rounds_sooner(&rounds, 1661);
    CHECK_INT("it is sooner itself", 1660, rounds.due);
}

static void test_others(void **state)
{
    (void)state;
    struct rounds rounds = {0};
    CHECK_INT("stranger", true, end(&rounds, ROUNDS_STRANGER, 0).tell);
    CHECK_INT("not again so soon", false, end(&rounds, ROUNDS_STRANGER, 900).tell);
    CHECK_INT("hourly", true, end(&rounds, ROUNDS_STRANGER, 3600).tell);
    CHECK_INT("unsound", true, end(&rounds, ROUNDS_UNSOUND, 4500).tell);
    CHECK_INT("busy is nothing", false, end(&rounds, ROUNDS_BUSY, 4600).tell);
    CHECK_INT("and comes soon", ROUNDS_BUSY_S, end(&rounds, ROUNDS_BUSY, 4600).wait);
    CHECK_INT("well", true, end(&rounds, ROUNDS_WELL, 4700).back);
    CHECK_INT("still", false, end(&rounds, ROUNDS_WELL, 4800).back);
    CHECK_INT("anew", true, end(&rounds, ROUNDS_STRANGER, 5000).tell);
}

/* Visits spread: later by up to a tenth. */
static void test_spread(void **state)
{
    (void)state;
    struct rounds rounds = {0};
    bool tell = false;
    bool back = false;
    for (unsigned random = 0; random < 1000; random += 7) {
        rounds_end(&rounds, ROUNDS_WELL, 600, random, 0, &tell, &back);
        assert_in_range(rounds.due, 600, 660);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_away),    cmocka_unit_test(test_key),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_sooner),
        cmocka_unit_test(test_others),  cmocka_unit_test(test_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
