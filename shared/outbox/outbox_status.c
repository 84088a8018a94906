#include "outbox/outbox_private.h"

#include <string.h>

/* One statement, so that all figures are of the same moment. Each part is one or two page
       lookups but for the refused, which are few. */
static const struct outbox_sql counts_sql = {
    SQL_COUNTS,
    "SELECT max(cursor, coalesce((SELECT max(id) FROM punch), 0)), cursor, removed,"
    " coalesce((SELECT received_s FROM punch WHERE id > cursor"
    " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
    " ORDER BY id LIMIT 1), 0),"
    " (SELECT count(*) FROM refused),"
    " (SELECT count(*) FROM refused WHERE id > cursor),"
    " (SELECT count(*) FROM rejected WHERE settled_s = 0),"
    " (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
    " FROM state"};

bool outbox_counts(struct outbox *outbox, struct outbox_counts *counts, struct error *err)
{
    bool row = false;
    memset(counts, 0, sizeof *counts);
    sqlite3_stmt *statement = outbox_statement(outbox, &counts_sql, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, "count", err)) {
        return false;
    }
    if (!row) {
        return outbox_corrupt(outbox, "it has no cursor", err);
    }
    int64_t removed = sqlite3_column_int64(statement, 2);
    int64_t refused_ahead = sqlite3_column_int64(statement, 5);
    counts->last_id = sqlite3_column_int64(statement, 0);
    counts->cursor = sqlite3_column_int64(statement, 1);
    counts->oldest_waiting_s = sqlite3_column_int64(statement, 3);
    counts->refused = sqlite3_column_int64(statement, 4);
    counts->rejected_lines = sqlite3_column_int64(statement, 6);
    counts->bytes = sqlite3_column_int64(statement, 7);
    counts->waiting = counts->last_id - counts->cursor - refused_ahead;
    counts->uploaded = counts->cursor - removed - (counts->refused - refused_ahead);
    sqlite3_reset(statement);
    return true;
}
