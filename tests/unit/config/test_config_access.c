/* access: the vendor's database as a source. */
#include "check.h"
#include "config/config.h"

static struct error err;

static void each_key_takes_its_value(void **state)
{
    (void)state;
    error_clear(&err);
    struct config *config = config_parse(
        SPAN("{\"access\": {\"enabled\": true, \"path\": \"\\\\\\\\nas\\\\db\\\\Pm2014.mdb\", "
             "\"every_s\": 10, \"table\": \"\xE0\xB8\x81\", \"users\": \"People\", "
             "\"device_sn\": \"GATE1\", \"terminals\": {\"1\": \"CDQ1\", \"0101\": \"CDQ2\"}, "
             "\"include_typed\": true}}"),
        "C:\\x\\config.json", &err);
    if (config == NULL) {
        fail_msg("%s", err.text);
    }
    const struct config_access *access = &config->access;
    CHECK_INT("enabled", true, access->enabled);
    CHECK_TEXT("path", "\\\\nas\\db\\Pm2014.mdb", access->path);
    CHECK_INT("every_s", 10, access->every_s);
    CHECK_TEXT("table", "\xE0\xB8\x81", access->table);
    CHECK_TEXT("users", "People", access->users);
    CHECK_TEXT("device_sn", "GATE1", access->device_sn);
    CHECK_INT("include_typed", true, access->include_typed);
    CHECK_INT("terminals", 2, access->sensor_count);
    CHECK_TEXT("the first", "CDQ1", config_sensor_sn(access, "1"));
    CHECK_TEXT("the second", "CDQ2", config_sensor_sn(access, "0101"));
    assert_null(config_sensor_sn(access, "101")); /* numbers are texts */
    assert_null(config_sensor_sn(access, ""));
    config_free(config);
}

static void it_is_off_and_reads_nothing_by_default(void **state)
{
    (void)state;
    error_clear(&err);
    struct config *config = config_parse(SPAN("{\"access\": {\"path\": \"db\\\\att2000.mdb\"}}"),
                                         "C:\\x\\config.json", &err);
    assert_non_null(config);
    CHECK_INT("enabled", false, config->access.enabled);
    CHECK_TEXT("path", "C:\\x\\db\\att2000.mdb", config->access.path);
    CHECK_INT("every_s", 30, config->access.every_s);
    CHECK_TEXT("table", "", config->access.table);
    CHECK_TEXT("device_sn", "", config->access.device_sn);
    CHECK_INT("include_typed", false, config->access.include_typed);
    config_free(config);
}

/* `count` of them. */
static struct config *with_terminals(int count)
{
    static char text[CONFIG_SENSORS_MAX * 24];
    int len = snprintf(text, sizeof text, "{\"access\": {\"terminals\": {");
    for (int i = 0; i < count; i++) {
        len += snprintf(text + len, sizeof text - (size_t)len, "%s\"%d\": \"S%d\"",
                        i > 0 ? ", " : "", i, i);
    }
    snprintf(text + len, sizeof text - (size_t)len, "}}}");
    error_clear(&err);
    return config_parse(span_of(text), "C:\\x\\config.json", &err);
}

static void as_many_terminals_as_there_is_room_for(void **state)
{
    (void)state;
    struct config *config = with_terminals(CONFIG_SENSORS_MAX);
    assert_non_null(config);
    CHECK_TEXT("the last", "S63", config_sensor_sn(&config->access, "63"));
    config_free(config);
    assert_null(with_terminals(CONFIG_SENSORS_MAX + 1));
    assert_non_null(strstr(err.text, "access.terminals has more than the 64 entries"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_takes_its_value),
        cmocka_unit_test(it_is_off_and_reads_nothing_by_default),
        cmocka_unit_test(as_many_terminals_as_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
