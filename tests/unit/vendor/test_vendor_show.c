/* What a person is told of a vendor's database, and what he is to write into config.json. */
#include "att.h"

#include <inttypes.h>

#include "vendor/vendor_show.h"

struct heard {
    char words[12000];
    char table[20000];
};

static void hear(void *context, const char *line)
{
    struct heard *heard = context;
    size_t len = strlen(heard->words);
    snprintf(heard->words + len, sizeof heard->words - len, "%s\n", line);
}

static bool take(void *context, struct span text, struct error *failure)
{
    struct heard *heard = context;
    size_t len = strlen(heard->table);
    (void)failure;
    assert_true(len + text.len < sizeof heard->table);
    memcpy(heard->table + len, text.at, text.len);
    heard->table[len + text.len] = '\0';
    return true;
}

static const char *(*in_words)(const char *english); /* NULL: English */
static const char *(*why)(const char *english);

static bool show(struct att *att, struct heard *heard, bool *good)
{
    const struct vendor_listener listener = {hear, take, heard, in_words, why};
    memset(heard, 0, sizeof *heard);
    error_clear(&err);
    return vendor_show(&att->config, "HIP_DEVICE_7", &att->moment, &listener, good, &err);
}

static void expect(const struct heard *heard, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(heard->words, lines[i]) == NULL) {
            fail_msg("not said: %s\nsaid:\n%s", lines[i], heard->words);
        }
    }
}

/* What it says to write is what config.json takes, and is as it should be. */
static struct config *written(const struct heard *heard)
{
    char text[8000];
    const char *at = strstr(heard->words, "    \"access\": ");
    assert_non_null(at);
    snprintf(text, sizeof text, "{%.*s}", (int)strcspn(at, "\n"), at);
    struct config *config = config_parse(span_of(text), "C:\\x\\config.json", &err);
    if (config == NULL) {
        fail_msg("%s: %s", text, err.text);
    }
    return config;
}

static void all_that_is_in_it_is_said(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "Format: Jet 4 (Access 2000 to 2003), 0.",
        "Tables: USERINFO, CHECKINOUT, CHECKEXACT\n",
        "CHECKINOUT: USERID Long, CHECKTIME Date, CHECKTYPE Text, VERIFYCODE Long, SENSORID Text, "
        "sn "
        "Text\n",
        "USERINFO: USERID Long, Badgenumber Text, Name Text\n",
        "Punches: 5 rows, from 2025-01-06 08:00:00 to 2025-01-06 08:00:00\n",
        "    would be taken: 1\n",
        "    typed in by an operator: 1, which are left out unless \"include_typed\" is true\n",
        "    would be set aside: 3\n",
        "        1: the database has no person with this USERID\n",
        "        1: the person has no number that can be one\n",
        "        1: it does not say which terminal it is of, and none is configured\n",
        "Persons: 3, of which 1 have no number\n",
        "    machine 101, sn " ATT_SN ": 3 rows, the last at 2025-01-06 08:00:04\n",
        "    machine 101, sn -: 2 rows, the last at 2025-01-06 08:00:02\n",
        "2 rows name no terminal by its serial number. They are taken under the one that",
    };
    struct att att;
    struct heard heard;
    bool good = false;
    att_begin(&att);
    att.config.device_sn[0] = '\0';
    att_user(&att, 1, "1007");
    att_user(&att, 2, "42");
    att_user(&att, 3, NULL);
    walltime eight = ATT_MONDAY + 8 * 3600;
    att_punch(&att, 1, eight, ATT_SN, NULL, NULL);
    att_punch(&att, 2, eight + 1, NULL, NULL, NULL);
    att_typed(&att, 2, eight + 2, 1);
    att_punch(&att, 2, eight + 2, NULL, NULL, NULL);
    att_punch(&att, 3, eight + 3, ATT_SN, NULL, NULL);
    att_punch(&att, 9, eight + 4, ATT_SN, NULL, NULL);
    att_write(&att);
    DO(show(&att, &heard, &good));
    CHECK_INT("there is one to take", true, good);
    expect(&heard, lines, HB_COUNT(lines));
    struct config *config = written(&heard);
    CHECK_INT("enabled", true, config->access.enabled);
    CHECK_TEXT("the logs' name, so that one punch is not two", "HIP_DEVICE_7",
               config->access.device_sn);
    config_free(config);
    assert_int_equal(strncmp(heard.table, "user\ttime\tstatus\tverify\t", 24), 0);
    assert_non_null(strstr(heard.table, "\r\n1007\t2025-01-06 08:00:00\t0\t1\t\t" ATT_SN
                                        "\t101\t\t\tUSERID=1 CHECKTIME=2025-01-06 08:00:00"));
    assert_non_null(strstr(heard.table, "\t101\ttyped\t\tUSERID=2"));
    assert_non_null(
        strstr(heard.table, "\t\tthe database has no person with this USERID\tUSERID=9"));
    att_end(&att);
}

static void what_is_configured_already_is_kept(void **state)
{
    (void)state;
    struct att att;
    struct heard heard;
    bool good = false;
    att_begin(&att);
    snprintf(att.config.sensors[0].number, sizeof att.config.sensors[0].number, "101");
    snprintf(att.config.sensors[0].sn, sizeof att.config.sensors[0].sn, "GATE1");
    snprintf(att.config.sensors[1].number, sizeof att.config.sensors[1].number, "102");
    snprintf(att.config.sensors[1].sn, sizeof att.config.sensors[1].sn, "GATE2");
    att.config.sensor_count = 2;
    att.config.include_typed = true;
    att.config.every_s = 300;
    att_user(&att, 1, "1007");
    att_typed(&att, 1, ATT_MONDAY, 1);
    att_punch(&att, 1, ATT_MONDAY, NULL, NULL, NULL);
    att_write(&att);
    DO(show(&att, &heard, &good));
    CHECK_INT("typed in and taken", true, good);
    assert_non_null(strstr(heard.words, "; by the configuration it is GATE1\n"));
    assert_non_null(strstr(heard.words, "1, which are taken (\"include_typed\" is true)"));
    assert_null(strstr(heard.words, "name no terminal"));
    struct config *config = written(&heard);
    CHECK_TEXT("as it is", ATT_OWN, config->access.device_sn);
    CHECK_INT("terminals", 2, config->access.sensor_count);
    CHECK_TEXT("terminals", "GATE1", config_sensor_sn(&config->access, "101"));
    CHECK_TEXT("terminals", "GATE2", config_sensor_sn(&config->access, "102"));
    CHECK_INT("typed", true, config->access.include_typed);
    CHECK_INT("pace", 300, config->access.every_s);
    config_free(config);
    att_end(&att);
}

/* As many terminals as there can be, with names as long as they can be. */
static void the_largest_configuration_is_said_whole(void **state)
{
    (void)state;
    static char name[] = "attendance-of-the-whole-works-attendance-of-the-whole-works";
    struct att att;
    struct heard heard;
    bool good = false;
    att_begin(&att);
    att.config.sensor_count = CONFIG_SENSORS_MAX;
    for (int i = 0; i < CONFIG_SENSORS_MAX; i++) {
        snprintf(att.config.sensors[i].number, sizeof att.config.sensors[i].number, "%d",
                 10000000 + i);
        snprintf(att.config.sensors[i].sn, sizeof att.config.sensors[i].sn, "INVENTED%0*d", 20, i);
    }
    snprintf(att.config.users, sizeof att.config.users, "%s", VENDOR_USERS);
    snprintf(att.config.table, sizeof att.config.table, "%s", name);
    build_table(&att.build, &att.punches, name, att_punches, HB_COUNT(att_punches), true);
    att_user(&att, 1, "1007");
    att_punch(&att, 1, ATT_MONDAY, ATT_SN, NULL, NULL);
    att_write(&att);
    DO(show(&att, &heard, &good));
    CHECK_INT("good", true, good);
    struct config *config = written(&heard);
    CHECK_TEXT("table", name, config->access.table);
    CHECK_INT("all", CONFIG_SENSORS_MAX, config->access.sensor_count);
    CHECK_TEXT("the last", att.config.sensors[CONFIG_SENSORS_MAX - 1].sn,
               config->access.sensors[CONFIG_SENSORS_MAX - 1].sn);
    config_free(config);
    att_end(&att);
}

/* What is too short for a serial number is shown as it stands, and its rows need a terminal. */
static void a_short_sn_is_none(void **state)
{
    (void)state;
    struct att att;
    struct heard heard;
    bool good = false;
    att_begin(&att);
    att.config.device_sn[0] = '\0';
    att_user(&att, 1, "1007");
    att_punch(&att, 1, ATT_MONDAY, "17", NULL, NULL);
    att_punch(&att, 1, ATT_MONDAY + 60, "17", NULL, NULL);
    att_punch(&att, 1, ATT_MONDAY + 120, ATT_SN, NULL, NULL);
    att_write(&att);
    DO(show(&att, &heard, &good));
    assert_non_null(strstr(heard.words, "sn 17: 2 rows"));
    assert_non_null(strstr(heard.words, "\n2 rows name no terminal by its serial number."));
    struct config *config = written(&heard);
    CHECK_TEXT("proposed", "HIP_DEVICE_7", config->access.device_sn);
    config_free(config);
    att_end(&att);
}

/* Premium Time's: nobody knows what sn means there, so that it is shown and not believed. */
static void a_table_with_the_persons_own_number(void **state)
{
    (void)state;
    static const struct build_column columns[] = {{"Badgenumber", JET_TEXT, 48},
                                                  {"checktime", JET_DATE, 8},
                                                  {"sensorid", JET_TEXT, 10},
                                                  {"sn", JET_LONG, 4}};
    struct att att;
    struct heard heard;
    struct build_table own;
    bool good = false;
    att_begin(&att);
    snprintf(att.config.table, sizeof att.config.table, "own");
    build_table(&att.build, &own, "own", columns, HB_COUNT(columns), true);
    for (int i = 0; i < 70; i++) {
        const struct build_value values[] = {{true, 0, 0, "00042"},
                                             {true, 0, att_days(ATT_MONDAY + i), NULL},
                                             {true, 0, 0, "1"},
                                             {true, 1000 + i, 0, NULL}};
        (void)build_row(&att.build, &own, values, HB_COUNT(values), NULL);
    }
    att_write(&att);
    DO(show(&att, &heard, &good));
    CHECK_INT("good", true, good);
    assert_non_null(strstr(heard.words, "Persons: the punches have each person's own number"));
    assert_non_null(strstr(heard.words, "    machine 1, sn 1000: 1 rows"));
    assert_non_null(strstr(heard.words, "    and at least 52 more\n"));
    assert_non_null(strstr(heard.words, "What \"sn\" means in this table is not known"));
    struct config *config = written(&heard);
    CHECK_TEXT("table", "own", config->access.table);
    config_free(config);
    att_end(&att);
}

static void an_old_one_is_pointed_out(void **state)
{
    (void)state;
    struct att att;
    struct heard heard;
    bool good = false;
    att_begin(&att);
    att_user(&att, 1, "1007");
    att_punch(&att, 1, ATT_NOW - 8 * 86400, ATT_SN, NULL, NULL);
    att_write(&att);
    DO(show(&att, &heard, &good));
    assert_non_null(strstr(heard.words, "more than a week old"));
    att_punch(&att, 1, ATT_NOW - 86400, ATT_SN, NULL, NULL);
    att_write(&att);
    DO(show(&att, &heard, &good));
    assert_null(strstr(heard.words, "more than a week old"));
    att_end(&att);
}

static const char *in_brackets(const char *english)
{
    return strcmp(english, "Tables") == 0          ? "[tables]"
           : strncmp(english, "Punches: ", 9) == 0 ? "[%" PRIu64 " from %s to %s]"
                                                   : english;
}

static const char *shouted(const char *english)
{
    return strcmp(english, "the database has no person with this USERID") == 0 ? "WHO IS THAT"
                                                                               : english;
}

static void it_is_said_in_the_reader_s_language(void **state)
{
    (void)state;
    struct att att;
    struct heard heard;
    bool good = false;
    att_begin(&att);
    att_user(&att, 1, "1007");
    att_punch(&att, 1, ATT_NOW - 86400, ATT_SN, NULL, NULL);
    att_punch(&att, 9, ATT_NOW - 86400, ATT_SN, NULL, NULL);
    att_write(&att);
    in_words = in_brackets;
    why = shouted;
    bool shown = show(&att, &heard, &good);
    in_words = why = NULL;
    assert_true(shown);
    assert_non_null(strstr(heard.words, "[tables]: USERINFO"));
    assert_non_null(strstr(heard.words, "[2 from 20"));
    assert_non_null(strstr(heard.words, "1: WHO IS THAT"));
    att_end(&att);
}

static void one_without_punches_has_nothing_to_take(void **state)
{
    (void)state;
    struct att att;
    struct heard heard;
    bool good = true;
    att_begin(&att);
    att_write(&att);
    DO(show(&att, &heard, &good));
    CHECK_INT("nothing", false, good);
    assert_null(strstr(heard.words, "\"access\""));
    CHECK_TEXT("no table", "", heard.table);
    att_end(&att);
}

/* Each its sentence. */
static void what_is_none_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t from, len; /* these bytes of a good one are overwritten, */
        int byte;         /* by this; */
        size_t size;      /* it ends here; 0 = as it did */
        const char *words;
    } cases[] = {
        {"one byte", 0, 1, 1, 1, "no Access database"},
        {"zeros", 0, 1u << 20, 0, 0, "zeros"},
        {"another kind", 0, 4, 'P', 0, "no Access database"},
        {"Jet 3", 0x14, 1, 0, 0, "Access 97"},
        {"encoded", 0x3E, 4, 0x55, 0, "encoded"},
        {"a version to come", 0x14, 1, 42, 0, "not known (42)"},
        {"cut in its first page", 0, 0, 0, 2000, "ends within its first page"},
        {"cut behind it", 0, 0, 0, 2 * JET_PAGE, "is not in the database file"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct att att;
        struct heard heard;
        bool good = true;
        att_begin(&att);
        size_t all = (size_t)att.build.pages * JET_PAGE;
        size_t end = cases[i].from + cases[i].len;
        memset(att.build.bytes + cases[i].from, cases[i].byte,
               (end < all ? end : all) - cases[i].from);
        scratch_write(att.config.path, (const char *)att.build.bytes,
                      cases[i].size > 0 ? cases[i].size : all);
        assert_false(show(&att, &heard, &good));
        if (strstr(err.text, cases[i].words) == NULL) {
            fail_msg("%s: expected %s, got %s", cases[i].name, cases[i].words, err.text);
        }
        CHECK_INT(cases[i].name, false, good);
        att_end(&att);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_in_it_is_said),
        cmocka_unit_test(what_is_configured_already_is_kept),
        cmocka_unit_test(the_largest_configuration_is_said_whole),
        cmocka_unit_test(a_short_sn_is_none),
        cmocka_unit_test(a_table_with_the_persons_own_number),
        cmocka_unit_test(an_old_one_is_pointed_out),
        cmocka_unit_test(it_is_said_in_the_reader_s_language),
        cmocka_unit_test(one_without_punches_has_nothing_to_take),
        cmocka_unit_test(what_is_none_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
