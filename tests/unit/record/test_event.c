#include "check.h"

#include "record/event.h"

struct seen {
    enum event_id id;
    size_t count;
    char text[128];
};

static void note(void *context, enum event_id id, size_t count, const char *const *strings)
{
    struct seen *seen = context;
    seen->id = id;
    seen->count = count;
    seen->text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(seen->text, strings[i]);
        strcat(seen->text, "|");
    }
}

static void test_strings_end_at_null(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct event_sink sink = {note, &seen};
    event_report(&sink, EVENT_LISTENING, "9090", NULL);
    assert_int_equal(seen.id, EVENT_LISTENING);
    assert_string_equal(seen.text, "9090|");
    event_report(&sink, EVENT_STARTED, NULL);
    assert_int_equal(seen.count, 0);
    event_report(&sink, EVENT_SYNC_SUMMARY, "1", "2", "3", "4", "5", "6", "7", NULL);
    assert_string_equal(seen.text, "1|2|3|4|5|6|7|");
    event_report(&sink, EVENT_SYNC_SUMMARY, "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL);
    assert_int_equal(seen.count, EVENT_STRINGS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_strings_end_at_null)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
