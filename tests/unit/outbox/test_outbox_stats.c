#include "outbox/outbox_stats.h"
#include "scratch_outbox.h"

enum { NOW = 1700000000 };

static bool sum_hour(void *context, const struct outbox_hour *hour)
{
    *(int64_t *)context += hour->punches;
    return true;
}

static int64_t counted(struct outbox *outbox)
{
    int64_t sum = 0;
    DO(outbox_each_hour(outbox, NOW - 30 * 86400, NOW + 30 * 86400, sum_hour, &sum, &err));
    return sum;
}

static void append(struct outbox *outbox, int number, int64_t time)
{
    struct punch punch = {.time = time, .user_id = "7", .raw = SPAN("x")};
    enum outbox_added added;
    snprintf(punch.device_sn, sizeof punch.device_sn, "T%d", number);
    DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
}

static void only_what_is_committed_is_counted(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    append(outbox, 1, NOW);
    outbox_rollback(outbox);
    CHECK_INT("rolled back", 0, counted(outbox));
    DO(outbox_begin(outbox, &err));
    append(outbox, 1, NOW);
    DO(outbox_commit(outbox, &err));
    CHECK_INT("committed", 1, counted(outbox));
    drop_outbox(outbox);
}

static void count_all(struct outbox *outbox, int64_t limit)
{
    int64_t uncounted = 1;
    while (uncounted > 0) {
        DO(outbox_begin(outbox, &err));
        DO(outbox_count_hours(outbox, NOW, limit, &err));
        DO(outbox_commit(outbox, &err));
        DO(outbox_uncounted(outbox, &uncounted, &err));
    }
}

static void each_is_counted_once_wherever_the_counting_is(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < 1000; i++) {
        append(outbox, i % 300, NOW + i);
    }
    DO(outbox_commit(outbox, &err));
    CHECK_INT("none counted", 1000, counted(outbox));
    DO(outbox_begin(outbox, &err));
    DO(outbox_count_hours(outbox, NOW, 400, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("some counted", 1000, counted(outbox));
    count_all(outbox, 100);
    CHECK_INT("all counted", 1000, counted(outbox));
    drop_outbox(outbox);
}

static void what_waits_again_is_not_counted_again(void **state)
{
    (void)state;
    size_t moved = 0;
    struct outbox *outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < 100; i++) {
        append(outbox, 1, NOW + i);
    }
    DO(outbox_advance(outbox, 80, NOW, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_begin(outbox, &err));
    DO(outbox_count_hours(outbox, NOW, 50, &err));
    DO(outbox_requeue_period(outbox, NOW, NOW + 60, &moved, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("moved", 60, moved);
    CHECK_INT("before", 100, counted(outbox));
    count_all(outbox, 1000);
    CHECK_INT("after", 100, counted(outbox));
    drop_outbox(outbox);
}

static void history_is_left_out(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    append(outbox, 1, NOW - 10 * 86400);
    append(outbox, 1, NOW - 8 * 86400);
    append(outbox, 1, NOW + 3 * 86400);
    DO(outbox_commit(outbox, &err));
    count_all(outbox, 1000);
    CHECK_INT("one", 1, counted(outbox));
    drop_outbox(outbox);
}

static bool count_sample(void *context, const struct outbox_sample *sample)
{
    int64_t *sums = context;
    sums[0]++;
    sums[1] += sample->waiting;
    sums[2] += sample->age_s;
    return true;
}

static void samples_tell_what_waited_and_are_forgotten(void **state)
{
    (void)state;
    int64_t sums[3] = {0};
    struct outbox *outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    append(outbox, 1, NOW);
    append(outbox, 2, NOW);
    DO(outbox_count_hours(outbox, NOW, 10, &err));
    DO(outbox_sample(outbox, NOW + 60, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_each_sample(outbox, 0, INT64_MAX, count_sample, sums, &err));
    CHECK_INT("samples", 1, sums[0]);
    CHECK_INT("waiting", 2, sums[1]);
    CHECK_INT("age", 60, sums[2]);
    DO(outbox_begin(outbox, &err));
    DO(outbox_sample(outbox, NOW + 20 * 86400, &err));
    DO(outbox_commit(outbox, &err));
    memset(sums, 0, sizeof sums);
    DO(outbox_each_sample(outbox, 0, INT64_MAX, count_sample, sums, &err));
    CHECK_INT("the old one is gone", 1, sums[0]);
    CHECK_INT("old hours are gone", 0, counted(outbox));
    drop_outbox(outbox);
}

static void deliveries_are_summed_since_a_time_and_ever(void **state)
{
    (void)state;
    struct outbox_delays delays = {{0}, 0};
    struct outbox_delays read;
    struct outbox *outbox = new_outbox();
    outbox_delay_add(&delays, 1);
    outbox_delay_add(&delays, 7);
    for (int day = 0; day < 3; day++) {
        DO(outbox_begin(outbox, &err));
        DO(outbox_delivered(outbox, &delays, NOW + day * 86400, &err));
        DO(outbox_commit(outbox, &err));
    }
    DO(outbox_delivered_since(outbox, NOW + 86400, &read, &err));
    CHECK_INT("since", 2, read.punches[0]);
    CHECK_INT("since", 2, read.punches[1]);
    CHECK_INT("since", 16, read.delay_s);
    DO(outbox_delivered_since(outbox, 0, &read, &err));
    CHECK_INT("ever", 3, read.punches[0]);
    CHECK_INT("ever", 24, read.delay_s);
    drop_outbox(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_committed_is_counted),
        cmocka_unit_test(each_is_counted_once_wherever_the_counting_is),
        cmocka_unit_test(what_waits_again_is_not_counted_again),
        cmocka_unit_test(history_is_left_out),
        cmocka_unit_test(samples_tell_what_waited_and_are_forgotten),
        cmocka_unit_test(deliveries_are_summed_since_a_time_and_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
