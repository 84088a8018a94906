/*
 * verbs: what hipctl can be told, as a table, and the pages of `hipctl help`.
 */
#ifndef HIPCTL_VERBS_H
#define HIPCTL_VERBS_H

#include <stdbool.h>

#include "command.h"

struct verb {
    const char *name;
    int (*run)(const struct command_line *line);
    const char *arguments;
    const char *help; /* a line */
    const char *more; /* the rest of its page: what it does, what it needs, with an example */
};

/* NULL: there is none of that name. */
const struct verb *verb_of(const char *name);

/* Its form, and where a DATE stands in it, what that is. */
void verb_print_form(const struct verb *verb, void (*print)(const char *format, ...));

/* All of them, a line or two each; or the page of one. On the standard output. */
void verbs_print_all(void);
void verb_print_page(const struct verb *verb);

/* The verb that is written most alike, NULL: none is. */
const struct verb *verb_like(const char *name);

#endif
