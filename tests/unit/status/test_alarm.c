#include <cjson/cJSON.h>
#include <stdlib.h>

#include "check.h"
#include "status/alarm.h"

static void the_facts_are_put_in_as_json(void **state)
{
    (void)state;
    static const struct alarm alarm = {"bad", "The \"log\"\\folder\n\xE0\xB8\x81 {name}", "PC {1}"};
    static const struct {
        const char *model;
        const char *expected;
    } cases[] = {
        {ALARM_BODY,
         "{\"text\": \"HIP Bridge PC {1}: bad. The \\\"log\\\"\\\\folder\\n\xE0\xB8\x81 "
         "{name}\"}"},
        {"{\"a\":\"{level}{level}\",\"b\":{\"c\":\"{levels}\"}}",
         "{\"a\":\"badbad\",\"b\":{\"c\":\"{levels}\"}}"},
        {"{\"messages\":[{\"type\":\"text\",\"text\":\"{name}\"}]}",
         "{\"messages\":[{\"type\":\"text\",\"text\":\"PC {1}\"}]}"},
        {"", ""},
        {"{", "{"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct error err = ERROR_INIT;
        char *body = alarm_body(cases[i].model, &alarm, &err);
        assert_non_null(body);
        CHECK_TEXT(cases[i].model, cases[i].expected, body);
        if (body[0] != '\0' && body[1] != '\0') {
            cJSON *tree = cJSON_Parse(body);
            assert_non_null(tree);
            cJSON_Delete(tree);
        }
        free(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_facts_are_put_in_as_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
