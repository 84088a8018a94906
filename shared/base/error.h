/*
 * error: the one way in which a function of this program fails.
 *
 * A fallible function returns false (or NULL) and fills the struct error its caller handed it:
 * what was tried, on what, and why, in words fit for Event Viewer. The error travels upwards
 * untouched and is reported once, by whoever decides what to do about it. Clean-up code never
 * writes to an error that is already set.
 *
 * Nothing here allocates, blocks or fails. Any thread may use its own struct error.
 */
#ifndef HIPBRIDGE_ERROR_H
#define HIPBRIDGE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/portability.h"

enum { ERROR_TEXT_MAX = 1024 };

/* What a caller may want to decide by. Everything else about a failure is in the words. */
enum error_kind {
    ERR_NONE = 0,
    ERR_INVALID,     /* input that will never be right: configuration, an argument */
    ERR_NOT_FOUND,   /* the thing asked for is not there */
    ERR_EXISTS,      /* the name is taken */
    ERR_BUSY,        /* somebody else holds it now; a later try may do */
    ERR_DENIED,      /* no permission */
    ERR_FULL,        /* no room: disk, or a bound of our own */
    ERR_CORRUPT,     /* a file of ours is damaged */
    ERR_MEMORY,      /* the allocator said no */
    ERR_SYSTEM,      /* any other failure of the system */
    ERR_CONFLICT,    /* database: another transaction was in the way; again at once */
    ERR_UNREACHABLE, /* database: network, server gone, timeout, TLS: a later try may do */
    ERR_LOGIN,       /* database: user, password or privilege refused */
    ERR_TABLE,       /* database: the table is missing or unusable */
    ERR_DATA,        /* database: a row was refused for what it holds */
    ERR_TOO_LARGE,   /* database: the batch is larger than the server takes */
    ERR_STOPPED,     /* we were told to stop */
};

struct error {
    enum error_kind kind;
    long code;                 /* the system's or library's own number, 0 if it gave none */
    char text[ERROR_TEXT_MAX]; /* UTF-8, one sentence or two, no line end */
};

/* An error that says nothing: `struct error err = ERROR_INIT;` */
#define ERROR_INIT                                                                                 \
    {                                                                                              \
        ERR_NONE, 0, ""                                                                            \
    }

/*
 * Fills err (which may be NULL: the caller does not want to know) and returns false, so that
 * `return error_set(err, ERR_BUSY, code, "cannot open %s: %s", path, why);` is one statement.
 * The text is cut at a UTF-8 character boundary when it is too long.
 */
HB_PRINTF(4, 5)
bool error_set(struct error *err, enum error_kind kind, long code, const char *format, ...);

/*
 * Puts words in front of an error that is already set ("cannot start: " + what was there) and
 * returns false. Does nothing to an error that is not set. err may be NULL.
 */
HB_PRINTF(2, 3)
bool error_prefix(struct error *err, const char *format, ...);

/* Makes err say nothing again. */
void error_clear(struct error *err);

#endif
