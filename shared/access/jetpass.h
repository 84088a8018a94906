/*
 * jetpass: one pass over a table of an Access database that another program may be writing.
 *
 * A page that is read while it is written can be half of before and half of after, and rows of
 * such a page look right: one person's number with another's time. So a page gives rows only when
 * it, the pages that its pointers lead to, and the definition by which it is read, are the same to
 * the byte as in the pass before. The time between two passes has to be longer than a half-written
 * page lasts: 10 seconds and more. A page of which one row is damaged gives nothing until it
 * changes.
 *
 * What is remembered of a page is one struct jet_rest, kept by the caller: it has to be stored in
 * the same transaction as the rows that the page gave. A page that was taken is skipped while it
 * stays as it is. Nothing is ever inferred from a page or a row that is gone.
 *
 * No allocation, no I/O of its own (jet.h). Any thread may use its own structs.
 */
#ifndef HIPBRIDGE_JETPASS_H
#define HIPBRIDGE_JETPASS_H

#include "access/jetrow.h"

/* What is known of a page; all zero: never seen. */
struct jet_rest {
    uint64_t taken;    /* digest of what gave its rows; 0: none yet */
    uint64_t seen;     /* digest of the pass before */
    uint32_t restless; /* passes in a row, in each of which it was another than in the one before */
};

struct jet_memory {
    void *context;
    /* *rest all zero for a page that is not known */
    bool (*get)(void *context, uint32_t page, struct jet_rest *rest, struct error *err);
    bool (*put)(void *context, uint32_t page, const struct jet_rest *rest, struct error *err);
};

enum jet_answer {
    JET_TAKEN,   /* the row has come to its end */
    JET_AGAIN,   /* not yet: its page is given again in the next pass */
    JET_DAMAGED, /* jet_value refused it */
    JET_FAILED,  /* err is set; the pass ends */
};

/*
 * Called twice for each row of a page at rest: first with rehearsal for all of them, which must
 * change nothing, and only if none is damaged once more.
 */
typedef enum jet_answer (*jet_each)(void *context, struct span row, bool rehearsal,
                                    struct error *err);

enum { JET_RESTLESS = 3 }; /* passes, from which on a page counts as one that does not rest */

struct jet_tally {
    uint32_t pages;
    uint32_t skipped;  /* as they were when they were taken */
    uint32_t waiting;  /* another than in the pass before, or seen for the first time */
    uint32_t restless; /* of those: for JET_RESTLESS passes and more */
    uint32_t longest;  /* passes in a row, in each of which one page was another */
    uint32_t damaged;  /* at rest, and give nothing */
    uint32_t again;    /* given, and will be given again */
    uint64_t rows;     /* given */
};

struct jet_pass {
    const struct jet_pages *pages;
    const struct jet_table *table;
    const struct jet_memory *memory;
    bool all; /* gives the rows of pages that were taken before, too */
    jet_each each;
    void *context;
    /* scratch room */
    struct jet_map map;
    struct jet_row row;
    struct jet_led led;
};

/*
 * Goes through the pages of pass->table. False: the map is damaged (ERR_BUSY: a later pass may
 * do), a page cannot be read, or memory or `each` failed. Pages that were put until then are whole;
 * what the one after them gave comes again.
 */
bool jet_pass(struct jet_pass *pass, struct jet_tally *tally, struct error *err);

#endif
