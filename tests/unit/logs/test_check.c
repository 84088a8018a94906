/*
 * check-log: what it says of each file of tests/corpus/logs, of exports that nobody foresaw, and of
 * these once their columns are mapped.
 */
#include "check.h"

#include "config/config.h"
#include "logs/check.h"
#include "scratch.h"

enum { SAID_MAX = 1 << 16, INDEX_MAX = 1 << 16, FILES_AT_LEAST = 100 };

static struct error err;
static char said[SAID_MAX];
static struct check_result result;

static void hear(void *context, const char *line)
{
    (void)context;
    assert_true(utf8_valid(span_of(line)));
    size_t used = strlen(said);
    snprintf(said + used, sizeof said - used, "%s\n", line);
}

static struct check_listener listener = {.say = hear};

static bool says(const char *part)
{
    return strstr(said, part) != NULL;
}

/* By a config.json with these lines in its section sync. */
static void check_by(const char *sync, const char *path)
{
    char text[1024];
    snprintf(text, sizeof text, "{ \"sync\": { %s } }", sync);
    error_clear(&err);
    said[0] = '\0';
    struct config *config = config_parse(span_of(text), "C:\\config.json", &err);
    if (config == NULL) {
        fail_msg("%s", err.text);
        return;
    }
    DO(check_log(path, &config->sync, &listener, &result, &err));
    config_free(config);
}

static void check_text(const char *sync, const char *name, const char *text)
{
    scratch_write(scratch_path(name), text, strlen(text));
    check_by(sync, scratch_path(name));
}

static void each_file_of_the_corpus_is_named(void **state)
{
    static const struct {
        const char *name;
        enum logline_form form;
    } some[] = {
        {"premium-as-saved.txt", LOGLINE_PREMIUM},
        {"1_attlog.dat", LOGLINE_ATTLOG},
        {"GLG_001.TXT", LOGLINE_GLOG},
        {"AGL_001.TXT", LOGLINE_GLOG},
        {"checkinout.txt", LOGLINE_CHECKINOUT},
        {"checkinout-no-head.txt", LOGLINE_CHECKINOUT},
        {"named-id-name-time.txt", LOGLINE_NAMED},
        {"table-semicolons.txt", LOGLINE_TABLE},
        {"no-log-letter.txt", LOGLINE_NO_FORM},
        {"table-unknown-head.txt", LOGLINE_NO_FORM},
    };
    static const char folder[] = "tests/corpus/logs"; /* from the repository's root */
    char path[FILE_PATH_MAX];
    char *index = NULL;
    size_t len = 0;
    size_t files = 0;
    (void)state;
    snprintf(path, sizeof path, "%s/index.txt", folder);
    DO(file_read(path, INDEX_MAX, &index, &len, &err));
    struct span rest = {index, len};
    struct span line;
    while (span_field(&rest, '\n', &line)) {
        struct span field = {NULL, 0};
        char name[96];
        if (line.len == 0 || line.at[0] == '#') {
            continue;
        }
        assert_true(span_field(&line, '|', &field));
        assert_true(span_copy(span_trim(field), name, sizeof name));
        snprintf(path, sizeof path, "%s/%s", folder, name);
        check_by("", path);
        CHECK_INT(name, true, says(check_form_name(result.form)));
        CHECK_INT(name, true, (result.punches > 0) == (result.form != LOGLINE_NO_FORM));
        for (size_t i = 0; i < HB_COUNT(some); i++) {
            if (strcmp(some[i].name, name) == 0) {
                CHECK_INT(name, some[i].form, result.form);
            }
        }
        files++;
    }
    free(index);
    assert_true(files >= FILES_AT_LEAST);
}

static void what_comes_out_is_shown(void **state)
{
    (void)state;
    check_text("", "2_attlog.dat",
               "00042\t2026-01-15 08:01:02\t1\t0\t1\n42\t2026-02-30 08:01:02\t1\t0\t1\n");
    assert_true(says("user 00042, 2026-01-15 08:01:02, status 0 (in), verify 1, terminal "
                     "HIP_DEVICE_1-2"));
    assert_true(says("line 2: no date of the calendar: 42\t2026-02-30"));
    assert_true(says("1 punches, 1 lines set aside. Nothing was uploaded."));
    check_text("\"files\": [{ \"pattern\": \"2_*\", \"sn\": \"CDQ1\" }]", "2_attlog.dat",
               "00042\t2026-01-15 08:01:02\t1\t0\t1\n");
    assert_true(says("terminal CDQ1\n"));
}

/* An export that nobody foresaw; the proposal; and what it gives when it is followed. */
static void a_proposal_is_made_and_works(void **state)
{
    static const struct {
        const char *rule, *text, *proposal, *columns, *punch;
    } cases[] = {
        {"by names",
         "Kennung;Mensch;Zeitpunkt;Art\n00042;Somchai;15/01/2026 17:01:02;Salida\n"
         "7;Mary;15/01/2026 18:01:02;Entrada\n",
         "\"columns\": { \"user\": \"Kennung\", \"time\": \"Zeitpunkt\", \"status\": \"Art\" }",
         "\"columns\": { \"user\": \"Kennung\", \"time\": \"Zeitpunkt\", \"status\": \"Art\" }",
         "user 00042, 2026-01-15 17:01:02, status 1 (out)"},
        {"date and time apart",
         "Kennung\tTag\tUhr\n00042\t2026-01-15\t08:01:02\n7\t2026-01-15\t18:01:02\n",
         "\"columns\": { \"user\": \"Kennung\", \"date\": \"Tag\", \"time\": \"Uhr\" }",
         "\"columns\": { \"user\": \"Kennung\", \"date\": \"Tag\", \"time\": \"Uhr\" }",
         "user 00042, 2026-01-15 08:01:02"},
        {"no head", "Gate,00042,2026-01-15 08:01:02\nGate,7,2026-01-15 18:01:02\n",
         "\"columns\": { \"user\": 2, \"time\": 3 }", "\"columns\": { \"user\": 2, \"time\": 3 }",
         "user 00042, 2026-01-15 08:01:02"},
        {"words and order of one's own",
         "Wer|Wann|Was\n42|01/02/2026 17:01:02|weg\n7|01/03/2026 8:01:02|da\n", "\"user\": \"Wer\"",
         "\"columns\": { \"user\": \"wer\", \"time\": \"wann\", \"status\": \"was\","
         " \"date_order\": \"month-first\", \"in\": [\"da\"], \"out\": [\"weg\"] }",
         "user 42, 2026-01-02 17:01:02, status 1 (out)"},
        {"between blanks", "Tor A 00042 2026-01-15 17:01:02 x\nTor B 7 2026-01-15 18:01:02 y\n",
         "\"columns\": { \"user\": 3, \"date\": 4, \"time\": 5 }",
         "\"columns\": { \"user\": 3, \"date\": 4, \"time\": 5 }",
         "user 00042, 2026-01-15 17:01:02"},
        {"between blanks, with a half of the day",
         "Tor A 00042 15/01/2026 5:01:02 PM\nTor B 7 15/01/2026 06:01:02 PM\n", "\"user\": 3",
         "\"columns\": { \"user\": 3, \"time\": 4, \"separator\": \"blanks\" }",
         "user 00042, 2026-01-15 17:01:02"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        check_text("", "x.txt", cases[i].text);
        CHECK_INT(cases[i].rule, 0, result.punches);
        if (!says(cases[i].proposal)) {
            fail_msg("[%s] no proposal %s in\n%s", cases[i].rule, cases[i].proposal, said);
        }
        check_text(cases[i].columns, "x.txt", cases[i].text);
        CHECK_INT(cases[i].rule, 2, result.punches);
        CHECK_INT(cases[i].rule, LOGLINE_OWN, result.form);
        if (!says(cases[i].punch)) {
            fail_msg("[%s] no %s in\n%s", cases[i].rule, cases[i].punch, said);
        }
    }
}

/* Mapped by names, the other files of the folder are read as ever. */
static void a_mapping_by_names_leaves_other_files_alone(void **state)
{
    static const char columns[] = "\"columns\": { \"user\": \"Kennung\", \"time\": \"Zeit\","
                                  " \"separator\": \";\" }";
    (void)state;
    check_text(columns, "p.txt", "1 00042 14/01/2026 5:27:13 PM 1 T\n");
    CHECK_INT("Premium Time's", LOGLINE_PREMIUM, result.form);
    check_text(columns, "g.txt", "EnNo\tDateTime\n42\t2026-01-15 08:01:02\n");
    CHECK_INT("a table's", LOGLINE_GLOG, result.form);
    check_text("\"columns\": { \"date_order\": \"month-first\" }", "c.txt",
               "USERID\tCHECKTIME\tCHECKTYPE\n42\t6/7/2016 17:27:13\tO\n");
    assert_true(says("user 42, 2016-06-07 17:27:13, status 1"));
}

static void a_letter_gets_no_proposal(void **state)
{
    (void)state;
    check_text("", "l.txt", "Dear Sir,\nno 1 here.\nYours\n");
    assert_true(says("it may be no log at all"));
    check_text("", "e.txt", "");
    assert_true(says("0 punches, 0 lines"));
    assert_false(check_log(scratch_path("none.txt"), &(struct config_sync){.enabled = true},
                           &listener, &result, &err));
    CHECK_INT("no file", ERR_NOT_FOUND, err.kind);
}

/* What check says in words of its own, and each word in one of these. */
static const char *in_brackets(const char *english)
{
    return strcmp(english, "  because %s") == 0                    ? "[because %s]"
           : strcmp(english, "the day") == 0                       ? "[day]"
           : strcmp(english, "HIP Premium Time's log") == 0        ? "[premium]"
           : strcmp(english, "in") == 0                            ? "[in]"
           : strncmp(english, "its lines are: user, tab", 24) == 0 ? "[user, tab]"
                                                                   : english;
}

static const char *in_braces(const char *reason)
{
    static char text[200];
    snprintf(text, sizeof text, "{%s}", reason);
    return text;
}

static void it_speaks_the_listener_s_language(void **state)
{
    (void)state;
    listener.in_words = in_brackets;
    check_text("", "p.txt", "  1     1001  14/01/2026   08:00:11 AM\n");
    listener.in_words = NULL;
    assert_true(says("p.txt: [premium]\n"));
    assert_true(says("[because its lines are: running"));
    listener.in_words = in_brackets;
    check_text("", "1_attlog.dat", "1001\t2026-01-14 08:00:11\t1\t0\t1\t0\n");
    listener.in_words = NULL;
    assert_true(says("[because [user, tab]]"));
    assert_true(says("status 0 ([in])"));
    listener.in_words = in_brackets;
    check_text("", "h.csv",
               "UserID,CheckTime\n1001,14/01/2026 08:00:11\n1001,15/01/2026 08:00:11\n");
    listener.in_words = NULL;
    assert_true(says("  [day] first"));
    listener.reason_in_words = in_braces;
    check_text("", "p.txt",
               "  1     1001  14/01/2026   08:00:11 AM\n  2     1001  31/02/2026   08:00:11 AM\n");
    listener.reason_in_words = NULL;
    assert_true(says("line 2: {no date of the calendar}: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_of_the_corpus_is_named),
        SCRATCH_TEST(it_speaks_the_listener_s_language),
        SCRATCH_TEST(what_comes_out_is_shown),
        SCRATCH_TEST(a_proposal_is_made_and_works),
        SCRATCH_TEST(a_mapping_by_names_leaves_other_files_alone),
        SCRATCH_TEST(a_letter_gets_no_proposal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
