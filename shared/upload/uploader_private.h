/*
 * uploader_private: what the files of the uploader share; nobody else includes it.
 *
 *   uploader.c        its life, a step, what is told and noted
 *   uploader_move.c   rows: a batch goes in, or what is in its way is found
 */
#ifndef HIPBRIDGE_UPLOADER_PRIVATE_H
#define HIPBRIDGE_UPLOADER_PRIVATE_H

#include "outbox/outbox_note.h"
#include "outbox/outbox_stats.h"
#include "pace/backoff.h"
#include "pace/condition.h"
#include "upload/feed.h"
#include "upload/report.h"
#include "upload/retention.h"
#include "upload/uploader.h"

/* What keeps punches from the database; one at a time. */
enum trouble { TROUBLE_AWAY, TROUBLE_LOGIN, TROUBLE_TABLE, TROUBLES };

struct uploader {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct cloud *cloud;
    struct batch *batch;
    struct backoff backoff;

    size_t limit;       /* rows of the next batch, as `adapt` and `shrink` leave it */
    size_t most;        /* what it may grow to: less than cloud_rows_most after one was too large */
    int64_t capped_s;   /* when that was */
    size_t passed;      /* hosts that were connected to and took no rows, one after the other */
    size_t conflicts;   /* one after the other */
    int64_t suspect_id; /* a single row that failed by an error nobody knows, */
    long suspect_code;
    size_t suspect_tries; /* so often */
    int64_t bad_end; /* a refused row lies above the cursor, at or below this id; 0: none known */
    struct feed feed;
    struct report *report;
    struct office *office;
    bool greeted;    /* it was told that the database is there */
    bool fresh;      /* the connection came up in this step */
    bool outbox_bad; /* the outbox failed in this step */
    bool no_database_told;
    bool no_key_told;
    bool odd_told;

    struct condition trouble[TROUBLES];
    struct condition outbox_trouble;
    struct condition refusing;
    uint64_t refused; /* rows since EVENT_ROWS_REFUSED was last told */
    char refused_why[ERROR_TEXT_MAX];

    char noted[OUTBOX_NOTES][OUTBOX_NOTE_MAX + 1]; /* as the outbox has them */
    bool noted_known;
    int64_t connected_s;
    int64_t used_s;    /* when the connection last had a row to carry, or was wanted anew */
    int64_t crowded_s; /* when the server last had no connection left for us; 0: never, */
    int64_t short_s;   /* and since when it has had none; 0: it has */
    int64_t last_success_s;
    struct retention retention;
    int64_t sampled_s;
    int64_t counted_s; /* when it was last looked how many punches are not counted by hours */
};

/* ---- uploader.c: for uploader_move.c ---- */

/* How many punches wait. */
int64_t uploader_waiting(struct uploader *uploader);

/* In a transaction. Stores a note unless the outbox has it already. */
bool uploader_note(struct uploader *uploader, enum outbox_note which, const char *text,
                   struct error *err);

/* Each tells what there is to be told and returns how long to wait, as uploader_step does: the
 * outbox failed; something keeps punches from the database. */
uint32_t uploader_outbox_failed(struct uploader *uploader, const struct error *err, int64_t now_s);
uint32_t uploader_in_trouble(struct uploader *uploader, const struct error *err, int64_t now_s);

/*
 * Rows go in, or none wait: trouble is over. A connection alone does not say so: a server whose
 * disk is full takes those too.
 */
bool uploader_all_well(struct uploader *uploader, int64_t waiting, int64_t now_s,
                       struct error *err);

/* ---- uploader_move.c ---- */

/* How many rows are to be read into uploader->batch. */
size_t uploader_read_count(const struct uploader *uploader);

/* Moves rows of the batch that was read; returns as uploader_step does. */
uint32_t uploader_move(struct uploader *uploader, int64_t now_s);

#endif
