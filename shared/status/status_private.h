/*
 * status_private: what the status*.c files share, and nobody else.
 *
 *   status.c          the parts, and the whole
 *   status_object.c   the ways to add to it
 *   status_concern.c  what is wrong (concern.h)
 *   status_picture.c  the figures that the page draws
 */
#ifndef HIPBRIDGE_STATUS_PRIVATE_H
#define HIPBRIDGE_STATUS_PRIVATE_H

#include <cjson/cJSON.h>

#include "terminals/silence.h"
#include "status/status.h"
#include "outbox/outbox_note.h"

enum { STATUS_SERIES_MAX = 8 };

/* `good` turns false when memory runs out or the outbox cannot be read; all that follows does
 * nothing. */
enum { STATUS_HELD_MAX = 1000 };

struct status_building {
    struct outbox *outbox;
    const struct config *config;
    struct error *err;
    const char *service;
    int64_t now_s;
    walltime today; /* midnight, by listener.timezone */
    cJSON *list;    /* what the visitors add to */
    size_t count;
    int64_t strangers;
    bool good;

    struct silence_watch watch;
    struct outbox_counts counts;
    int64_t tls_until_s; /* end of the database server's certificate; 0: not known */

    struct status_held {
        char sn[PUNCH_SN_MAX + 1];
        walltime from;
    } held[STATUS_HELD_MAX]; /* terminals of which something is not in the database, */
    size_t held_count;       /* so many; one more: not all of them */

    struct status_hours *hours; /* status_picture.c; NULL: none yet */
};

/* ---- status_object.c ---- */

void status_out_of_memory(struct status_building *building);
cJSON *status_add_object(struct status_building *building, cJSON *to, const char *name);
/* An empty list, which becomes the one that entries are added to. */
cJSON *status_add_list(struct status_building *building, cJSON *to, const char *name);
/* An object at the end of the list being built. */
cJSON *status_add_entry(struct status_building *building);
void status_add_null(struct status_building *building, cJSON *to, const char *name);
void status_add_number(struct status_building *building, cJSON *to, const char *name,
                       int64_t value);
/* "" is null: there is none. */
void status_add_text(struct status_building *building, cJSON *to, const char *name,
                     const char *text);
/* A reason, and beside it under "<name>_th" its Thai words where it has them (words/reason.h). */
void status_add_reason(struct status_building *building, cJSON *to, const char *name,
                       const char *text);
void status_add_bool(struct status_building *building, cJSON *to, const char *name, bool value);
/* Unix seconds; 0 is null: never. */
void status_add_time(struct status_building *building, cJSON *to, const char *name, int64_t unix_s);

/* ---- status_concern.c ---- */

/* "level" and "concerns". */
void status_add_concerns(struct status_building *building, cJSON *root);

/* ---- status_picture.c ---- */

/* Reads the hours; frees them again. */
void status_read_hours(struct status_building *building);
void status_free_hours(struct status_building *building);
/* A terminal's punches of today. */
int64_t status_today_of(const struct status_building *building, const char *sn);
/* "today", "hours", "samples" and "delays". */
void status_add_pictures(struct status_building *building, cJSON *root);

#endif
