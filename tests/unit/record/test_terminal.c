#include "check.h"

#include "record/terminal.h"

static void an_info_is_read_by_its_places(void **state)
{
    static const struct {
        const char *info;
        const char *firmware;
        int32_t records;
    } cases[] = {
        {"", "", -1},
        {"Ver 8.0.4.2-20190101,57,60,12345,192.168.1.201,10,7,15,0,111", "Ver 8.0.4.2-20190101",
         12345},
        {"Ver 8, 57, 60, 12345", "Ver 8", 12345},
        {"Ver 8,57,60", "Ver 8", -1},
        {"Ver 8,,,0", "Ver 8", 0},
        {"Ver 8,1,1,-5,", "Ver 8", -1},
        {"Ver 8,1,1,99999999999", "Ver 8", -1},
        {"Ver 8,1,1,x", "Ver 8", -1},
        {",,,7", "", 7},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char firmware[64];
        const struct terminal_info read = terminal_info_read(span_of(cases[i].info));
        utf8_clean(read.firmware, firmware, sizeof firmware);
        CHECK_TEXT(cases[i].info, cases[i].firmware, firmware);
        CHECK_INT(cases[i].info, cases[i].records, read.records);
    }
}

static void a_kind_is_known_in_any_case(void **state)
{
    static const struct {
        const char *kind;
        bool access;
        bool identity;
    } cases[] = {{"acc", true, false},  {"ACC", true, false}, {"pid", false, true},
                 {"att", false, false}, {"", false, false},   {"access", false, false}};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].kind, cases[i].access, terminal_is_access(cases[i].kind));
        CHECK_INT(cases[i].kind, cases[i].identity, terminal_checks_identity(cases[i].kind));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_info_is_read_by_its_places),
                                       cmocka_unit_test(a_kind_is_known_in_any_case)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
