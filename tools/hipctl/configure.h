/*
 * configure: what `hipctl configure` sets up, a step a function.
 *
 * A step fails alone: the caller reports it and goes on with the next.
 */
#ifndef HIPCTL_CONFIGURE_H
#define HIPCTL_CONFIGURE_H

#include "base/error.h"
#include "system/file.h"

/* What the MSI's properties say; "" where none was given. */
enum configure_property {
    PROPERTY_START, /* the service's start type before an upgrade: "#2" automatic, "#3", "#4" */
    PROPERTY_PORT,
    PROPERTY_LOGDIR,
    PROPERTY_DBHOST,
    PROPERTY_DBNAME,
    PROPERTY_DBUSER,
    PROPERTY_TLSCA, /* before TLS: "verify-ca" wants it there */
    PROPERTY_TLS,
    PROPERTY_SYNC,   /* 1 or 0: sync.enabled */
    PROPERTY_CONFIG, /* the path of a whole config.json, in place of the default */
    PROPERTY_DBPASSWORD,
    PROPERTY_COUNT,
};

enum {
    PROPERTY_MAX = FILE_PATH_MAX,
    CONFIGURE_FAILED_MAX = 3 * ERROR_TEXT_MAX, /* a Thai letter takes three bytes */
};

struct configure {
    char config_path[FILE_PATH_MAX];
    char data[FILE_PATH_MAX];    /* the folder of config.json */
    char program[FILE_PATH_MAX]; /* the folder of this program */
    char properties[PROPERTY_COUNT][PROPERTY_MAX];
    /* Called for each step with its error, or with NULL when it is done. */
    void (*tell)(struct configure *configure, const char *step, const struct error *err);
    char failed[CONFIGURE_FAILED_MAX]; /* which failed and why, for the Event Log */
    bool any_failed;
};

/* ---- configure_service.c ---- */

/* Every setting of the service, each a step of its own. */
void configure_service(struct configure *configure);

/* Remembers, where it goes with the service, that this installation made config.json. */
void configure_note_made(bool made);
bool configure_was_made(void);

/* ---- configure_file.c ---- */

/*
 * Fills the properties from the standard input, read to its end:
 * "|START=…|PORT=…|LOGDIR=…|DBHOST=…|DBNAME=…|DBUSER=…|TLSCA=…|TLS=…|SYNC=…|CONFIG=…|DBPASSWORD=…"
 * in this order, UTF-8. Not from
 * the command line, which others can read and auditing keeps. A password may hold anything: it is
 * the last, and goes to the end. All are empty when it fails (ERR_INVALID, or what the reading
 * failed of).
 */
bool configure_read_properties(struct configure *configure, struct error *err);

/* config.json from the default and the properties, if there is none. A property that is not right
 * is told as a step of its own and left out. *made says whether it was made. */
bool configure_file(struct configure *configure, bool *made, struct error *err);

/* ---- configure_address.c ---- */

/*
 * Reserves the terminals' port at Windows' HTTP server for the service's own name, which an account
 * that is no administrator needs (SYSTEM does not), or takes the reservation back; none there is
 * fine.
 */
bool configure_reserve(int port, bool wanted, struct error *err);

#endif
