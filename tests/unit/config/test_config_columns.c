/* database.columns: names of a table that another program made. */
#include "check.h"
#include "config/config.h"
#include "summer_zone.h"

static struct error err;

static void columns_go_by_the_tables_names(void **state)
{
    (void)state;
    error_clear(&err);
    struct config *config = config_parse(
        SPAN(
            "{\"database\": {\"table\": \"\xE0\xB8\x9A\xE0\xB8\xB1\xE0\xB8\x99\", \"columns\": "
            "{\"user_id\": \"\xE0\xB8\x84\xE0\xB8\x99\", \"device_sn\": \"\", \"status\": \"seq\", "
            "\"seq\": \"status\", \"check_time\": \"check_time\"}}}"),
        "config.json", &err);
    assert_non_null(config);
    const struct config_database *database = &config->database;
    CHECK_TEXT("the table", "\xE0\xB8\x9A\xE0\xB8\xB1\xE0\xB8\x99", database->table);
    CHECK_TEXT("named", "\xE0\xB8\x84\xE0\xB8\x99", config_column(database, COLUMN_USER));
    CHECK_TEXT("left out", "", config_column(database, COLUMN_SN));
    CHECK_TEXT("exchanged", "seq", config_column(database, COLUMN_STATUS));
    CHECK_TEXT("exchanged", "status", config_column(database, COLUMN_SEQ));
    CHECK_TEXT("as it is", "check_time", config_column(database, COLUMN_TIME));
    CHECK_TEXT("not named", "raw_data", config_column(database, COLUMN_RAW));
    CHECK_INT("no other name", false, database->columns.given[COLUMN_TIME]);
    config_free(config);
}

/* What it comes to for a punch's time: upload/test_dressing, base/test_zone. */
static void a_clock_follows_its_terminals_zone(void **state)
{
    (void)state;
    struct zone_rules berlin = summer_zone();
    struct config_device device = {.sn = "A", .zone = &berlin};
    const struct config_listener listener = {
        .timezone_minutes = 345, .devices = &device, .device_count = 1};
    const int64_t july = 1782864000; /* 2026-07-01 00:00 */
    CHECK_INT("winter", 60, config_minutes(&listener, &device, 1767225600));
    CHECK_INT("summer", 120, config_minutes(&listener, &device, july));
    CHECK_INT("not listed", 345, config_minutes(&listener, NULL, july));
    error_clear(&err);
    struct config *config = config_parse(
        SPAN("{\"listener\": {\"timezone\": \"Nowhere Standard Time\"}}"), "config.json", &err);
    assert_null(config);
    CHECK_INT(err.text, true, strstr(err.text, "as `tzutil /l` lists them") != NULL);
}

static void what_no_table_can_have_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{\"database\": {\n\"columns\": {\"user_id\": \"\"}}}",
         "database.columns.user_id must not be empty"},
        {"{\"database\": {\"columns\": {\n\"check_time\": \"\"}}}",
         "database.columns.check_time must not be empty"},
        {"{\"database\": {\"columns\": []}}", "an object, as in"},
        {"{\"database\": {\"columns\": {\"user\": \"x\"}}}", "perhaps"},
        {"{\"database\": {\"columns\": {\"created_at\": \"x\"}}}", "not a key that is known"},
        {"{\"database\": {\"columns\": {\"status\": 1}}}", "a text in quotation marks"},
        {"{\"database\": {\"columns\": {\"user_id\": \"a\", \"status\": \"A\"}}}",
         "calls both \"user_id\" and \"status\" the column A"},
        {"{\"database\": {\"columns\": {\"user_id\": \"source\"}}}",
         "calls both \"user_id\" and \"source\" the column source"},
        {"{\"database\": {\"columns\": {\"raw_data\": \"a\\tb\"}}}", "control character"},
        {"{\"database\": {\"columns\": {\"raw_data\": \"a \"}}}", "ends with a blank"},
        {"{\"database\": {\"columns\": {\"raw_data\": \"\xF0\x9F\x95\x90\"}}}",
         "no server takes in a name"},
        {"{\"database\": {\"columns\": {\"raw_data\": \"01234567890123456789012345678901234567890"
         "123456789012345678901234\"}}}",
         "longer than the 64 characters"},
        {"{\"database\": {\"table\": \"01234567890123456789012345678901234567890"
         "123456789012345678901234\"}}",
         "longer than the 64 characters"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        error_clear(&err);
        struct config *config = config_parse(span_of(cases[i].text), "config.json", &err);
        if (config != NULL || strstr(err.text, cases[i].words) == NULL) {
            fail_msg("[%s] expected \"%s\" in \"%s\"", cases[i].text, cases[i].words, err.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_go_by_the_tables_names),
        cmocka_unit_test(a_clock_follows_its_terminals_zone),
        cmocka_unit_test(what_no_table_can_have_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
