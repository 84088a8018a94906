#include <string.h>

#include "check.h"
#include "status/concern.h"

static struct config *parsed(const char *text)
{
    struct error err = ERROR_INIT;
    struct config *config = config_parse(span_of(text), "C:\\x\\config.json", &err);
    if (config == NULL) {
        fail_msg("%s", err.text);
    }
    return config;
}

static void a_concern_has_words(void **state)
{
    (void)state;
    char got[CONCERN_WORDS_MAX];
    struct config *config =
        parsed("{\"listener\":{\"devices\":[{\"sn\":\"A1\",\"name\":\"Gate\"}]}}");
    static const struct {
        struct concern concern;
        const char *expected;
    } cases[] = {
        {{.code = "terminal_silent", .count = -1, .about = "A1"}, "Terminal A1 (Gate) is silent"},
        {{.code = "terminal_silent", .count = -1, .about = "B2"}, "Terminal B2 is silent"},
        {{.code = "database_away", .count = 3, .reason = "no route"},
         "The database cannot be reached; punches waiting: 3: no route"},
        {{.code = "outbox_full"}, "The outbox on this PC is full; terminals keep their punches"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_TEXT(cases[i].concern.code, cases[i].expected,
                   concern_words(&cases[i].concern, config, false, got));
    }
    struct concern long_one = {.code = "database_away", .count = 1};
    memset(long_one.reason, 'x', sizeof long_one.reason - 1);
    memcpy(long_one.reason + sizeof long_one.reason - 5, "end.", 4);
    concern_words(&long_one, config, false, got);
    CHECK_TEXT("a reason is whole: its end says what to do", "end.", got + strlen(got) - 4);
    config_free(config);
}

static void a_concern_has_words_in_thai(void **state)
{
    (void)state;
    char got[CONCERN_WORDS_MAX];
    char english[CONCERN_WORDS_MAX];
    struct config *config =
        parsed("{\"listener\":{\"devices\":[{\"sn\":\"A1\",\"name\":\"Gate\"}]}}");
    static const struct {
        struct concern concern;
        const char *expected;
    } cases[] = {
        {{.code = "terminal_silent", .count = -1, .about = "A1"}, "เครื่องสแกน A1 (Gate) เงียบไป"},
        {{.code = "database_away", .count = 3, .reason = "no memory"},
         "ติดต่อฐานข้อมูลไม่ได้ รายการที่รอ: 3: หน่วยความจำไม่พอ"},
        {{.code = "database_away", .count = 3, .reason = "who knows"},
         "ติดต่อฐานข้อมูลไม่ได้ รายการที่รอ: 3: who knows"},
        {{.code = "terminal_clock", .count = -1, .about = "B2", .reason = "26:03:00 behind"},
         "นาฬิกาของเครื่องสแกน B2 ไม่ตรง: 26:03:00 ช้าไป"},
        {{.code = "service_stopped", .count = 1, .reason = "stopped"}, "บริการไม่ได้ทำงานอยู่: หยุดอยู่"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_TEXT(cases[i].concern.code, cases[i].expected,
                   concern_words(&cases[i].concern, config, true, got));
    }
    const char *code;
    enum concern_level level;
    int event;
    for (size_t i = 0; concern_kind(i, &code, &level, &event); i++) {
        struct concern one = {.code = code, .count = 1, .about = "A1"};
        concern_words(&one, config, true, got);
        concern_words(&one, config, false, english);
        if (strcmp(got, english) == 0 || strcmp(got, code) == 0) {
            fail_msg("%s has no Thai words (concern_words.c)", code);
        }
        CHECK_INT(code, strstr(english, "A1") != NULL, strstr(got, "A1") != NULL);
        CHECK_INT(code, strchr(english, '1') != NULL, strchr(got, '1') != NULL);
    }
    assert_string_equal("good", concern_level_words(CONCERN_GOOD, false));
    assert_string_equal("ต้องแก้ไข", concern_level_words(CONCERN_BAD, true));
    config_free(config);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_concern_has_words),
        cmocka_unit_test(a_concern_has_words_in_thai),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
