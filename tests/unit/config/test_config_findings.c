#include "check.h"
#include "config/config_findings.h"
#include "scratch.h"

/* A file that is there. */
#ifdef _WIN32
#define HERE "C:/windows/system32/kernel32.dll"
#else
#define HERE "//dev/null" /* two: taken as it stands */
#endif

struct seen {
    char text[4000];
};

static void see(void *context, bool wrong, const char *words)
{
    struct seen *seen = context;
    size_t len = strlen(seen->text);
    snprintf(seen->text + len, sizeof seen->text - len, "%s %s\n", wrong ? "WRONG" : "note", words);
}

static void each_is_found_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected; /* NULL: nothing is said */
    } cases[] = {
        {"\"listener\":{}", NULL},
        {"\"listener\":{\"enabled\":false,\"allowed_networks\":[]}", "note listener.enabled"},
        {"\"listener\":{\"timezone\":15}", "WRONG listener.timezone means UTC+0:15:"},
        {"\"listener\":{\"timezone\":-30}", "WRONG listener.timezone means UTC-0:30:"},
        {"\"listener\":{\"timezone\":5.5}", NULL},
        {"\"listener\":{\"timezone\":330}", NULL},
        {"\"listener\":{\"timezone\":0}", NULL},
        {"\"listener\":{\"devices\":[{\"sn\":\"A\",\"timezone\":20}]}", "listener.devices, A,"},
        {"\"listener\":{\"allowed_networks\":[]}", "it admits nobody"},
        {"\"listener\":{\"unknown_devices\":\"reject\"}", "no terminal is admitted"},
        {"\"listener\":{\"unknown_devices\":\"reject\",\"devices\":[{\"sn\":\"A\"}]}", NULL},
        {"\"listener\":{\"devices\":[{\"sn\":\"A\",\"address\":\"203.0.113.9\"}]}",
         "WRONG listener.devices, A: its address 203.0.113.9 is in none"},
        {"\"listener\":{\"devices\":[{\"sn\":\"A\",\"address\":\"10.0.0.9\"}]}", NULL},
        {"\"sync\":{\"log_directory\":\"/no/such/folder\"}", "WRONG sync.log_directory: "},
        {"\"sync\":{\"enabled\":false,\"log_directory\":\"/no/such/folder\"}", NULL},
        {"\"access\":{\"enabled\":true,\"device_sn\":\"A\",\"path\":\"/no/such.mdb\"}",
         "WRONG access.path: there is no file C:/no/such.mdb."},
        {"\"access\":{\"device_sn\":\"\",\"path\":\"/no/such.mdb\"}", NULL},
        {"\"access\":{\"enabled\":true,\"path\":\"" HERE "\"}", "note access.device_sn is empty"},
        {"\"access\":{\"enabled\":true,\"device_sn\":\"A\",\"path\":\"" HERE "\"}", NULL},
        {"\"database\":{\"host\":\"\"}", "note database.host is empty"},
        {"\"database\":{\"host\":\"d\",\"user\":\"u\",\"database\":\"d\",\"tls\":\"off\"}",
         "note database.tls is \"off\""},
        {"\"database\":{\"host\":\"d\",\"user\":\"u\",\"database\":\"d\",\"tls_ca\":"
         "\"/no/such.pem\"}",
         "WRONG database.tls_ca: there is no file"},
        {"\"database\":{\"host\":\"d\",\"user\":\"u\"}", "WRONG database.database is empty"},
        {"\"database\":{\"host\":\"d\",\"database\":\"u\"}", "WRONG database.user is empty"},
        {"\"outbox\":{\"path\":\"\\\\\\\\nas\\\\share\\\\outbox.db\"}",
         "WRONG outbox.path is on another computer"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[800];
        struct error err = ERROR_INIT;
        struct seen seen = {{0}};
        /* What the case doesn't name is well, so that it is all that can be said. */
        snprintf(text, sizeof text, "{%s%s%s}", cases[i].text,
                 strstr(cases[i].text, "\"sync\"") == NULL ? ",\"sync\":{\"enabled\":false}" : "",
                 strstr(cases[i].text, "\"database\":{\"host\"") == NULL
                     ? ",\"database\":{\"host\":\"d\",\"user\":\"u\",\"database\":\"d\"}"
                     : "");
        struct config *config = config_parse(span_of(text), "C:\\x\\config.json", &err);
        if (config == NULL) {
            fail_msg("%s: %s", text, err.text);
        }
        config_findings(config, see, NULL, &seen);
        bool fine = cases[i].expected == NULL ? seen.text[0] == '\0'
                                              : strstr(seen.text, cases[i].expected) != NULL;
        if (!fine || (strchr(seen.text, '\n') != NULL && strchr(seen.text, '\n')[1] != '\0')) {
            fail_msg("%s: expected %s, got %s", text,
                     cases[i].expected != NULL ? cases[i].expected : "nothing", seen.text);
        }
        config_free(config);
    }
}

static const char *in_brackets(const char *english)
{
    return strcmp(english, "database.%s is empty.") == 0               ? "[database.%s]"
           : strcmp(english, "timezone of listener.devices, %s,") == 0 ? "[%s]"
           : strncmp(english, "%s means UTC", 12) == 0                 ? "%s: %c %02d"
                                                                       : english;
}

static void they_are_said_in_the_reader_s_language(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct seen seen = {{0}};
    struct config *config = config_parse(
        SPAN("{\"listener\":{\"devices\":[{\"sn\":\"A\",\"timezone\":20}]},"
             "\"sync\":{\"enabled\":false},\"database\":{\"host\":\"d\",\"user\":\"u\"}}"),
        "C:\\x\\config.json", &err);
    assert_non_null(config);
    config_findings(config, see, in_brackets, &seen);
    CHECK_TEXT("in brackets", "WRONG [A]: + 20\nWRONG [database.database]\n", seen.text);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_found_and_nothing_else),
                                       cmocka_unit_test(they_are_said_in_the_reader_s_language)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
