/*
 * fkrecord: the attendance records of HIP's own terminals and their kin (the FK family), as they
 * stand in an answer to GET_LOG_DATA (fkweb.h) and on TCP 5005 (fksession.h).
 *
 * One idea in six layouts, told by the size of a record; three of them share 12 bytes and are told
 * apart by what the terminal says of its class, or by validity: the only layout in which every row
 * has a date that can be. Where that cannot be said for certain nothing is taken: a record read in
 * a wrong layout is another person at another time. Sources: ../docs/protocol.md, "The FK family".
 *
 * All integers are little-endian. Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_FKRECORD_H
#define HIPBRIDGE_FKRECORD_H

#include "record/punch.h"

enum fkrecord_layout {
    FKRECORD_NONE, /* not known */
    FKRECORD_12A,
    FKRECORD_12B,
    FKRECORD_12C,
    FKRECORD_20,
    FKRECORD_32,
    FKRECORD_48,
    FKRECORD_LAYOUTS,
};

enum {
    FKRECORD_SIZE_MAX = 48,
    FKRECORD_RAW_MAX = 2 * FKRECORD_SIZE_MAX, /* its bytes in hex */
    FKRECORD_FEW = 3, /* fewer records than this decide no layout by themselves */
};

enum fkrecord_row {
    FKRECORD_PUNCH,
    FKRECORD_EVENT, /* a door's doing, of nobody */
    FKRECORD_BAD,   /* no punch can be read from it; *reason says why */
};

/* Bytes of a record; 0 for FKRECORD_NONE. */
size_t fkrecord_size(enum fkrecord_layout layout);

/* "12-A", "20" …; "" for FKRECORD_NONE. */
const char *fkrecord_name(enum fkrecord_layout layout);

/* By the class that the terminal names ("FKDataHS103"); FKRECORD_NONE for one that is not known. */
enum fkrecord_layout fkrecord_by_library(struct span library);

/*
 * The layout of a log of records of `size` bytes each. `known` is what the terminal says of itself,
 * or has shown before; FKRECORD_NONE without either. `now` is its wall clock as it should be: no
 * record is more than a day younger. FKRECORD_NONE with a reason (static) when nothing may be
 * taken: no layout fits, or two do, or there are too few records to tell. Where the layout is known
 * beforehand a quarter of the rows may be without a date, which fkrecord_read then says of them.
 */
enum fkrecord_layout fkrecord_choose(struct span log, size_t size, enum fkrecord_layout known,
                                     walltime now, const char **reason);

/* The same for a log that is not in memory as a whole: record by record. */
struct fkrecord_tally {
    size_t size;
    uint64_t count;
    uint64_t valid[FKRECORD_LAYOUTS];
};
void fkrecord_tally_begin(struct fkrecord_tally *tally, size_t size);
void fkrecord_tally_add(struct fkrecord_tally *tally, const char *record, walltime now);
enum fkrecord_layout fkrecord_tally_choose(const struct fkrecord_tally *tally,
                                           enum fkrecord_layout known, const char **reason);

/* Whether every record is valid in one layout of this size at least, though it may not be certain
 * in which. */
bool fkrecord_fits_some(struct span log, size_t size, walltime now);

/*
 * One record, of fkrecord_size(layout) bytes. After FKRECORD_PUNCH the punch is filled but for
 * device_sn; raw is its hex, and punch->raw points there. After FKRECORD_BAD and FKRECORD_EVENT
 * punch->raw is filled alone. `now` as above.
 */
enum fkrecord_row fkrecord_read(enum fkrecord_layout layout, const char *record, walltime now,
                                struct punch *punch, char raw[FKRECORD_RAW_MAX + 1],
                                const char **reason);

/*
 * What the terminal says of in and out, as our column `status` has it: 0 in, 1 out, 2 break out,
 * 3 break in, 4 overtime in, 5 overtime out, 255 none given or not known. FKRECORD_NONE: the class
 * is not known, so that a number that reads differently in two classes is 255.
 */
int32_t fkrecord_status(enum fkrecord_layout layout, uint32_t io);

/* How the person was recognised, as our column `verify_type` has it (the first method of several);
 * 255: not known. */
int32_t fkrecord_verify(enum fkrecord_layout layout, uint32_t verify);

/* "YYYYMMDDhhmmss", the whole span; false for anything else or a date that cannot be. And back. */
bool fkrecord_time(struct span text, walltime *time);
enum { FKRECORD_TIME_MAX = 15 };
const char *fkrecord_time_text(walltime time, char out[FKRECORD_TIME_MAX]);

#endif
