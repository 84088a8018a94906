#include "check.h"
#include "config/config.h"
#include "config/config_load.h"
#include "scratch.h"

static struct error err;

static void pulled_terminals_are_read(void **state)
{
    (void)state;
    error_clear(&err);
    struct config *config = config_parse(
        SPAN("{\"listener\": {\"timezone\": 5.5}, \"pull\": {\"every_min\": 3, \"terminals\": ["
             "{\"address\": \"192.168.1.202\"},"
             "{\"address\": \"192.168.1.202\", \"port\": 4371, \"transport\": \"udp\", "
             "\"comm_key\": \"0123\", \"sn\": \"OLD1\", \"name\": \"Gate\", \"timezone\": 7, "
             "\"live\": true},"
             "{\"address\": \"192.168.1.203\", \"comm_key\": 77}]}}"),
        "config.json", &err);
    if (config == NULL) {
        fail_msg("%s", err.text);
    }
    const struct config_pulled *terminals = config->pull.terminals;
    assert_int_equal(config->pull.terminal_count, 3);
    assert_int_equal(config->pull.every_min, 3);
    assert_true(config->pull.enabled);
    assert_int_equal(terminals[0].port, 4370);
    assert_false(terminals[0].datagrams || terminals[0].live || terminals[0].key_plain);
    assert_int_equal(terminals[0].timezone_minutes, 330);
    assert_int_equal(terminals[1].port, 4371);
    assert_true(terminals[1].datagrams && terminals[1].live && terminals[1].key_plain);
    assert_int_equal(terminals[1].comm_key, 123);
    assert_string_equal(terminals[1].sn, "OLD1");
    assert_int_equal(terminals[1].timezone_minutes, 420);
    assert_int_equal(terminals[2].comm_key, 77);
    config_free(config);
}

/* Keys in the clear are sealed with the password, and nothing else of the file changes. */
static void plain_keys_are_protected_in_the_file(void **state)
{
    (void)state;
    error_clear(&err);
    static const char text[] =
        "{ \"database\": { \"password\": \"geheim\" },\r\n"
        "  \"pull\": { \"terminals\": [ { \"address\": \"10.0.0.1\" },\r\n"
        "    { \"address\": \"10.0.0.2\", \"comm_key\": \"123456\", \"name\": \"x\" },\r\n"
        "    { \"address\": \"10.0.0.3\", \"comm_key\": 4711 } ] } }\r\n";
    char *bytes = NULL;
    size_t len = 0;
    bool done = false;
    assert_int_equal(scratch_begin(), 0);
    const char *path = scratch_path("keys.json");
    scratch_write(path, text, sizeof text - 1);
    struct config *config = config_load(path, &err);
    assert_non_null(config);
    assert_true(config_protect_password(config, &done, &err) && done);
    config_free(config);
    assert_true(file_read(path, 1 << 16, &bytes, &len, &err));
    assert_null(strstr(bytes, "123456"));
    assert_null(strstr(bytes, "4711"));
    assert_null(strstr(bytes, "geheim"));
    assert_non_null(strstr(bytes, "\"name\": \"x\" },\r\n"));
    free(bytes);
    config = config_load(path, &err);
    assert_non_null(config);
    assert_int_equal(config->pull.terminals[1].comm_key, 123456);
    assert_int_equal(config->pull.terminals[2].comm_key, 4711);
    assert_false(config->pull.terminals[1].key_plain);
    assert_true(config_protect_password(config, &done, &err));
    assert_false(done);
    config_free(config);
    scratch_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulled_terminals_are_read),
        cmocka_unit_test(plain_keys_are_protected_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
