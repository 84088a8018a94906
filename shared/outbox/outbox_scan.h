/*
 * outbox_scan: what the last run over the log folder did, file by file. The sync thread writes it
 * as it goes on, `hipctl sync-now` reads it meanwhile.
 *
 * Rules as in outbox.h. Only the last run is kept.
 */
#ifndef HIPBRIDGE_OUTBOX_SCAN_H
#define HIPBRIDGE_OUTBOX_SCAN_H

#include "outbox/outbox.h"
#include "outbox/outbox_note.h"

struct outbox_scan {
    int64_t number;  /* grows by one a run; 0 = none yet */
    int64_t began_s; /* Unix, as the others; 0 = not yet */
    int64_t read_s;  /* from here on files only wait for the database */
    int64_t ended_s;
    char trouble[OUTBOX_NOTE_MAX + 1]; /* why the folder could not be read; "" */
};

enum outbox_scan_state {
    OUTBOX_SCAN_READING, /* `done` bytes so far */
    OUTBOX_SCAN_WAITS,   /* read; its punches are not all in the database yet */
    OUTBOX_SCAN_ARCHIVED,
    OUTBOX_SCAN_IN_USE, /* left for a later run */
    OUTBOX_SCAN_NO_LOG, /* no line was understood */
    OUTBOX_SCAN_FAILED,
};

struct outbox_scan_file {
    int64_t turn; /* given by outbox_scan_note: grows with each change of any file */
    char name[LOG_NAME_MAX];
    enum outbox_scan_state state;
    int64_t size, done; /* bytes */
    uint64_t new_count, known_count, ignored_count, rejected_count;
    char detail[ERROR_TEXT_MAX]; /* archived: the name there; failed: why */
};

/* The next run begins: its number is in *run, and what is kept of the files of the one before is
 * forgotten. In a transaction. */
bool outbox_scan_begin(struct outbox *outbox, int64_t now_s, struct outbox_scan *run,
                       struct error *err);
/* Stores the run as it is now. In a transaction. */
bool outbox_scan_save(struct outbox *outbox, const struct outbox_scan *run, struct error *err);
/* Stores the file as it is now, by its name. In a transaction. */
bool outbox_scan_note(struct outbox *outbox, const struct outbox_scan_file *file,
                      struct error *err);

bool outbox_scan_read(struct outbox *outbox, struct outbox_scan *run, struct error *err);
/* The files that changed after `turn`, in the order of their changes. False from the visitor ends
 * it (no failure). */
bool outbox_each_scan_file(struct outbox *outbox, int64_t turn,
                           bool (*visit)(void *context, const struct outbox_scan_file *file),
                           void *context, struct error *err);

#endif
