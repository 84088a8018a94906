/*
 * records: the tables of the pull protocol, record by record, and which layout a table has.
 *
 * A table is u32 total (the bytes that follow) and records of one size. Attendance comes in six
 * layouts; nothing in the table says which. The terminal's own count does (total / count), and
 * where it does not, the rows have to: a table is taken in the one layout in which its rows make
 * sense, or not at all. Of two 8-byte layouts, one has a byte that is always nought.
 *
 * Pure; any thread. Memory does not grow with the table: it is read from the spool, twice.
 * Sources: docs/protocol.md.
 */
#ifndef HIPBRIDGE_PULL_RECORDS_H
#define HIPBRIDGE_PULL_RECORDS_H

#include "record/visit.h"

enum pull_layout {
    PULL_NO_LAYOUT = 0,
    PULL_8A = 81, /* slot, how and state in one byte, time at 4 */
    PULL_8B = 82, /* slot, how, time at 3, state */
    PULL_16 = 16,
    PULL_22 = 22,
    PULL_40 = 40,
    PULL_49 = 49,
};

enum {
    PULL_RECORD_MAX = 49,
    PULL_USER_MAX = 72,
    PULL_FEW = 3,              /* rows; with fewer, rows tell no layout */
    PULL_TABLE_MAX = 64 << 20, /* bytes; no terminal holds as much */
};

/* Bytes of one record; 0: no such layout. */
size_t pull_layout_size(enum pull_layout layout);

struct pull_record {
    bool slotted;  /* the person is a slot of the user list; else `user` says who */
    uint32_t slot; /* 0 where the layout has none */
    struct span user;
    char digits[11]; /* what `user` points into where it is a number */
    uint8_t verify, state;
    uint32_t stamp;
    uint8_t zero; /* of 8-A, the byte that is nought */
};

/* Reads the bytes of one record. `user` points into them, or into the record. */
void pull_record(enum pull_layout layout, const uint8_t *bytes, struct pull_record *record);

/*
 * Why these bytes are no punch, NULL if they are one (as far as can be said without the list of
 * users). now: the terminal's clock; *time is set where the stamp names a day.
 */
const char *pull_record_wrong(const struct pull_record *record, walltime now, walltime *time);

/* visit_protocol.judge, .rows and .people. `before`, `after` and users are the visit's facts. */
bool pull_judge(const struct visit *visit, const struct visit_judging *judging,
                struct visit_verdict *verdict, struct error *err);
bool pull_rows(const struct visit *visit, const struct visit_judging *judging,
               const struct visit_verdict *verdict, uint64_t *at,
               bool (*each)(void *context, const struct visit_row *row, struct error *err),
               void *context, struct error *err);
bool pull_people(const struct visit *visit, const struct visit_spool *spool,
                 bool (*each)(void *context, uint32_t slot, const char *user, const char *name,
                              struct error *err),
                 void *context, struct error *err);

/* Whether a table of so many bytes (after the total) may have 8-byte records: then the list of
 * users is wanted. */
bool pull_slotted(uint64_t bytes, int64_t before, int64_t after);

/* Of a list of users: the size of its rows, 28 or 72; 0 where its count does not come out. */
size_t pull_user_size(uint64_t bytes, int64_t users);

/*
 * Overwrites what belongs to passwords in this part of a list of users: `len` bytes from `offset`
 * of the table (its total included). `shown`: it is for somebody to look at or to be kept, and
 * names and cards go too. With size 0 all but the first four bytes are overwritten.
 */
void pull_mask_users(size_t size, bool shown, uint64_t offset, uint8_t *bytes, size_t len);

/* A live event's data into a row. False: it is one, but does not say for certain who it was. */
bool pull_event(const char *sn, const uint8_t *data, size_t len, struct visit_row *row,
                char raw[PUNCH_RAW_MAX]);

#endif
