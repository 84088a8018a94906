/*
 * outbox_vendor: what is remembered of the vendor's database: how each of its pages was, whose
 * number a person had when, and which punches were typed in.
 *
 * A page's state belongs into the transaction of the punches that it gave. Rules as in outbox.h;
 * all calls that write must be in a transaction.
 */
#ifndef HIPBRIDGE_OUTBOX_VENDOR_H
#define HIPBRIDGE_OUTBOX_VENDOR_H

#include "outbox/outbox.h"

enum {
    /* outbox_append, outbox_rejection.file: not a terminal's word, and no log file's. */
    OUTBOX_SOURCE_ACCESS = -2,
    OUTBOX_VENDOR_RULES_MAX = 64, /* bytes */
};

#define OUTBOX_ACCESS_SN "access" /* the terminal under which its rows are set aside */

/* The tables of a database. */
enum outbox_part { OUTBOX_PART_PUNCHES, OUTBOX_PART_PERSONS, OUTBOX_PART_TYPED };

/* access/jetpass.h says what the digests are; all zero: never seen. */
struct outbox_page {
    uint64_t taken, seen;
    uint32_t restless;
    /* What would make it worth another look, though it has not changed: persons of another version
       than this; below 0: what the reader has made of version and day; 0 = nothing. */
    int64_t wants;
};

bool outbox_page(struct outbox *outbox, enum outbox_part part, uint32_t page,
                 struct outbox_page *state, struct error *err);
bool outbox_page_save(struct outbox *outbox, enum outbox_part part, uint32_t page,
                      const struct outbox_page *state, struct error *err);

/* How many pages of this part are remembered. */
bool outbox_pages(struct outbox *outbox, enum outbox_part part, int64_t *count, struct error *err);
/* Forgets the pages of the part that `keep` does not want. */
bool outbox_pages_forget(struct outbox *outbox, enum outbox_part part,
                         bool (*keep)(void *context, uint32_t page), void *context,
                         struct error *err);

/*
 * Begins with a database: of another path than the last, everything is forgotten; with other rules
 * (how rows are read and taken; a short text), its punches are read once more. In a transaction.
 */
bool outbox_vendor_begin(struct outbox *outbox, const char *path, const char *rules,
                         struct error *err);

/* ---- persons ---- */

/* What pages say of persons now, and whose a number was before. */
struct outbox_person {
    int badges;     /* how many different ones its rows have: 0 = there is no row, 2 = several */
    bool resting;   /* each page that has such a row was taken as it was last seen */
    bool shared;    /* another number has the badge as well */
    bool settled;   /* outbox_persons_settle has seen it */
    bool changed;   /* the number had another badge until about `since` */
    walltime since; /* wall clock at which the badge was first seen */
    char badge[PUNCH_USER_MAX + 1]; /* "" = none that can be one */
};

bool outbox_person(struct outbox *outbox, int32_t number, struct outbox_person *person,
                   struct error *err);

/* All badges that the number has had, the latest first, until `visit` returns false (no failure).
 */
bool outbox_person_badges(struct outbox *outbox, int32_t number,
                          bool (*visit)(void *context, const char *badge), void *context,
                          struct error *err);

/* A page of persons is read anew: what it said is forgotten. */
bool outbox_persons_clear(struct outbox *outbox, uint32_t page, struct error *err);
/* It has this row. (Of who is forgotten the badge is his mark: PUNCH_FORGOTTEN.) */
bool outbox_person_add(struct outbox *outbox, uint32_t page, int32_t number, const char *badge,
                       struct error *err);
/* Notes at `wall` which numbers have another badge than before, as far as it is sure. */
bool outbox_persons_settle(struct outbox *outbox, walltime wall, struct error *err);

/* Grows with each page of persons that is read anew or forgotten. */
bool outbox_persons_version(struct outbox *outbox, int64_t *version, struct error *err);

/* ---- typed in ---- */

bool outbox_typed(struct outbox *outbox, int32_t number, walltime time, bool *typed,
                  struct error *err);
bool outbox_typed_save(struct outbox *outbox, int32_t number, walltime time, struct error *err);
/* How many have been seen. */
bool outbox_typed_count(struct outbox *outbox, int64_t *count, struct error *err);

/* ---- keys ---- */

/* Whether such a punch is here, in the database, or was set aside by ignore_before: appending it
 * would change nothing. In a transaction. */
bool outbox_holds(struct outbox *outbox, const struct punch *punch, int64_t source, bool *holds,
                  struct error *err);

/* Whether something that was set aside of the vendor's database is not settled. */
bool outbox_vendor_aside(struct outbox *outbox, bool *some, struct error *err);

/* These bytes, should they be set aside of the vendor's database, have been read after all. */
bool outbox_vendor_settle(struct outbox *outbox, struct span bytes, const char *why, int64_t now_s,
                          struct error *err);

#endif
