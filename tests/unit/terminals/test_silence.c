/* Terminals that come and go, and a service that is stopped, by a clock of the test's own. */
#include "scratch_outbox.h"
#include "terminals/silence.h"

enum { NOW = 1768456800, /* 2026-01-15 06:00 UTC: 13:00 at the terminals */ MINUTE = 60 };

/* ---- the rule ---- */

static void one_rule_says_who_is_missed(void **state)
{
    (void)state;
    enum { DAY = 86400 };
    static const struct {
        const char *name;
        int64_t from, until, now; /* all four counted from NOW */
        bool configured, heard;   /* heard: at `seen`, else never */
        int64_t seen;
        bool missed;
    } cases[] = {
        {"heard just now", -DAY, 0, 0, true, true, -5, false},
        {"quiet for the limit", -DAY, 0, 0, true, true, -900, false},
        {"quiet for longer", -DAY, 0, 0, true, true, -901, true},
        {"not listened for long", -600, 0, 0, true, true, -DAY, false},
        {"listened for long enough", -901, 0, 0, true, true, -DAY, true},
        {"the service stopped before the limit", -DAY, -3600, 0, true, true, -4000, false},
        {"the service stopped after it", -DAY, -3600, 0, true, true, -5000, true},
        {"nothing noted yet", -NOW, -NOW, 0, true, true, -5000, false},
        {"not listed, quiet for six days", -8 * DAY, 0, 0, false, true, -6 * DAY, true},
        {"not listed, quiet for a week", -8 * DAY, 0, 0, false, true, -7 * DAY, false},
        {"listed, quiet for a week", -8 * DAY, 0, 0, true, true, -7 * DAY, true},
        {"listed, never heard", -DAY, 0, 0, true, false, 0, true},
        {"listed, never heard, just started", -60, 0, 0, true, false, 0, false},
        {"heard a little ahead of the clock", -DAY, 0, 0, true, true, 3, false},
        {"heard before the clock was set back", -DAY, 0, 0, true, true, DAY, true},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        const struct silence_watch watch = {NOW + cases[i].from, NOW + cases[i].until,
                                            NOW + cases[i].now};
        CHECK_INT(
            cases[i].name, cases[i].missed,
            silence_is(&watch, cases[i].configured, cases[i].heard ? NOW + cases[i].seen : 0));
    }
}

/* ---- what is told ---- */

struct told {
    char text[4000];
};

static void report(void *context, enum event_id id, size_t count, const char *const *strings)
{
    struct told *told = context;
    size_t len = strlen(told->text);
    len += (size_t)snprintf(told->text + len, sizeof told->text - len, "%d", (int)id);
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(told->text + len, sizeof told->text - len, " %s", strings[i]);
    }
    (void)snprintf(told->text + len, sizeof told->text - len, "\n");
}

struct office {
    struct outbox *outbox;
    struct config *config;
    struct told told;
    struct event_sink events;
    struct silence *silence;
};

static void start(struct office *office, int64_t now_s)
{
    silence_free(office->silence);
    office->silence = silence_new(office->config, office->outbox, &office->events, now_s, &err);
    assert_non_null(office->silence);
}

static void open_office(struct office *office, const char *config)
{
    memset(office, 0, sizeof *office);
    office->outbox = new_outbox();
    office->config = config_parse(span_of(config), "/x/config.json", &err);
    if (office->config == NULL) {
        fail_msg("%s", err.text);
    }
    office->events = (struct event_sink){report, &office->told};
}

static void close_office(struct office *office)
{
    silence_free(office->silence);
    config_free(office->config);
    drop_outbox(office->outbox);
}

static void hear(struct office *office, const char *sn, int64_t now_s)
{
    struct outbox_device device = {.last_seen_s = now_s, .punches = 1};
    snprintf(device.sn, sizeof device.sn, "%s", sn);
    DO(outbox_begin(office->outbox, &err));
    DO(outbox_device_save(office->outbox, &device, &err));
    DO(outbox_commit(office->outbox, &err));
}

static const char two[] = "{\"listener\":{\"devices\":[{\"sn\":\"A\",\"name\":\"Gate\"},"
                          "{\"sn\":\"B\",\"timezone\":8}]}}";

/* A look each minute from `minute` until the next step's; at each, these terminals are heard. */
struct step {
    int minute;
    const char *heard;
    enum { GOES_ON, STARTS, SLEEPS, STOPS } how; /* SLEEPS: nothing looks */
    const char *told;                            /* until the next step */
};

static void play(const char *name, const struct step *steps, size_t count, int end)
{
    struct office office;
    open_office(&office, two);
    for (size_t i = 0; i < count; i++) {
        int next = i + 1 < count ? steps[i + 1].minute : end;
        char at[80];
        snprintf(at, sizeof at, "%s, minute %d", name, steps[i].minute);
        if (steps[i].how == STARTS) {
            start(&office, NOW + (int64_t)steps[i].minute * MINUTE);
        }
        for (int minute = steps[i].minute; minute < next && steps[i].how != SLEEPS; minute++) {
            int64_t now_s = NOW + (int64_t)minute * MINUTE;
            for (const char *one = steps[i].heard; *one != '\0'; one++) {
                const char sn[] = {*one, '\0'};
                hear(&office, sn, now_s);
            }
            if (steps[i].how == STOPS) {
                silence_finish(office.silence, now_s - 1); /* before a look is due */
            } else {
                silence_look(office.silence, now_s);
            }
        }
        CHECK_TEXT(at, steps[i].told, office.told.text);
        office.told.text[0] = '\0';
    }
    close_office(&office);
}

#define PLAY(name, steps, end) play(name, steps, HB_COUNT(steps), end)

static void silence_is_told_at_its_beginning_hourly_and_at_its_end(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, "AB", STARTS, ""},
        {30, "B", GOES_ON, "221 1 Gate (A) 2026-01-15 13:29\n"}, /* at 45 */
        {50, "B", GOES_ON, "221 1 Gate (A) 2026-01-15 13:29\n"}, /* at 105 */
        {110, "AB", GOES_ON, "222 Gate (A) 2026-01-15 13:29\n"},
        {300, "", GOES_ON,
         "221 2 Gate (A) 2026-01-15 17:59; B 2026-01-15 18:59\n"   /* at 315 */
         "221 2 Gate (A) 2026-01-15 17:59; B 2026-01-15 18:59\n"}, /* at 375 */
        {376, "A", GOES_ON, "222 Gate (A) 2026-01-15 17:59\n"},
        {390, "A", GOES_ON, "221 1 B 2026-01-15 18:59\n"}, /* at 435 */
        {450, "AB", GOES_ON, "222 B 2026-01-15 18:59\n"},
    };
    PLAY("an office", steps, 600);
}

static void another_that_falls_silent_is_told_at_once(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, "AB", STARTS, ""},
        {10, "B", GOES_ON, "221 1 Gate (A) 2026-01-15 13:09\n"},                    /* at 25 */
        {30, "", GOES_ON, "221 2 B 2026-01-15 14:29; Gate (A) 2026-01-15 13:09\n"}, /* at 45 */
    };
    PLAY("two after each other", steps, 60);
}

static void a_restart_neither_repeats_nor_forgets(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, "AB", STARTS, ""},
        {10, "B", GOES_ON, "221 1 Gate (A) 2026-01-15 13:09\n"}, /* at 25 */
        {30, "B", STARTS, ""},
        {40, "B", STARTS, ""},
        {80, "B", GOES_ON, "221 1 Gate (A) 2026-01-15 13:09\n"}, /* at 85 */
        {90, "AB", STARTS, "222 Gate (A) 2026-01-15 13:09\n"},
        {100, "AB", STARTS, ""},
    };
    PLAY("restarts", steps, 120);
    /* It is heard within the minute before the stop. */
    static const struct step stopped[] = {
        {0, "AB", STARTS, ""},
        {10, "B", GOES_ON, "221 1 Gate (A) 2026-01-15 13:09\n"}, /* at 25 */
        {30, "A", STOPS, "222 Gate (A) 2026-01-15 13:09\n"},
        {31, "AB", STARTS, ""},
    };
    PLAY("a stop", stopped, 60);
}

static void a_night_switched_off_gives_terminals_their_time_again(void **state)
{
    (void)state;
    static const struct step slept[] = {
        {0, "AB", STARTS, ""},
        {30, "", SLEEPS, ""},
        {600, "", GOES_ON, ""},
        {614, "AB", GOES_ON, ""},
    };
    static const struct step stopped[] = {
        {0, "AB", STARTS, ""},
        {30, "", SLEEPS, ""},
        {600, "B", STARTS, ""},
        {616, "B", GOES_ON, "221 1 Gate (A) 2026-01-15 13:29\n"},
    };
    /* It was told of in the evening, and is heard in the morning. */
    static const struct step silent[] = {
        {0, "AB", STARTS, ""},
        {10, "B", GOES_ON, "221 1 Gate (A) 2026-01-15 13:09\n"},
        {30, "", SLEEPS, ""},
        {600, "B", STARTS, ""},
        {605, "AB", GOES_ON, "222 Gate (A) 2026-01-15 13:09\n"},
    };
    PLAY("the PC slept", slept, 660);
    PLAY("the PC was off", stopped, 660);
    PLAY("silent in the evening", silent, 660);
}

static void what_is_told_is_what_readers_see(void **state)
{
    (void)state;
    struct office office;
    struct silence_watch watch;
    open_office(&office, two);
    DO(silence_watch_read(office.outbox, office.config, NOW, &watch, &err));
    CHECK_INT("before the first look", false, silence_is(&watch, true, 0));
    hear(&office, "A", NOW);
    start(&office, NOW);
    for (int minute = 0; minute <= 16; minute++) {
        silence_look(office.silence, NOW + (int64_t)minute * MINUTE);
        bool told = strstr(office.told.text, "221") != NULL;
        DO(silence_watch_read(office.outbox, office.config, NOW + (int64_t)minute * MINUTE, &watch,
                              &err));
        CHECK_INT("told", silence_is(&watch, true, NOW), told);
        CHECK_INT("heard", minute <= 15, silence_is_heard(&watch, NOW));
    }
    /* The service is stopped: what was so stays so. */
    DO(silence_watch_read(office.outbox, office.config, NOW + INT64_C(864000), &watch, &err));
    CHECK_INT("silent when it was stopped", true, silence_is(&watch, true, NOW));
    CHECK_INT("heard when it was stopped", false,
              silence_is(&watch, true, NOW + (int64_t)10 * MINUTE));
    close_office(&office);
}

static void without_a_listener_nobody_is_missed(void **state)
{
    (void)state;
    struct office office;
    struct silence_watch watch;
    open_office(&office, "{\"listener\":{\"enabled\":false}}");
    hear(&office, "A", NOW);
    start(&office, NOW);
    for (int minute = 0; minute < 60; minute++) {
        silence_look(office.silence, NOW + (int64_t)minute * MINUTE);
    }
    CHECK_TEXT("told", "", office.told.text);
    DO(silence_watch_read(office.outbox, office.config, NOW + 3600, &watch, &err));
    CHECK_INT("missed", false, silence_is(&watch, true, NOW));
    close_office(&office);
}

static void a_clock_set_back_makes_nobody_silent(void **state)
{
    (void)state;
    struct office office;
    open_office(&office, two);
    hear(&office, "A", NOW);
    start(&office, NOW);
    silence_look(office.silence, NOW);
    for (int minute = 0; minute < 30; minute++) {
        int64_t now_s = NOW - 86400 + (int64_t)minute * MINUTE;
        if (minute > 10) {
            hear(&office, "A", now_s);
        }
        silence_look(office.silence, now_s);
    }
    CHECK_TEXT("told", "", office.told.text);
    close_office(&office);
}

static void a_long_list_is_cut_and_counted(void **state)
{
    (void)state;
    enum { TERMINALS = 1100 };
    struct office office;
    open_office(&office, "{}");
    DO(outbox_begin(office.outbox, &err));
    for (int i = 0; i < TERMINALS; i++) {
        struct outbox_device device = {.last_seen_s = NOW, .punches = 1};
        snprintf(device.sn, sizeof device.sn, "T%05d", i);
        DO(outbox_device_save(office.outbox, &device, &err));
    }
    DO(outbox_commit(office.outbox, &err));
    start(&office, NOW);
    for (int minute = 0; minute < 60; minute++) {
        silence_look(office.silence, NOW + (int64_t)minute * MINUTE);
    }
    const char *first = strstr(office.told.text, "221 1100 T");
    assert_non_null(first);
    assert_null(strstr(first + 1, "221 "));
    const char *rest = strstr(first, "; +");
    assert_non_null(rest);
    size_t listed = 1;
    for (const char *one = first; one < rest; one++) {
        listed += *one == ';';
    }
    CHECK_INT("listed and counted", TERMINALS, (long)listed + strtol(rest + 3, NULL, 10));
    CHECK_INT("an event's string is bounded", true, strlen(first) < 2000);
    close_office(&office);
}

/* Before and after: whoever else was once heard, a listed terminal is told of by name. */
static void a_listed_terminal_is_missed_among_any_number(void **state)
{
    static const struct {
        int64_t punches;
        const char *told; /* the beginning */
    } cases[] = {{0, "221 1 Gate (A) 2026-01-15 13:00\n"},
                 {1, "221 1201 Gate (A) 2026-01-15 13:00;"}};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct office office;
        open_office(&office, two);
        DO(outbox_begin(office.outbox, &err));
        for (int k = 0; k < 1200; k++) {
            struct outbox_device device = {.last_seen_s = NOW + 1, .punches = cases[i].punches};
            snprintf(device.sn, sizeof device.sn, "T%05d", k);
            DO(outbox_device_save(office.outbox, &device, &err));
        }
        DO(outbox_commit(office.outbox, &err));
        hear(&office, "A", NOW);
        start(&office, NOW);
        for (int minute = 0; minute < 17; minute++) {
            hear(&office, "B", NOW + (int64_t)minute * MINUTE);
            silence_look(office.silence, NOW + (int64_t)minute * MINUTE);
        }
        CHECK_INT(office.told.text, 0,
                  strncmp(cases[i].told, office.told.text, strlen(cases[i].told)));
        office.told.text[0] = '\0';
        hear(&office, "A", NOW + (int64_t)17 * MINUTE);
        silence_look(office.silence, NOW + (int64_t)17 * MINUTE);
        CHECK_TEXT("back", "222 Gate (A) 2026-01-15 13:00\n", office.told.text);
        close_office(&office);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rule_says_who_is_missed),
        cmocka_unit_test(silence_is_told_at_its_beginning_hourly_and_at_its_end),
        cmocka_unit_test(another_that_falls_silent_is_told_at_once),
        cmocka_unit_test(a_restart_neither_repeats_nor_forgets),
        cmocka_unit_test(a_night_switched_off_gives_terminals_their_time_again),
        cmocka_unit_test(what_is_told_is_what_readers_see),
        cmocka_unit_test(without_a_listener_nobody_is_missed),
        cmocka_unit_test(a_clock_set_back_makes_nobody_silent),
        cmocka_unit_test(a_long_list_is_cut_and_counted),
        cmocka_unit_test(a_listed_terminal_is_missed_among_any_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
