#include "outbox/outbox_event.h"
#include "scratch_outbox.h"

static void told(struct outbox *outbox, int event, const char *about, int64_t at_s,
                 const char *strings)
{
    struct outbox_event one = {.event = event, .last_s = at_s};
    snprintf(one.about, sizeof one.about, "%s", about);
    snprintf(one.strings, sizeof one.strings, "%s", strings);
    DO(outbox_event_told(outbox, &one, &err));
}

struct seen {
    char text[2000];
    size_t count;
};

static bool see(void *context, const struct outbox_event *one)
{
    struct seen *seen = context;
    size_t len = strlen(seen->text);
    seen->count++;
    if (len < sizeof seen->text - 100) {
        snprintf(seen->text + len, sizeof seen->text - len, "%d %s %d-%d x%d%s %.60s;", one->event,
                 one->about, (int)one->since_s, (int)one->last_s, (int)one->times,
                 one->over ? " over" : "", one->strings);
    }
    return true;
}

static void check(struct outbox *outbox, int event, const char *expected)
{
    struct seen seen = {{0}, 0};
    DO(outbox_each_event(outbox, event, see, &seen, &err));
    CHECK_TEXT("told", expected, seen.text);
}

static void the_last_of_each_thing_is_kept(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    check(outbox, 0, "");
    told(outbox, 302, "D:\\a", 10, "one");
    told(outbox, 302, "D:\\a", 20, "two");
    told(outbox, 210, "10.0.0.9", 15, "why");
    check(outbox, 0, "302 D:\\a 10-20 x2 two;210 10.0.0.9 15-15 x1 why;");
    check(outbox, 210, "210 10.0.0.9 15-15 x1 why;");
    DO(outbox_event_over(outbox, 302, "D:\\b", &err));
    check(outbox, 302, "302 D:\\a 10-20 x2 two;");
    DO(outbox_event_over(outbox, 302, "D:\\a", &err));
    check(outbox, 302, "302 D:\\a 10-20 x2 over two;");
    told(outbox, 302, "D:\\a", 30, "again");
    check(outbox, 302, "302 D:\\a 30-30 x1 again;");
    told(outbox, 302, "D:\\c", 31, "c");
    DO(outbox_event_over(outbox, 302, NULL, &err));
    check(outbox, 302, "302 D:\\c 31-31 x1 over c;302 D:\\a 30-30 x1 over again;");
    drop_outbox(outbox);
}

static void strangers_do_not_make_it_grow(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct seen seen = {{0}, 0};
    for (int i = 0; i < OUTBOX_EVENT_EACH * 3; i++) {
        char address[20];
        snprintf(address, sizeof address, "10.0.%d.%d", i / 256, i % 256);
        told(outbox, 210, address, 100 + i, "why");
    }
    told(outbox, 220, "", 1, "kept");
    DO(outbox_each_event(outbox, 210, see, &seen, &err));
    CHECK_INT("kept of one", OUTBOX_EVENT_EACH, seen.count);
    assert_non_null(strstr(seen.text, "210 10.0.0.149 249-249")); /* the newest first */
    check(outbox, 220, "220  1-1 x1 kept;");
    drop_outbox(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_of_each_thing_is_kept),
        cmocka_unit_test(strangers_do_not_make_it_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
