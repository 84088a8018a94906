/*
 * scratch_outbox: an outbox of a test's own, outbox.db in the folder of scratch.h. What fails is in
 * err, where DO finds it.
 *
 *     struct outbox *outbox = new_outbox();
 *     …
 *     drop_outbox(outbox);
 */
#ifndef HIPBRIDGE_TEST_SCRATCH_OUTBOX_H
#define HIPBRIDGE_TEST_SCRATCH_OUTBOX_H

#include "check.h"
#include "outbox/outbox_private.h"
#include "scratch.h"

static struct error err;

/* Opens outbox.db, or fails the test. */
static inline struct outbox *open_outbox(struct outbox_options options)
{
    error_clear(&err);
    struct outbox *outbox = outbox_open(scratch_path("outbox.db"), &options, &err);
    if (outbox == NULL) {
        fail_msg("open: %s", err.text);
    }
    return outbox;
}

/* With the folder. */
static inline struct outbox *new_outbox(void)
{
    assert_int_equal(scratch_begin(), 0);
    return open_outbox((struct outbox_options){0});
}

/* And the folder; 0, which a cmocka teardown returns. */
static inline int drop_outbox(struct outbox *outbox)
{
    outbox_close(outbox);
    scratch_end();
    return 0;
}

/* The first number of the first row. */
static inline int64_t query(struct outbox *outbox, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(outbox->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(outbox->db));
    }
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

#endif
