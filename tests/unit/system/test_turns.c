/* Who writes next, with threads that really wait. */
#include "threads.h"

#include "system/turns.h"
#include "system/turns_system.h"

enum { WAITERS = 4, LONG_MS = 60000, PATIENT_MS = 30000, SHORT_MS = 10 };

static struct error err;

/* ---- one who waits, on a thread of his own ---- */

struct waiter {
    struct turns *turns;
    bool urgent;
    unsigned ms;
    char name;
    bool got;
    char *order; /* written by whoever has the turn */
    struct thread thread;
};

static void wait_and_write(void *context)
{
    struct waiter *waiter = context;
    waiter->got = turns_take(waiter->turns, waiter->urgent, waiter->ms);
    if (waiter->got) {
        size_t used = strlen(waiter->order);
        waiter->order[used] = waiter->name;
        turns_give(waiter->turns);
    }
}

/* One after the other: it waits when this returns. */
static void begin(struct waiter *waiter)
{
    size_t before = turns_waiting(waiter->turns);
    thread_begin(&waiter->thread, wait_and_write, waiter);
    while (turns_waiting(waiter->turns) == before) {
        thread_sleep(1);
    }
}

static void join(struct waiter *waiter)
{
    thread_join(&waiter->thread);
}

static struct turns *turns_for_test(unsigned give_way_ms)
{
    struct turns *turns = turns_new(give_way_ms, &err);
    assert_non_null(turns);
    return turns;
}

/* ---- the rules ---- */

static void check_order(const char *label, const char *names, const char *expected)
{
    char order[WAITERS + 1] = "";
    struct waiter waiters[WAITERS];
    struct turns *turns = turns_for_test(PATIENT_MS);
    size_t count = strlen(names);
    assert_true(turns_take(turns, false, 0));
    for (size_t i = 0; i < count; i++) {
        bool urgent = names[i] >= 'A' && names[i] <= 'Z';
        waiters[i] = (struct waiter){
            .turns = turns, .urgent = urgent, .ms = LONG_MS, .name = names[i], .order = order};
        begin(&waiters[i]);
    }
    turns_give(turns);
    for (size_t i = 0; i < count; i++) {
        join(&waiters[i]);
    }
    CHECK_TEXT(label, expected, order);
    turns_free(turns);
}

static void terminals_come_first_and_else_who_came_first(void **state)
{
    (void)state;
    check_order("alone", "a", "a");
    check_order("as they came", "AB", "AB");
    check_order("work as well", "ab", "ab");
    check_order("a terminal before work", "aA", "Aa");
    check_order("each terminal", "aAB", "ABa");
}

static void work_gives_way_for_a_time(void **state)
{
    char order[WAITERS + 1] = "";
    struct turns *turns = turns_for_test(SHORT_MS);
    struct waiter work = {.turns = turns, .ms = LONG_MS, .name = 'a', .order = order};
    struct waiter terminal = {
        .turns = turns, .urgent = true, .ms = LONG_MS, .name = 'A', .order = order};
    (void)state;
    assert_true(turns_take(turns, true, 0));
    begin(&work);
    while (!turns_awaited(turns)) { /* by work that is as urgent by now */
        thread_sleep(1);
    }
    begin(&terminal);
    turns_give(turns);
    join(&work);
    join(&terminal);
    CHECK_TEXT("it came before", "aA", order);
    turns_free(turns);
}

static void who_has_waited_long_enough_goes(void **state)
{
    char order[WAITERS + 1] = "";
    struct turns *turns = turns_for_test(PATIENT_MS);
    struct waiter late = {.turns = turns, .urgent = true, .ms = 100, .name = 'A', .order = order};
    struct waiter next = {.turns = turns, .ms = LONG_MS, .name = 'a', .order = order};
    (void)state;
    assert_true(turns_take(turns, false, 0));
    int64_t began_ms = turns_system_ms();
    assert_false(turns_take(turns, true, 30));
    int64_t took_ms = turns_system_ms() - began_ms;
    assert_true(took_ms >= 29 && took_ms < 2000);
    begin(&late);
    begin(&next);
    join(&late);
    assert_false(late.got);
    turns_give(turns);
    join(&next);
    CHECK_TEXT("who stayed", "a", order);
    assert_true(turns_take(turns, false, 0)); /* and it is free */
    turns_give(turns);
    turns_free(turns);
}

static void who_has_it_learns_that_he_is_waited_for(void **state)
{
    char order[WAITERS + 1] = "";
    struct turns *turns = turns_for_test(PATIENT_MS);
    struct waiter work = {.turns = turns, .ms = 100, .name = 'a', .order = order};
    struct waiter terminal = {
        .turns = turns, .urgent = true, .ms = LONG_MS, .name = 'A', .order = order};
    (void)state;
    assert_true(turns_take(turns, false, 0));
    assert_false(turns_awaited(turns));
    begin(&work);
    thread_sleep(TURNS_LEAST_MS + 1);
    assert_false(turns_awaited(turns)); /* by nobody urgent */
    join(&work);
    begin(&terminal);
    assert_true(turns_awaited(turns));
    turns_give(turns);
    join(&terminal);
    assert_false(turns_awaited(turns));
    turns_free(turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminals_come_first_and_else_who_came_first),
        cmocka_unit_test(work_gives_way_for_a_time),
        cmocka_unit_test(who_has_waited_long_enough_goes),
        cmocka_unit_test(who_has_it_learns_that_he_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
