#include "check.h"

#include "base/mask.h"

static void names_and_numbers_go_the_shape_stays(void **state)
{
    static const struct {
        const char *text;
        const char *masked;
    } cases[] = {
        {"", ""},
        {"904\t2026-01-15 08:01:02\t0\t1", "999\t2026-01-15 08:01:02\t9\t9"},
        {"00042\t2026/1/5 8:01:02 PM", "99999\t2026/1/5 8:01:02 PM"},
        {"time=2026-01-15 08:01:02\tpin=904\tevent=0",
         "time=2026-01-15 08:01:02\tpin=999\tevent=9"},
        {"{\"pin\":\"904\",\"name\":\"Somchai\"}", "{\"pin\":\"999\",\"name\":\"xxxxxxx\"}"},
        {"USER PIN=1\tName=Somchai\tPasswd=12", "xxxx PIN=9\tName=xxxxxxx\tPasswd=99"},
        {"\xE0\xB8\x81 7", "xxx 9"},
        {"1-2-3456", "1-2-3456"},
        {"192.168.1.20", "999.999.9.99"},
        {"081-234-5678", "081-234-5678"},
        {"12345-6-7", "99999-9-9"},
        {"2026011508", "9999999999"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", cases[i].text);
        mask_text(text, strlen(text));
        CHECK_TEXT(cases[i].text, cases[i].masked, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_numbers_go_the_shape_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
