#include "configure.h"

#include <windows.h>

#include <stdio.h>
#include <string.h>

#include "system/access.h"
#include "command.h"
#include "console.h"
#include "record/event.h"
#include "system/firewall.h"
#include "system/known_programs.h"
#include "system/page_link.h"
#include "net/port_owner.h"
#include "system/predecessor.h"
#include "system/wide.h"
#include "words.h"
#include "config/config_load.h"

/* The Event Log too: nobody sees what a program prints that an MSI runs. */
static void report_failed(const struct configure *configure)
{
    wchar_t text[CONFIGURE_FAILED_MAX];
    HANDLE source = RegisterEventSourceW(NULL, L"HipBridge");
    if (source == NULL) {
        return;
    }
    if (wide_from_utf8(configure->failed, text, HB_COUNT(text), NULL)) {
        LPCWSTR strings[] = {text};
        wide_disarm(text);
        ReportEventW(source, EVENTLOG_WARNING_TYPE, EVENT_CATEGORY(EVENT_SETUP_INCOMPLETE),
                     0x80000000U | EVENT_SETUP_INCOMPLETE, NULL, 1, 0, strings, NULL);
    }
    DeregisterEventSource(source);
}

static void tell(struct configure *configure, const char *step, const struct error *err)
{
    char label[CONSOLE_LABEL_MAX];
    console_padded(err == NULL ? "done" : "failed", 7, label);
    if (err == NULL) {
        console_print("%s %s\n", label, console_say(step));
        return;
    }
    char why[REASON_MAX];
    console_print("%s %s: %s\n", label, console_say(step), console_reason(err->text, why));
    /* The Event Log speaks Windows' language, whatever this one is told to. */
    bool thai = PRIMARYLANGID(GetSystemDefaultUILanguage()) == LANG_THAI;
    const char *in_thai = thai ? words_thai(step) : NULL;
    size_t used = strlen(configure->failed);
    snprintf(configure->failed + used, sizeof configure->failed - used, "%s%s: %s%s",
             used > 0 ? " " : "", in_thai != NULL ? in_thai : step,
             reason_shown(err->text, thai, why), thai ? "" : ".");
    configure->any_failed = true;
}

/* ---- steps ---- */

static bool protect_folder(struct configure *configure, struct error *err)
{
    return file_make_folder(configure->data, err) && access_restrict_folder(configure->data, err);
}

static bool make_file(struct configure *configure, struct error *err)
{
    bool made = false;
    bool done = configure_file(configure, &made, err);
    configure_note_made(made);
    return done;
}

/* The default's settings where config.json cannot be read: the service says so when it starts. */
static bool open_port(struct configure *configure, struct error *err)
{
    struct config *config = config_load(configure->config_path, err);
    if (config == NULL) {
        return false;
    }
    char peers[CONFIG_NETWORKS_MAX * NETWORK_PEER_MAX];
    network_peers(config->listener.networks, config->listener.network_count, peers, sizeof peers);
    bool done = config->listener.enabled && config->listener.open_firewall && peers[0] != '\0'
                    ? firewall_open(config->listener.port, peers, NULL, err)
                    : firewall_close(NULL, err);
    config_free(config);
    return done;
}

static bool port_of(const struct configure *configure, int *port, struct error *err)
{
    struct config *config = config_load(configure->config_path, err);
    if (config == NULL) {
        return false;
    }
    *port = config->listener.port;
    config_free(config);
    return true;
}

static bool link_page(struct configure *configure, struct error *err)
{
    int port = 0;
    return port_of(configure, &port, err) && page_link_keep(configure->program, port, err);
}

static bool reserve_port(struct configure *configure, struct error *err)
{
    int port = 0;
    return port_of(configure, &port, err) && configure_reserve(port, true, err);
}

static bool release_port(struct configure *configure, struct error *err)
{
    int port = 0;
    return port_of(configure, &port, err) && configure_reserve(port, false, err);
}

static bool close_port(struct configure *configure, struct error *err)
{
    (void)configure;
    return firewall_close(NULL, err);
}

static bool delete_file(const char *path, struct error *err)
{
    wchar_t name[FILE_PATH_MAX];
    if (!wide_from_utf8(path, name, FILE_PATH_MAX, err)) {
        return false;
    }
    return DeleteFileW(name) || GetLastError() == ERROR_FILE_NOT_FOUND ||
           wide_error(err, GetLastError(), "cannot delete %s", path);
}

static bool unlink_page(struct configure *configure, struct error *err)
{
    char path[FILE_PATH_MAX];
    return (file_resolve(configure->program, PAGE_LINK_NAME, path, sizeof path) ||
            error_set(err, ERR_INVALID, 0, "the path %s is too long", configure->program)) &&
           delete_file(path, err);
}

/* What this installation made itself and no service has used since. Never a punch, never a file of
 * the user's. */
static bool take_back_file(struct configure *configure, struct error *err)
{
    char outbox[FILE_PATH_MAX];
    wchar_t data[FILE_PATH_MAX];
    if (!configure_was_made() ||
        !file_resolve(configure->data, "outbox.db", outbox, sizeof outbox) || file_exists(outbox)) {
        return true;
    }
    if (!delete_file(configure->config_path, err) ||
        !wide_from_utf8(configure->data, data, FILE_PATH_MAX, err)) {
        return false;
    }
    RemoveDirectoryW(data); /* stays if there is anything else in it */
    return true;
}

struct step {
    const char *name;
    bool (*run)(struct configure *configure, struct error *err);
};

static const struct step properties[] = {
    {"properties of the installer", configure_read_properties},
};

static const struct step forth[] = {
    {"data folder for Administrators and SYSTEM alone", protect_folder},
    {"config.json", make_file},
    {"firewall rule", open_port},
    {"link to the status page", link_page},
};

/* Told where something is found, and else not. */
static void tell_of_others(struct configure *configure)
{
    struct error err = ERROR_INIT;
    char owner[PORT_OWNER_MAX];
    int port = 0;
    if (!predecessor_gone(&err)) {
        tell(configure, "the old bridge is away", &err);
    }
    error_clear(&err);
    if (strcmp(command_service_state(), "running") == 0 || !port_of(configure, &port, &err)) {
        return; /* it is its own, or told by the step that reads it */
    }
    port_owner(port, owner, sizeof owner);
    if (owner[0] != '\0') {
        error_set(&err, ERR_BUSY, 0,
                  "%s has port %d. Stop it, or set another \"port\" under \"listener\"; HIP Bridge "
                  "tries again until it is free",
                  owner, port);
        tell(configure, "the terminals' port is free", &err);
    }
}

/* The vendor's own database may be read as well: only told. */
static void tell_known(void *context, const char *path)
{
    (void)context;
    console_print("An attendance program keeps its database here: %s. It can be read as well: "
                  "hipctl check-access says what it would give.\n",
                  path);
}

/* For a service that does not log on as SYSTEM. */
static const struct step forth_by_account[] = {
    {"the port reserved for the service's account", reserve_port},
};

static const struct step back_by_account[] = {
    {"the port reserved for the service's account", release_port},
};

static const struct step back[] = {
    {"firewall rule", close_port},
    {"link to the status page", unlink_page},
};

static const struct step back_to_nothing[] = {
    {"config.json", take_back_file},
};

static void run_steps(struct configure *configure, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        bool done = steps[i].run(configure, &err);
        tell(configure, steps[i].name, done ? NULL : &err);
    }
}

static bool begin(struct configure *configure, const struct command_line *line, struct error *err)
{
    memset(configure, 0, sizeof *configure);
    configure->tell = tell;
    return file_program_folder(configure->program, sizeof configure->program, err) &&
           (strlen(line->config_path) < sizeof configure->config_path ||
            error_set(err, ERR_INVALID, 0, "the path %s is too long", line->config_path)) &&
           (memcpy(configure->config_path, line->config_path, strlen(line->config_path) + 1),
            file_folder(line->config_path, configure->data, sizeof configure->data));
}

static int end(struct configure *configure)
{
    if (configure->any_failed) {
        report_failed(configure);
    }
    secret_wipe(configure->properties, sizeof configure->properties);
    return configure->any_failed ? HIPCTL_FAILED : HIPCTL_DONE;
}

int command_configure(const struct command_line *line)
{
    static struct configure configure;
    struct error err = ERROR_INIT;
    bool given = false;
    const struct command_option options[] = {{"--properties", NULL, &given}};
    if (!command_options(line, options, HB_COUNT(options))) {
        return command_usage("configure");
    }
    if (!begin(&configure, line, &err)) {
        return command_failed(&err);
    }
    if (given) {
        run_steps(&configure, properties, HB_COUNT(properties));
    }
    configure_service(&configure);
    run_steps(&configure, forth, HB_COUNT(forth));
    tell_of_others(&configure);
    if (!access_service_is_system()) {
        run_steps(&configure, forth_by_account, HB_COUNT(forth_by_account));
    }
    (void)known_programs(tell_known, NULL);
    return end(&configure);
}

int command_unconfigure(const struct command_line *line)
{
    static struct configure configure;
    struct error err = ERROR_INIT;
    bool rollback = false;
    const struct command_option options[] = {{"--rollback", NULL, &rollback}};
    if (!command_options(line, options, HB_COUNT(options))) {
        return command_usage("unconfigure");
    }
    if (!begin(&configure, line, &err)) {
        return command_failed(&err);
    }
    run_steps(&configure, back, HB_COUNT(back));
    if (!access_service_is_system()) {
        run_steps(&configure, back_by_account, HB_COUNT(back_by_account));
    }
    if (rollback) {
        run_steps(&configure, back_to_nothing, HB_COUNT(back_to_nothing));
    }
    return end(&configure);
}
