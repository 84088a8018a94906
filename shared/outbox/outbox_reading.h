/*
 * outbox_reading: what the last rounds over the vendor's database came to, for page, hipctl and
 * metrics.
 *
 * Rules as in outbox.h.
 */
#ifndef HIPBRIDGE_OUTBOX_READING_H
#define HIPBRIDGE_OUTBOX_READING_H

#include "outbox/outbox_note.h"

enum outbox_reading_state {
    OUTBOX_READING_NEVER,   /* no round has ended yet */
    OUTBOX_READING_WELL,    /* the file was read */
    OUTBOX_READING_LATER,   /* it could not be had, or there is no room for it: tried again */
    OUTBOX_READING_REFUSED, /* it is none that can be read */
    OUTBOX_READING_FAILED,  /* what was read could not be stored */
};

/* "", "read", "later", "refused", "failed". */
extern const char *const outbox_reading_words[];

/* Sums are over all rounds since this path was first read. */
struct outbox_reading {
    enum outbox_reading_state state;
    int64_t looked_s; /* the last round; Unix, 0 = never, as all that end in _s */
    int64_t read_s;   /* the last that read the file */
    int64_t came_s;   /* when it last brought a punch that was new */
    int64_t bytes;    /* of the file */
    int64_t pages, waiting, restless, damaged; /* of the last round that read it */
    int64_t rows; /* looked at: again, each time that their page has changed */
    int64_t fresh, known;
    int64_t aside; /* each row once */
    int64_t typed; /* marks that an operator typed a punch in, as many as have been seen */
    walltime last; /* the newest punch seen; 0 = none */
    char path[OUTBOX_NOTE_MAX + 1];
    char why[OUTBOX_NOTE_MAX + 1]; /* of another state than well */
};

/* Of the file at `path`, as it was saved. What is kept of another file says nothing of it: then,
 * and where nothing is kept, all is 0 and *reading's path "". */
bool outbox_reading(struct outbox *outbox, const char *path, struct outbox_reading *reading,
                    struct error *err);

/* In a transaction. */
bool outbox_reading_save(struct outbox *outbox, const struct outbox_reading *reading,
                         struct error *err);

#endif
