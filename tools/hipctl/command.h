/*
 * command: the subcommands of hipctl, one a file, and what they share.
 *
 * Each is given its own arguments (after its name) and returns the exit code.
 */
#ifndef HIPCTL_COMMAND_H
#define HIPCTL_COMMAND_H

#include <stdio.h>

#include "config/config.h"
#include "base/error.h"
#include "outbox/outbox.h"

enum {
    HIPCTL_DONE = 0,
    HIPCTL_FAILED = 1,
    HIPCTL_USAGE = 2,
    HIPCTL_WATCH = 3, /* status alone: something is to be watched */
    HIPCTL_ACT = 4,   /* … or somebody has to act */
};

struct command_line {
    const char *config_path; /* never NULL */
    int count;
    char **arguments;
};

int command_check_access(const struct command_line *line);
int command_check_config(const struct command_line *line);
int command_check_log(const struct command_line *line);
int command_device(const struct command_line *line);
int command_configure(const struct command_line *line);
int command_forget(const struct command_line *line);
int command_open(const struct command_line *line);
int command_pull(const struct command_line *line);
int command_pull_now(const struct command_line *line);
int command_reload(const struct command_line *line);
int command_report(const struct command_line *line);
int command_rejected(const struct command_line *line);
int command_requeue(const struct command_line *line);
int command_set_password(const struct command_line *line);
int command_setup(const struct command_line *line);
int command_sniff(const struct command_line *line);
int command_status(const struct command_line *line);
int command_sync_now(const struct command_line *line);
int command_test_alarm(const struct command_line *line);
int command_test_db(const struct command_line *line);
int command_unconfigure(const struct command_line *line);

/* Says what is wrong and returns HIPCTL_FAILED, or HIPCTL_USAGE with the way the command is used.
 */
int command_failed(const struct error *err);
int command_usage(const char *name);
/* The same, for an argument that is not there (what: "the name of the file"), or one that is no
 * such thing. */
int command_missing(const char *name, const char *what);
int command_unknown(const char *name, const char *argument);

/* ---- options: `--name value` or `--name` ---- */

struct command_option {
    const char *name;
    const char **value; /* set to the text after it; NULL for one that takes none */
    bool *given;        /* NULL is fine */
};

/* Reads the arguments. False for one that is not in the table or lacks its value: it is said which.
 */
bool command_options(const struct command_line *line, const struct command_option *options,
                     size_t count);

/*
 * A new file to write bytes to, which the caller closes. NULL with ERR_EXISTS where there is one of
 * this name: a slip of the keyboard must not empty a database.
 */
FILE *command_new_file(const char *path, struct error *err);

/* A whole number within [low, high]. */
bool command_number(const char *text, int low, int high, int *value);

/*
 * The period of `--from` and `--to`, either of which may be NULL, as [*from, *to): dates as people
 * write them (walltime_read), both included in what they name. False for what is no date, and where
 * the second is before the first: it is said why.
 */
bool command_period(const char *from_text, const char *to_text, walltime *from, walltime *to);

/* Tries the database step by step and says each (test_db.c); true when all is right. `create`:
 * makes the table; `trust`: takes the server's new key. */
bool command_try_database(const struct config *config, bool create, bool trust);

/* ---- the service ---- */

/* "running", "stopped", "starting", "stopping", "not installed", … */
const char *command_service_state(void);

/* Sends a control code of control.h. Fails with ERR_NOT_FOUND when the service is not running. */
bool command_service_control(unsigned code, struct error *err);

#endif
