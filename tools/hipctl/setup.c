/*
 * hipctl setup: asks where the punches go, tries it, and keeps it: what a double click on the MSI
 * ends with, and the Start menu has. Nothing is written before the database has been tried, but
 * where somebody wants it all the same; what is typed is found on no command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "config/config_edit.h"
#include "config/config_load.h"
#include "console.h"

enum { FIELD_MAX = 2304 }; /* eight hosts, the longest there are */

struct answers {
    char host[FIELD_MAX];
    char database[FIELD_MAX];
    char user[FIELD_MAX];
    char password[SECRET_MAX]; /* "": the one that is there */
};

/* The bytes with one value replaced, in their place; false leaves them as they were. */
static bool put(char **bytes, size_t *len, const char *key, const char *text, struct error *err)
{
    struct config_edit edit = {.text = text};
    size_t changed_len = 0;
    char *changed =
        config_with_value((struct span){*bytes, *len}, "database", key, &edit, &changed_len, err);
    if (changed == NULL) {
        return false;
    }
    secret_wipe(*bytes, *len); /* a password may stand there in the clear */
    free(*bytes);
    *bytes = changed;
    *len = changed_len;
    return true;
}

static bool put_password(char **bytes, size_t *len, const char *password, struct error *err)
{
    char sealed[SECRET_TEXT_MAX];
    return password[0] == '\0' || (secret_protect(password, sealed, sizeof sealed, err) &&
                                   put(bytes, len, "password", sealed, err));
}

/* What config.json would be with the answers; free() it. */
static char *with_answers(const char *path, const struct answers *answers, size_t *len,
                          struct error *err)
{
    char *bytes = NULL;
    if (file_read(path, CONFIG_FILE_MAX, &bytes, len, err) &&
        put(&bytes, len, "host", answers->host, err) &&
        put(&bytes, len, "database", answers->database, err) &&
        put(&bytes, len, "user", answers->user, err) &&
        put_password(&bytes, len, answers->password, err)) {
        return bytes;
    }
    if (bytes != NULL) {
        secret_wipe(bytes, *len);
    }
    free(bytes);
    return NULL;
}

/* Enter keeps what is there. False at the input's end. */
static bool ask(const char *prompt, char value[FIELD_MAX])
{
    char typed[FIELD_MAX];
    if (!console_ask(prompt, value, typed, sizeof typed)) {
        return false;
    }
    if (typed[0] != '\0') {
        memcpy(value, typed, sizeof typed);
    }
    return true;
}

/* False: nobody wants it set up now. */
static bool ask_all(struct answers *answers, struct error *err)
{
    return ask("Host, or host:port", answers->host) && answers->host[0] != '\0' &&
           ask("Database", answers->database) && ask("User", answers->user) &&
           console_password("Password (Enter keeps the one that is there)", answers->password,
                            sizeof answers->password, err);
}

static bool store(const struct command_line *line, struct span bytes, struct error *err)
{
    const struct command_line bare = {line->config_path, 0, NULL};
    if (!file_replace(line->config_path, bytes, err)) {
        return false;
    }
    console_print("%s is written, the password protected.\n", line->config_path);
    if (strcmp(command_service_state(), "running") == 0) {
        return command_reload(&bare) == HIPCTL_DONE; /* has said why not */
    }
    console_print("The service does not run; it takes it when it starts.\n");
    return true;
}

/* One round: tries it, and keeps it if it is right or wanted all the same. *done: there is no need
 * of another. */
static bool try_answers(const struct command_line *line, const struct answers *answers, bool *done,
                        struct error *err)
{
    size_t len = 0;
    bool fine = false;
    *done = false;
    char *bytes = with_answers(line->config_path, answers, &len, err);
    struct config *config =
        bytes != NULL ? config_parse((struct span){bytes, len}, line->config_path, err) : NULL;
    if (config != NULL) {
        console_print("\n");
        fine = command_try_database(config, false, false);
        console_print("\n");
        if (fine || console_agree("That did not work. Keep it all the same?")) {
            *done = true;
            fine = store(line, (struct span){bytes, len}, err) && fine;
        }
    }
    config_free(config);
    if (bytes != NULL) {
        secret_wipe(bytes, len);
    }
    free(bytes);
    return fine;
}

/* True when the database was tried and is right. */
static bool set_up(const struct command_line *line, struct answers *answers)
{
    for (;;) {
        struct error err = ERROR_INIT;
        bool done = false;
        bool wanted = ask_all(answers, &err);
        bool fine = wanted && try_answers(line, answers, &done, &err);
        secret_wipe(answers->password, sizeof answers->password);
        if (err.kind != ERR_NONE) {
            command_failed(&err);
        }
        if (!wanted && err.kind == ERR_NONE) {
            console_print("Nothing is changed. \"hipctl setup\" asks again at any time.\n");
        }
        if (fine || done || !wanted || !console_agree("Try again?")) {
            return fine;
        }
    }
}

/* As config.json has it. */
static void take_what_is_there(const struct config_database *database, struct answers *answers)
{
    size_t used = 0;
    answers->host[0] = '\0';
    for (size_t i = 0; i < database->host_count && used < sizeof answers->host; i++) {
        const struct config_host *host = &database->hosts[i];
        char port[16] = "";
        if (host->port != 0 && host->port != database->port) {
            snprintf(port, sizeof port, ":%d", host->port);
        }
        bool is_bare = strchr(host->name, ':') == NULL; /* else an IPv6 address */
        used +=
            (size_t)snprintf(answers->host + used, sizeof answers->host - used,
                             is_bare ? "%s%s%s" : "%s[%s]%s", i > 0 ? ", " : "", host->name, port);
    }
    snprintf(answers->database, sizeof answers->database, "%s", database->database);
    snprintf(answers->user, sizeof answers->user, "%s", database->user);
}

int command_setup(const struct command_line *line)
{
    static struct answers answers;
    char page[] = "page";
    char *arguments[] = {page};
    const struct command_line open = {line->config_path, 1, arguments};
    struct error err = ERROR_INIT;
    if (!command_options(line, NULL, 0)) {
        return command_usage("setup");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    take_what_is_there(&config->database, &answers);
    config_free(config);
    console_print("HIP Bridge collects punches already. Which MySQL or MariaDB database do they go "
                  "to?\nEnter keeps what stands in [ ]. No host: not now; they wait on this PC "
                  "until it is set.\n\n");
    bool fine = set_up(line, &answers);
    if (console_agree("Open the status page?")) {
        (void)command_open(&open);
    }
    return fine ? HIPCTL_DONE : HIPCTL_FAILED;
}
