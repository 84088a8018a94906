#include <stdlib.h>

#include "command.h"
#include "config/config_load.h"
#include "console.h"
#include "status/alarm.h"
#include "system/pc_name.h"
#include "system/post.h"

static bool send(const struct config *config, struct error *err)
{
    char name[CONFIG_TEXT_MAX];
    const char *model = config->alarm.body[0] != '\0' ? config->alarm.body : ALARM_BODY;
    const struct alarm alarm = {"good", "This is a test, sent by hand.", name};
    pc_name(config->name, name, sizeof name);
    char *body = alarm_body(model, &alarm, err);
    if (body == NULL) {
        return false;
    }
    const struct post post = {config->alarm.url, config->alarm.header.text,
                              "application/json; charset=utf-8", span_of(body)};
    bool sent = post_send(&post, err);
    if (sent) {
        console_print("Sent: %s\n", body);
    }
    free(body);
    return sent;
}

int command_test_alarm(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    if (!command_options(line, NULL, 0)) {
        return command_usage("test-alarm");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    bool sent =
        config->alarm.url[0] != '\0'
            ? send(config, &err)
            : error_set(&err, ERR_INVALID, 0, console_say("alarm.url is empty: no alarm is sent"));
    config_free(config);
    return sent ? HIPCTL_DONE : command_failed(&err);
}
