#include "device_private.h"

#include <string.h>

static void add_result(struct device *device, const char *id, int result, const char *rest)
{
    char text[512];
    int len = snprintf(text, sizeof text, "ID=%s&Return=%d&CMD=%s\n", id, result, rest);
    if (len < 0 || (size_t)len >= sizeof text ||
        (size_t)len > sizeof device->results - device->results_len) {
        return;
    }
    memcpy(device->results + device->results_len, text, (size_t)len);
    device->results_len += (size_t)len;
}

/* The time behind `key=` in a command; it may be printed with a blank or a T. */
static bool command_time(const char *command, const char *key, int64_t *time)
{
    char text[20];
    const char *at = strstr(command, key);
    if (at == NULL) {
        return false;
    }
    snprintf(text, sizeof text, "%.19s", at + strlen(key));
    return record_time_parse(text, time);
}

static bool command_range(struct device *device, const char *command, uint64_t *from, uint64_t *to)
{
    int64_t begin_time, end_time;
    if (!command_time(command, "StartTime=", &begin_time) ||
        !command_time(command, "EndTime=", &end_time)) {
        return false;
    }
    *from = record_before(&device->plan->records, device->acked, begin_time);
    *to = record_before(&device->plan->records, device->acked, end_time + 1);
    return true;
}

static void do_query(struct device *device, const char *id, const char *command)
{
    uint64_t from, to;
    if (!command_range(device, command, &from, &to) || from >= to) {
        add_result(device, id, -1, "DATA");
        return;
    }
    bool idle = device->resend_from >= device->resend_to;
    device->resend_from = idle || from < device->resend_from ? from : device->resend_from;
    device->resend_to = idle || to > device->resend_to ? to : device->resend_to;
    add_result(device, id, 0, "DATA");
}

static void do_sum(struct device *device, const char *id, const char *command)
{
    char text[64];
    uint64_t from, to;
    bool known = command_range(device, command, &from, &to);
    snprintf(text, sizeof text, "VERIFY SUM&AttlogSum=%llu",
             (unsigned long long)(known && to > from ? to - from : 0));
    add_result(device, id, known ? 0 : -1, text);
}

static void do_check(struct device *device, const char *id, const char *command)
{
    (void)command;
    device->shaken = false;
    add_result(device, id, 0, "CHECK");
}

static void do_reboot(struct device *device, const char *id, const char *command)
{
    (void)command;
    device->shaken = false;
    device->greeted = false;
    add_result(device, id, 0, "REBOOT");
}

static void do_info(struct device *device, const char *id, const char *command)
{
    char text[256];
    (void)command;
    snprintf(text, sizeof text,
             "INFO\n~DeviceName=SIM\nFWVersion=Ver 8.0.4.2-20190101\nUserCount=97\n"
             "TransactionCount=%llu",
             (unsigned long long)device->acked);
    add_result(device, id, 0, text);
}

static void do_nothing(struct device *device, const char *id, const char *command)
{
    char verb[32];
    snprintf(verb, sizeof verb, "%.*s", (int)strcspn(command, " \t"), command);
    add_result(device, id, 0, verb);
}

static const struct {
    const char *begins;
    void (*execute)(struct device *device, const char *id, const char *command);
} commands[] = {
    {"DATA QUERY ATTLOG", do_query},
    {"QUERY ATTLOG", do_query},
    {"VERIFY SUM ATTLOG", do_sum},
    {"CHECK", do_check},
    {"RELOAD OPTIONS", do_check},
    {"REBOOT", do_reboot},
    {"INFO", do_info},
    {"LOG", do_nothing},
    {"SET OPTION", do_nothing},
};

static void execute(struct device *device, const char *id, const char *command)
{
    device->tally->commands++;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strncmp(command, commands[i].begins, strlen(commands[i].begins)) == 0) {
            commands[i].execute(device, id, command);
            return;
        }
    }
    add_result(device, id, -1002, "DATA");
}

void device_take_commands(struct device *device)
{
    char *line = device->answer;
    if (strncmp(line, "OK", 2) == 0) {
        return;
    }
    while (*line != '\0') {
        char *end = line + strcspn(line, "\r\n");
        char *next = end + strspn(end, "\r\n");
        *end = '\0';
        char *id = line + 2, *colon = strncmp(line, "C:", 2) == 0 ? strchr(id, ':') : NULL;
        if (colon == NULL || colon == id || colon - id > 16) {
            device_note_odd(device, "not a command");
            return;
        }
        *colon = '\0';
        execute(device, id, colon + 1);
        line = next;
    }
}
