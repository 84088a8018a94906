#include "check.h"
#include "config/config.h"
#include "config/config_edit.h"
#include "config/config_load.h"
#include "scratch.h"

static struct error err;

#define PATH "C:\\ProgramData\\HipBridge\\config.json"

static struct config *parse(const char *text)
{
    error_clear(&err);
    return config_parse(span_of(text), PATH, &err);
}

static struct config *must_parse(const char *text)
{
    struct config *config = parse(text);
    if (config == NULL) {
        fail_msg("%s: %s", text, err.text);
    }
    return config;
}

/* config.json of the repository, wherever the test runs. */
static char *shipped(size_t *len)
{
    static const char *const places[] = {"config.json", "../config.json", "../../config.json",
                                         "../../../config.json", "../../../../config.json"};
    char *bytes = NULL;
    for (size_t i = 0; i < HB_COUNT(places); i++) {
        if (file_read(places[i], CONFIG_FILE_MAX, &bytes, len, NULL)) {
            return bytes;
        }
    }
    return NULL;
}

static void the_defaults_are_those_of_the_shipped_file(void **state)
{
    (void)state;
    size_t len = 0;
    char *bytes = shipped(&len);
    if (bytes == NULL) {
        fail_msg("config.json is not above the current directory");
    }
    struct config *file = config_parse((struct span){bytes, len}, PATH, &err);
    if (file == NULL) {
        fail_msg("config.json: %s", err.text);
    }
    struct config *none = must_parse("{}");
    assert_memory_equal(file, none, sizeof *file);
    config_free(file);
    config_free(none);
    free(bytes);
}

static void the_defaults_are_the_contract(void **state)
{
    (void)state;
    struct config *config = must_parse("{}");
    CHECK_INT("port", 9090, config->listener.port);
    CHECK_INT("networks", 5, config->listener.network_count);
    CHECK_INT("reject", false, config->listener.reject_unknown);
    CHECK_TEXT("sn", "HIP_DEVICE_1", config->listener.default_device_sn);
    CHECK_INT("timezone", 420, config->listener.timezone_minutes);
    CHECK_INT("max_body_kb", 8192, config->listener.max_body_kb);
    CHECK_TEXT("logs", "D:\\Program Files (x86)\\HIPPremiumTime-2.0.4\\alog",
               config->sync.log_directory);
    CHECK_TEXT("archive", "D:\\Program Files (x86)\\HIPPremiumTime-2.0.4\\alog\\processed",
               config->sync.archive_directory);
    CHECK_INT("times", 4, config->sync.upload_times.count);
    CHECK_INT("first time", 540, config->sync.upload_times.minutes[0]);
    CHECK_INT("skip_pushed", true, config->sync.skip_pushed);
    CHECK_INT("strip_zeros", false, config->sync.strip_zeros);
    CHECK_INT("encoding", CONFIG_ENCODING_AUTO, config->sync.encoding);
    CHECK_INT("ignore_before", false, config->has_ignore_before);
    CHECK_INT("hosts", 0, config->database.host_count);
    CHECK_TEXT("table", "device_logs", config->database.table);
    CHECK_INT("tls", CONFIG_TLS_VERIFY, config->database.tls);
    CHECK_TEXT("tls_ca", "", config->database.tls_ca);
    CHECK_INT("batch_rows", 1000, config->database.batch_rows);
    CHECK_TEXT("outbox", "C:\\ProgramData\\HipBridge\\outbox.db", config->outbox.path);
    CHECK_INT("max_mb", 2048, config->outbox.max_mb);
    config_free(config);
}

static void each_key_takes_its_value(void **state)
{
    (void)state;
    struct config *config = must_parse(
        "\xEF\xBB\xBF{ \"listener\": { \"enabled\": false, \"port\": 8081, \"open_firewall\": "
        "false,\r\n"
        "\"allowed_networks\": [\"10.1.0.0/16\", \"fe80::/10\"], \"unknown_devices\": "
        "\"reject\",\r\n"
        "\"devices\": [{\"sn\": \"A1\", \"name\": \"\xE0\xB8\x9B\", \"address\": \"10.1.0.5\", "
        "\"timezone\": 330}, {\"sn\": \"B2\"}],\r\n"
        "\"default_device_sn\": \"X\", \"timezone\": -3, \"max_body_kb\": 100, \"delay_s\": 5, "
        "\"error_delay_s\": 6 },\r\n"
        "\"sync\": {\"enabled\": false, \"log_directory\": \"logs\", \"file_pattern\": \"*.log\", "
        "\"archive_directory\": \"E:\\\\old\", \"upload_times\": [\"23:00\", \"7:05\"], "
        "\"device_sn\": \"Y\", \"skip_pushed\": false, \"strip_zeros\": true, "
        "\"encoding\": \"windows-874\"},\r\n"
        "\"ignore_before\": \"2026-01-02\",\r\n"
        "\"database\": {\"host\": \"a.example, b.example:3307,[::1]:3308, ::2\", \"port\": 4000, "
        "\"user\": \"u\", \"password\": \"p \\\"w\\\"\", \"database\": \"d\", \"table\": \"t\", "
        "\"create_table\": false, \"tls\": \"off\", \"tls_ca\": \"ca.pem\", "
        "\"connect_timeout_s\": 3, \"batch_rows\": 7},\r\n"
        "\"outbox\": {\"path\": \"F:\\\\box\\\\o.db\", \"retain_days\": 1, \"max_mb\": 5}}\r\n");
    char text[WALLTIME_TEXT_MAX];
    char address[ADDRESS_TEXT_MAX];
    CHECK_INT("enabled", false, config->listener.enabled);
    CHECK_INT("port", 8081, config->listener.port);
    CHECK_INT("open_firewall", false, config->listener.open_firewall);
    CHECK_INT("networks", 2, config->listener.network_count);
    CHECK_INT("reject", true, config->listener.reject_unknown);
    CHECK_INT("timezone", -180, config->listener.timezone_minutes);
    CHECK_INT("devices", 2, config->listener.device_count);
    const struct config_device *device = config_device(&config->listener, "A1");
    assert_non_null(device);
    CHECK_TEXT("name", "\xE0\xB8\x9B", device->name);
    CHECK_INT("has_address", true, device->has_address);
    CHECK_TEXT("address", "10.1.0.5", address_text(&device->address, address));
    CHECK_INT("its timezone", 330, device->timezone_minutes);
    device = config_device(&config->listener, "B2");
    assert_non_null(device);
    CHECK_INT("no address", false, device->has_address);
    CHECK_INT("the listener's timezone", -180, device->timezone_minutes);
    assert_null(config_device(&config->listener, "C3"));
    static const char *const others[] = {"", "1", "C1", "A2", "A12", "AA1", "\xC1\x31"};
    for (size_t i = 0; i < HB_COUNT(others); i++) {
        assert_null(config_device(&config->listener, others[i]));
    }
    CHECK_TEXT("in small letters", "A1", config_device(&config->listener, "a1")->sn);
    CHECK_TEXT("default_device_sn", "X", config->listener.default_device_sn);
    CHECK_INT("max_body_kb", 100, config->listener.max_body_kb);
    CHECK_INT("delay_s", 5, config->listener.delay_s);
    CHECK_INT("error_delay_s", 6, config->listener.error_delay_s);
    CHECK_INT("sync", false, config->sync.enabled);
    CHECK_TEXT("logs", "C:\\ProgramData\\HipBridge\\logs", config->sync.log_directory);
    CHECK_TEXT("archive", "E:\\old", config->sync.archive_directory);
    CHECK_TEXT("pattern", "*.log", config->sync.file_pattern);
    CHECK_INT("first", 425, config->sync.upload_times.minutes[0]);
    CHECK_TEXT("device_sn", "Y", config->sync.device_sn);
    CHECK_INT("skip_pushed", false, config->sync.skip_pushed);
    CHECK_INT("strip_zeros", true, config->sync.strip_zeros);
    CHECK_INT("encoding", CONFIG_ENCODING_874, config->sync.encoding);
    CHECK_INT("has_ignore_before", true, config->has_ignore_before);
    CHECK_TEXT("ignore_before", "2026-01-02 00:00:00", walltime_text(config->ignore_before, text));
    static const struct config_host hosts[] = {
        {"a.example", 4000}, {"b.example", 3307}, {"::1", 3308}, {"::2", 4000}};
    CHECK_INT("hosts", HB_COUNT(hosts), config->database.host_count);
    for (size_t i = 0; i < HB_COUNT(hosts); i++) {
        CHECK_TEXT("host", hosts[i].name, config->database.hosts[i].name);
        CHECK_INT(hosts[i].name, hosts[i].port, config->database.hosts[i].port);
    }
    CHECK_TEXT("user", "u", config->database.user);
    CHECK_TEXT("password", "p \"w\"", config->database.password);
    CHECK_INT("plain", true, config->database.password_plain);
    CHECK_TEXT("database", "d", config->database.database);
    CHECK_TEXT("table", "t", config->database.table);
    CHECK_INT("create_table", false, config->database.create_table);
    CHECK_INT("tls", CONFIG_TLS_OFF, config->database.tls);
    CHECK_TEXT("tls_ca", "C:\\ProgramData\\HipBridge\\ca.pem", config->database.tls_ca);
    CHECK_INT("connect_timeout_s", 3, config->database.connect_timeout_s);
    CHECK_INT("batch_rows", 7, config->database.batch_rows);
    CHECK_TEXT("outbox", "F:\\box\\o.db", config->outbox.path);
    CHECK_INT("retain_days", 1, config->outbox.retain_days);
    CHECK_INT("max_mb", 5, config->outbox.max_mb);
    config_free(config);
}

/* Each is refused, in that line, with these words. */
static void what_is_wrong_is_named_with_line_and_key(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line; /* 0: of the whole file */
        const char *words;
    } cases[] = {
        {"{\n\"listener\": {\n\"enabled\": true,\n\"port\": 70000}}", 4,
         "listener.port is 70000; it must be a whole number from 1 to 65535."},
        {"{\"listener\": {\"port\": 0}}", 1, "listener.port is 0; it must be"},
        {"{\"listener\": {\"port\": -1}}", 1, "listener.port is -1;"},
        {"{\"listener\": {\"port\": 90.5}}", 1, "listener.port is 90.5;"},
        {"{\"listener\": {\"port\": 1e300}}", 1, "listener.port is 1e+300;"},
        {"{\"listener\": {\"port\": \"9090\"}}", 1,
         "listener.port is \"9090\"; it must be a whole number from 1 to 65535."},
        {"{\"listener\": {\"port\": null}}", 1, "listener.port is null;"},
        {"{\"listener\": {\"port\":\n [1]}}", 2, "listener.port is a list in [ ];"},
        {"{\"listener\": {\"enabled\": 1}}", 1, "listener.enabled is 1; it must be true or false."},
        {"{\"listener\": {\n\"prot\": 1}}", 2,
         "listener.prot is not a key that is known; perhaps \"port\" is meant."},
        {"{\n\n\"batch_rows\": 1}", 3,
         "batch_rows is not a key that is known here; it belongs in \"database\"."},
        {"{\"sync\": {\"batch_rows\": 1}}", 1, "it belongs in \"database\""},
        {"{\"listner\": {}}", 1, "perhaps \"listener\" is meant"},
        {"{\"Listener\": {}}", 1, "perhaps \"listener\" is meant"},
        {"{\"nothing like it\": 1}", 1, "nothing like it is not a key that is known."},
        {"{\"\": 1}", 1, "is not a key that is known"},
        {"{\"listener\": {\"port\": 1,\n\"port\": 2}}", 2, "listener.port is there twice"},
        {"{\"sync\": {},\n\"sync\": {}}", 2, "sync is there twice"},
        {"{\"sync\": []}", 1, "sync is a list in [ ]; it must be an object in { }."},
        {"{\"database\": \"x\"}", 1, "database is \"x\"; it must be an object in { }."},
        {"{\"ignore_before\": {}}", 1, "ignore_before is an object in { };"},
        {"{\"ignore_before\": \"2569-01-01\"}", 1,
         "ignore_before is \"2569-01-01\"; that has the Buddhist year 2569; write 2026"},
        {"{\"ignore_before\": \"2567-02-29\"}", 1, "has the Buddhist year 2567; write 2024"},
        {"{\"ignore_before\": \"1969-12-31\"}", 1, "is not of the years 1970 to 2400"},
        {"{\"ignore_before\": \"31/01/2026\"}", 1, "is no date; it is written 2026-01-31"},
        {"{\"ignore_before\": \"2026-02-30\"}", 1, "that is no date"},
        {"{\"ignore_before\": \"yesterday\"}", 1, "that is no date"},
        {"{\"database\": {\"tls\": \"on\"}}", 1,
         "database.tls is \"on\"; it must be \"verify\", \"verify-ca\", \"encrypt\" or "
         "\"off\"."},
        {"{\"database\": {\n\"tls\": \"verify-ca\"}}", 1,
         "must name the authority's file (PEM) in tls_ca"},
        {"{\"database\": {\"tls_ca\": \"\",\n\"tls\": \"verify-ca\"}}", 1,
         "must name the authority's file (PEM) in tls_ca"},
        {"{\"database\": {\"tls\": true}}", 1, "database.tls is true;"},
        {"{\"database\": {\"table\": \"a.b\"}}", 1, "database.table is \"a.b\";"},
        {"{\"database\": {\"table\": \"\"}}", 1, "database.table must not be empty."},
        {"{\"database\": {\"host\": \"a:70000\"}}", 1, "database.host has a port that is none"},
        {"{\"database\": {\"host\": \"a,,b\"}}", 1, "database.host must be a host name"},
        {"{\"database\": {\"host\": \"a b\"}}", 1, "database.host must be a host name"},
        {"{\"database\": {\"host\": \"[::1\"}}", 1, "database.host must be a host name"},
        {"{\"database\": {\"host\": \"mysql://a\"}}", 1, "database.host"},
        {"{\"database\": {\"host\": \"a,b,c,d,e,f,g,h,i\"}}", 1, "more hosts than the eight"},
        {"{\"database\": {\"password\": 1234}}", 1, "database.password is not what it must be"},
        {"{\"database\": {\"password\": \"dpapi:!!!\"}}", 1, "type it in again"},
        {"{\"listener\": {\"allowed_networks\": [\"10.0.0.0/8\",\n\"10.0.0.1/8\"]}}", 2,
         "listener.allowed_networks[1] is \"10.0.0.1/8\";"},
        {"{\"listener\": {\"allowed_networks\": \"10.0.0.0/8\"}}", 1, "must be a list of networks"},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A\"},\n{\"sn\": \"A\"}]}}", 2,
         "listener.devices[1] has the serial number or an alias of one before it (capital or small "
         "letters are the same)"},
        {"{\"listener\": {\"devices\": [{\"sn\": \"CDQ9a\"}, {\"sn\": \"B\"},\n{\"sn\": "
         "\"cdq9A\"}]}}",
         2,
         "listener.devices[2] has the serial number or an alias of one before it (capital or small "
         "letters are the same)"},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A\", \"aliases\": [\"B\"]},\n{\"sn\": \"b\"}]}}",
         2, "listener.devices[1] has the serial number or an alias of one before it"},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A\", \"aliases\": [\"B\",\n\"a\"]}]}}", 2,
         "listener.devices[0].aliases[1] is a serial number or alias that is there already"},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A\", \"aliases\": [\"B\", \"b\"]}]}}", 1,
         "listener.devices[0].aliases[1] is a serial number or alias that is there already"},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A\", \"aliases\": \"B\"}]}}", 1,
         "must be a list of names by which the terminal speaks elsewhere"},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A\", \"aliases\": [\"B 2\"]}]}}", 1,
         "listener.devices[0].aliases[0] is \"B 2\";"},
        {"{\"listener\": {\"devices\": [{\"name\": \"A\"}]}}", 1,
         "listener.devices[0] lacks \"sn\"."},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A B\"}]}}", 1,
         "listener.devices[0].sn is \"A B\";"},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A\",\n\"adress\": \"\"}]}}", 2,
         "listener.devices[0].adress is not a key that is known; perhaps \"address\""},
        {"{\"listener\": {\"devices\": [{\"sn\": \"A\", \"address\": \"10.0.0.256\"}]}}", 1,
         "listener.devices[0].address is \"10.0.0.256\";"},
        {"{\"listener\": {\"devices\": [7]}}", 1, "listener.devices[0] is 7;"},
        {"{\"access\": {\"enabled\": true}}", 1,
         "access must name the vendor's database file in \"path\""},
        {"{\"access\": {\"enabled\": true,\n\"path\": \"\"}}", 2,
         "access.path must name the vendor's database file"},
        {"{\"access\": {\"every_s\": 9}}", 1,
         "access.every_s is 9; it must be a whole number from 10 to 86400."},
        {"{\"access\": {\"device_sn\": \"A B\"}}", 1,
         "access.device_sn is \"A B\"; it must be a s"},
        {"{\"access\": {\"terminals\": []}}", 1,
         "access.terminals is a list in [ ]; it must be an o"},
        {"{\"access\": {\"terminals\": {\"1\": \"A\",\n\"2\": \"\"}}}", 2,
         "access.terminals.2 must not be empty"},
        {"{\"access\": {\"terminals\": {\"1\": 7}}}", 1,
         "access.terminals.1 is 7; it must be a text"},
        {"{\"access\": {\"terminals\": {\"1\": \"A\",\n\"1\": \"B\"}}}", 2,
         "access.terminals.1 is there twice; keep one of them"},
        {"{\"access\": {\"terminals\": {\"\": \"A\"}}}", 1,
         "must be a machine's number of at most"},
        {"{\"access\": {\"terminals\": {\"1234567890123456789012345\": \"A\"}}}", 1,
         "must be a machine's number of at most 24 bytes"},
        {"{\"access\": {\"every_min\": 1}}", 1, "access.every_min is not a key that is known"},
        {"{\"pull\": {\"every_min\": 0}}", 1, "pull.every_min is 0;"},
        {"{\"pull\": {\"terminals\": [{}]}}", 1, "pull.terminals[0] lacks \"address\""},
        {"{\"pull\": {\"terminals\": [{\"address\": \"gate\"}]}}", 1,
         "pull.terminals[0].address is \"gate\"; it must be the terminal's address"},
        {"{\"pull\": {\"terminals\": [{\"address\": \"10.0.0.1\",\n\"comm_key\": \"12345678\"}]}}",
         2, "pull.terminals[0].comm_key is not what it must be"},
        {"{\"pull\": {\"terminals\": [{\"address\": \"10.0.0.1\", \"comm_key\": -1}]}}", 1,
         "0 to 999999"},
        {"{\"pull\": {\"terminals\": [{\"address\": \"10.0.0.1\", \"transport\": \"http\"}]}}", 1,
         "pull.terminals[0].transport is \"http\";"},
        {"{\"pull\": {\"terminals\": [{\"address\": \"10.0.0.1\", \"prot\": 1}]}}", 1,
         "pull.terminals[0].prot is not a key that is known"},
        {"{\"pull\": {\"terminals\": [{\"address\": \"10.0.0.1\"},\n{\"address\": "
         "\"10.0.0.1\", \"port\": 4370}]}}",
         2, "has the address and port of one before it"},
        {"{\"listener\": {\"timezone\": 900}}", 1, "listener.timezone is 900;"},
        {"{\"listener\": {\"timezone\": 6.4}}", 1, "hours east of UTC in quarters"},
        {"{\"listener\": {\"timezone\": 14.25}}", 1, "listener.timezone is 14.25;"},
        {"{\"listener\": {\"timezone\": \"7\"}}", 1, "listener.timezone is \"7\";"},
        {"{\"listener\": {\"timezone\": 1e300}}", 1, "hours east of UTC in quarters"},
        {"{\"listener\": {\"ignore_before\": \"\"}}", 1, "it belongs at the top level"},
        {"{\"sync\": {\"upload_times\": [\"09:00\", \"24:00\"]}}", 1,
         "sync.upload_times[1] is \"24:00\"; it must be a time of day"},
        {"{\"sync\": {\"upload_times\": [900]}}", 1, "sync.upload_times[0] is 900;"},
        {"{\"sync\": {\"log_directory\": \"\"}}", 1, "sync.log_directory must not be empty."},
        {"{\"sync\": {\"archive_directory\": \".\"}}", 1, "another folder"},
        {"{\"sync\": {\"file_pattern\": \"a\\\\*.txt\"}}", 1, "without a folder"},
        {"{\"sync\":\n{\"log_directory\": \"D:\\Program Files\"}}", 2,
         "a backslash in a path must be written twice"},
        {"{\"sync\": {\"log_directory\": \"D:\\new\\table\"}}", 1,
         "sync.log_directory holds a control character; a backslash in a path must be written "
         "twice"},
        {"{\"sync\": {\"log_directory\": \"D:\\users\"}}", 1, "must be written twice"},
        {"{\"sync\": {\"log_directory\": \"\\u0000\"}}", 1, "must be written twice"},
        {"{\"sync\": {\n\"log_directory\": \"D:\\temp\\\",\n\"enabled\": true}}", 2,
         "a quotation mark is not closed in this line; note that a backslash"},
        {"{\"database\": {\n\"host\": \"a,\n\"user\": \"b\"}}", 2,
         "a quotation mark is not closed in this line."},
        {"{\n\"listener\": {\n\"port\": 9090\n\n\"enabled\": true}}", 3, "a comma is missing"},
        {"{\n\"listener\": {\n\"port\": 9090\r\n\"enabled\": true}}", 3, "a comma is missing"},
        {"{\n\"sync\": {}\n\"listener\": {}}", 2, "a comma is missing"},
        {"{\"sync\": {\"upload_times\": [\"09:00\"\n\"12:00\"]}}", 1, "a comma is missing"},
        {"{\"listener\": {\"port\": 9090 \"enabled\": true}}", 1, "a comma or a colon is missing"},
        {"{\"listener\": {\"port\" 9090}}", 1, "a comma or a colon is missing"},
        {"{\"listener\": {\n\"port\": 9090,\n}}", 2, "a comma too many before"},
        {"{\"listener\": {\"port\": 9090,, \"enabled\": true}}", 1, "a comma too many"},
        {"{\"listener\": {\"port\": }}", 1, "a value is missing after the colon"},
        {"{\"listener\": {\"enabled\": True}}", 1, "true and false in small letters"},
        {"{\"listener\": {port: 1}}", 1, "a name must stand in double quotation marks"},
        {"{'listener': {}}", 1, "not in single ones"},
        {"{\n// my port\n\"listener\": {}}", 2, "a comment cannot stand here"},
        {"{\"listener\": {}}\n}", 2, "more after the bracket that closes"},
        {"{\"listener\": {\n", 1, "the file ends before the last bracket"},
        {"{\"sync\": {\"upload_times\": [\"09:00\"}}", 1, "a closing bracket does not fit"},
        {"[1]", 1, "one object in { }"},
        {"\n\n7", 3, "one object in { }"},
        {"", 0, "is empty"},
        {" \r\n", 0, "is empty"},
        {"{\n\"database\": {\"user\": \"\xE9t\xE9\"}}", 2, "not UTF-8"},
        {"\xFF\xFE{", 0, "save it as UTF-8"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char start[100];
        struct config *config = parse(cases[i].text);
        if (config != NULL) {
            config_free(config);
            fail_msg("%s: expected \"%s\", was taken", cases[i].text, cases[i].words);
        }
        snprintf(start, sizeof start, cases[i].line > 0 ? PATH ", line %d: " : PATH, cases[i].line);
        if (err.kind != ERR_INVALID || strncmp(err.text, start, strlen(start)) != 0 ||
            strstr(err.text, cases[i].words) == NULL) {
            fail_msg("%s:\nexpected \"%s... %s\"\ngot      \"%s\" (%d)", cases[i].text, start,
                     cases[i].words, err.text, (int)err.kind);
        }
    }
}

static void a_timezone_is_hours_in_quarters_or_minutes(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        int minutes;
    } cases[] = {
        {"0", 0},       {"7", 420},     {"-3", -180},  {"14", 840},    {"-14", -840},  {"5.5", 330},
        {"5.75", 345},  {"-9.5", -570}, {"8.75", 525}, {"12.75", 765}, {"-3.5", -210}, {"330", 330},
        {"-210", -210}, {"840", 840},   {"15", 15},    {"0.25", 15},   {"6.50", 390},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[160];
        snprintf(text, sizeof text,
                 "{\"listener\": {\"timezone\": %s, \"devices\": [{\"sn\": \"A\"}, "
                 "{\"sn\": \"B\", \"timezone\": %s}]}}",
                 cases[i].given, cases[i].given);
        struct config *config = must_parse(text);
        CHECK_INT(cases[i].given, cases[i].minutes, config->listener.timezone_minutes);
        CHECK_INT("one without", cases[i].minutes, config->listener.devices[0].timezone_minutes);
        CHECK_INT("one with", cases[i].minutes, config->listener.devices[1].timezone_minutes);
        config_free(config);
    }
}

static void a_nul_byte_is_named(void **state)
{
    (void)state;
    assert_null(config_parse(SPAN("{\n\"sync\": {}\0}"), PATH, &err));
    assert_non_null(strstr(err.text, "line 2: there is a NUL byte"));
}

static void no_error_shows_the_password(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"database\": [\"hunter2\"]}",
        "{\"database\": {\"password\": [\"hunter2\"]}}",
        "{\"database\": {\"password\": {\"x\": \"hunter2\"}}}",
        "{\"database\": {\"password\": \"hunter2\n\"}}",
        "{\"database\": {\"password\": \"hunter2}}",
        "{\"database\": {\"password\": hunter2}}",
        "{\"database\": {\"password\": \"hunter2\" \"x\": 1}}",
        "{\"database\": {\"password\": \"dpapi:hunter2\"}}",
        "{\"database\": {\"password\": \"hunter2\", \"password\": \"hunter2\"}}",
    };
    for (size_t i = 0; i < HB_COUNT(texts); i++) {
        struct config *config = parse(texts[i]);
        if (config != NULL || strstr(err.text, "hunter2") != NULL) {
            config_free(config);
            fail_msg("%s: %s", texts[i], err.text);
        }
    }
}

static void what_is_too_large_is_refused(void **state)
{
    (void)state;
    size_t len = CONFIG_FILE_MAX + 1;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, ' ', len);
    text[0] = '{';
    text[len - 1] = '}';
    assert_null(config_parse((struct span){text, len}, PATH, &err));
    CHECK_INT("kind", ERR_TOO_LARGE, err.kind);
    struct config *config = config_parse((struct span){text + 1, 0}, PATH, &err);
    assert_null(config);
    text[1] = '}';
    config = config_parse((struct span){text, len - 1}, PATH, &err);
    assert_non_null(config);
    config_free(config);
    free(text);
    char name[400];
    snprintf(name, sizeof name, "{\"database\": {\"user\": \"%0300d\"}}", 1);
    assert_null(parse(name));
    assert_non_null(strstr(err.text, "database.user is longer than the 255 bytes"));
}

/* No text, however it is cut or changed, may do worse than be refused. */
static void a_report_shows_no_secret(void **state)
{
    (void)state;
    static const char text[] =
        "{\"database\": {\"host\": \"db\", \"password\": \"hunter2\"}, \"alarm\": {\"url\": "
        "\"https://hunter2\", \"header\": \"A: hunter2\", \"body\": \"\"}, \"pull\": "
        "{\"terminals\": [{\"sn\": \"A\", \"comm_key\": \"hunter2\"}, {\"comm_key\": \"\"}]}}";
    char *shown = config_without_secrets(span_of(text), &err);
    assert_non_null(shown);
    assert_null(strstr(shown, "hunter2"));
    assert_non_null(strstr(shown, "\"host\":\t\"db\""));
    free(shown);
    assert_null(config_without_secrets(SPAN("{\"password\": hunter2"), &err));
    assert_null(strstr(err.text, "hunter2"));
}

static void any_damage_is_survived(void **state)
{
    (void)state;
    size_t len = 0;
    uint32_t seed = 1;
    char *bytes = shipped(&len);
    assert_non_null(bytes);
    for (size_t cut = 0; cut < len; cut++) {
        char *copy = malloc(cut + 1); /* of the very size, for the sanitizer */
        assert_non_null(copy);
        memcpy(copy, bytes, cut);
        config_free(config_parse((struct span){copy, cut}, PATH, &err));
        free(copy);
    }
    for (int round = 0; round < 3000; round++) {
        static const char marks[] = "{}[]\",:\\ \n0a\t\xFF";
        char *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, bytes, len);
        for (int change = 0; change < 3; change++) {
            seed = seed * 1664525u + 1013904223u;
            copy[(seed >> 8) % len] = marks[(seed >> 4) % (sizeof marks - 1)];
        }
        size_t length = 0;
        config_free(config_parse((struct span){copy, len}, PATH, &err));
        free(config_with_password((struct span){copy, len}, "x", &length, &err));
        free(copy);
    }
    free(bytes);
}

static void the_password_is_replaced_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *before, *password, *after;
    } cases[] = {
        {"{\"database\":{\"password\":", "\"old\"", "}}"},
        {"\xEF\xBB\xBF{ \"database\" : {\r\n\t\"password\"  :   ", "\"o\\\"l}d\"",
         " , \"user\":\"u\"\r\n} }\r\n\r\n"},
        {"{\"sync\": {\"log_directory\": \"{\\\"password\\\": \"}, \"database\": {\"user\": "
         "\"password\", \"password\": ",
         "\"\"", ", \"host\": [\"x\", {\"password\": 1}]}}"},
        {"{\"p\\u0061ssword\": 1, \"database\": {\"p\\u0061ssword\": ", "null", "\n}\n}"},
        {"{\"database\": {\"a\": {\"b\": [1, [2, \"]\"], {}]}, \"password\": ", "123", "}}"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[500];
        char expected[500];
        size_t len = 0;
        snprintf(text, sizeof text, "%s%s%s", cases[i].before, cases[i].password, cases[i].after);
        snprintf(expected, sizeof expected, "%s%s%s", cases[i].before,
                 "\"new \\\"\\\\ \xE0\xB8\x81\"", cases[i].after);
        char *out = config_with_password(span_of(text), "new \"\\ \xE0\xB8\x81", &len, &err);
        if (out == NULL) {
            fail_msg("%s: %s", text, err.text);
        }
        CHECK_INT(text, strlen(expected), len);
        CHECK_TEXT(text, expected, out);
        free(out);
    }
    static const char *const without[] = {"{}", "{\"database\": {}}",    "{\"database\": []}",
                                          "[]", "{\"password\": \"x\"}", "{\"database\": "};
    for (size_t i = 0; i < HB_COUNT(without); i++) {
        size_t len = 0;
        assert_null(config_with_password(span_of(without[i]), "x", &len, &err));
        CHECK_INT(without[i], ERR_INVALID, err.kind);
    }
}

static void a_plain_password_is_protected_in_the_file(void **state)
{
    (void)state;
    static const char before[] = "\xEF\xBB\xBF{\r\n  \"database\": { \"password\": ";
    static const char after[] = ", \"user\" : \"u\" }\r\n}";
    char text[300];
    char *bytes = NULL;
    size_t len = 0;
    bool done = false;
    assert_int_equal(scratch_begin(), 0);
    const char *path = scratch_path("config.json");
    snprintf(text, sizeof text, "%s\"se\\u0063ret\"%s", before, after);
    scratch_write(path, text, strlen(text));
    struct config *config = config_load(path, &err);
    if (config == NULL || !config_protect_password(config, &done, &err)) {
        fail_msg("%s", err.text);
    }
    CHECK_INT("written", true, done);
    config_free(config);

    assert_true(file_read(path, CONFIG_FILE_MAX, &bytes, &len, &err));
    assert_memory_equal(bytes, before, strlen(before));
    assert_string_equal(bytes + len - strlen(after), after);
    assert_int_equal(strncmp(bytes + strlen(before), "\"dpapi:", 7), 0);
    assert_null(strstr(bytes, "secret"));
    free(bytes);

    config = config_load(path, &err);
    if (config == NULL) {
        fail_msg("%s", err.text);
    }
    CHECK_TEXT("read back", "secret", config->database.password);
    CHECK_INT("not plain", false, config->database.password_plain);
    assert_true(config_protect_password(config, &done, &err));
    CHECK_INT("nothing to do", false, done);

    /* the file was edited between its reading and the protecting */
    scratch_write(path, text, strlen(text));
    struct config *plain = config_load(path, &err);
    assert_non_null(plain);
    scratch_write(path, "{", 1);
    assert_false(config_protect_password(plain, &done, &err));
    assert_true(file_read(path, CONFIG_FILE_MAX, &bytes, &len, &err));
    CHECK_TEXT("left as it was", "{", bytes);
    free(bytes);
    scratch_remove(path);
    assert_false(config_protect_password(plain, &done, &err));
    CHECK_INT("gone", ERR_NOT_FOUND, err.kind);
    config_free(plain);
    config_free(config);
    assert_null(config_load(path, &err));
    CHECK_INT("gone", ERR_NOT_FOUND, err.kind);
    scratch_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_those_of_the_shipped_file),
        cmocka_unit_test(the_defaults_are_the_contract),
        cmocka_unit_test(each_key_takes_its_value),
        cmocka_unit_test(what_is_wrong_is_named_with_line_and_key),
        cmocka_unit_test(a_timezone_is_hours_in_quarters_or_minutes),
        cmocka_unit_test(a_nul_byte_is_named),
        cmocka_unit_test(no_error_shows_the_password),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(a_report_shows_no_secret),
        cmocka_unit_test(any_damage_is_survived),
        cmocka_unit_test(the_password_is_replaced_and_nothing_else),
        cmocka_unit_test(a_plain_password_is_protected_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
