#include "outbox/outbox_vendor.h"

#include <string.h>

#include "outbox/outbox_private.h"

static const struct outbox_sql vendor_sql = {SQL_VENDOR, "SELECT path, rules FROM vendor"};
static const struct outbox_sql vendor_save_sql = {
    SQL_VENDOR_SAVE, "UPDATE vendor SET path = ?1, rules = ?2, persons = persons + 1"};
static const struct outbox_sql again_sql = {SQL_VENDOR_AGAIN,
                                            "UPDATE vendor_page SET taken = 0 WHERE part = ?1"};
static const struct outbox_sql forget_sql[] = {
    {SQL_VENDOR_FORGET_PAGES, "DELETE FROM vendor_page"},
    {SQL_VENDOR_FORGET_PERSONS, "DELETE FROM vendor_person"},
    {SQL_VENDOR_FORGET_BADGES, "DELETE FROM vendor_badge"},
    {SQL_VENDOR_FORGET_TYPED, "DELETE FROM vendor_typed"}};

static const struct outbox_sql page_sql = {
    SQL_PAGE, "SELECT taken, seen, restless, wants FROM vendor_page WHERE part = ?1 AND page = ?2"};
static const struct outbox_sql page_save_sql = {
    SQL_PAGE_SAVE, "INSERT OR REPLACE INTO vendor_page (part, page, taken, seen, restless, wants)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};
static const struct outbox_sql count_sql = {SQL_PAGES_COUNT,
                                            "SELECT count(*) FROM vendor_page WHERE part = ?1"};
static const struct outbox_sql after_sql = {SQL_PAGES_AFTER,
                                            "SELECT page FROM vendor_page WHERE part = ?1"
                                            " AND page > ?2 ORDER BY page LIMIT 1"};
static const struct outbox_sql forget_page_sql = {
    SQL_PAGE_FORGET, "DELETE FROM vendor_page WHERE part = ?1 AND page = ?2"};

/* Its rows, with whether the page of each was taken as it was last seen. */
static const struct outbox_sql person_sql = {
    SQL_PERSON, "SELECT badge, EXISTS (SELECT 1 FROM vendor_page WHERE part = 1"
                " AND vendor_page.page = vendor_person.page AND taken = seen AND taken <> 0)"
                " FROM vendor_person WHERE number = ?1"};
static const struct outbox_sql shared_sql = {
    SQL_PERSON_SHARED,
    "SELECT EXISTS (SELECT 1 FROM vendor_person WHERE badge = ?2 AND number <> ?1)"};
static const struct outbox_sql badges_sql = {
    SQL_PERSON_BADGES,
    "SELECT badge, since FROM vendor_badge WHERE number = ?1 ORDER BY since DESC"};
static const struct outbox_sql add_sql = {
    SQL_PERSON_ADD,
    "INSERT OR IGNORE INTO vendor_person (number, page, badge) VALUES (?1, ?2, ?3)"};
static const struct outbox_sql clear_sql = {SQL_PERSONS_CLEAR,
                                            "DELETE FROM vendor_person WHERE page = ?1"};
static const struct outbox_sql changed_sql = {SQL_PERSONS_CHANGED,
                                              "UPDATE vendor SET persons = persons + 1"};
/* The first badge that is known of a number has been its own for ever; another one is so from ?1
   on, or a second later than the one before, should the clock have been put back. */
static const struct outbox_sql settle_sql = {
    SQL_PERSONS_SETTLE,
    "INSERT INTO vendor_badge (number, since, badge)"
    " SELECT number, coalesce(max(?1, (SELECT max(since) + 1 FROM vendor_badge old"
    " WHERE old.number = vendor_person.number)), -9223372036854775807), min(badge)"
    " FROM vendor_person GROUP BY number HAVING min(badge) = max(badge) AND min(badge) <> ''"
    " AND min(badge) <> coalesce((SELECT badge FROM vendor_badge old"
    " WHERE old.number = vendor_person.number ORDER BY since DESC LIMIT 1), '')"};
static const struct outbox_sql version_sql = {SQL_PERSONS_VERSION, "SELECT persons FROM vendor"};
static const struct outbox_sql typed_sql = {
    SQL_TYPED, "SELECT EXISTS (SELECT 1 FROM vendor_typed WHERE number = ?1 AND check_time = ?2)"};
static const struct outbox_sql typed_count_sql = {SQL_TYPED_COUNT,
                                                  "SELECT COUNT(*) FROM vendor_typed"};
static const struct outbox_sql typed_save_sql = {
    SQL_TYPED_SAVE, "INSERT OR IGNORE INTO vendor_typed (number, check_time) VALUES (?1, ?2)"};
static const struct outbox_sql read_sql = {
    SQL_VENDOR_SETTLE,
    "UPDATE rejected SET settled_s = ?3, settled_why = ?2 WHERE device_sn = '" OUTBOX_ACCESS_SN "'"
    " AND file = -2 AND settled_s = 0 AND " OUTBOX_SAME_LINE("?1")};
static const struct outbox_sql aside_sql = {
    SQL_VENDOR_ASIDE,
    "SELECT EXISTS (SELECT 1 FROM rejected WHERE device_sn = '" OUTBOX_ACCESS_SN "'"
    " AND file = -2 AND settled_s = 0)"};

static const char what[] = "keep what is known of the vendor's database";
static const char too_long[] = "a badge is longer than one can be";

/* Runs what gives no row and is given numbers alone. */
static bool run_with(struct outbox *outbox, const struct outbox_sql *sql, const int64_t *numbers,
                     size_t count, struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, sql, err);
    if (statement == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        sqlite3_bind_int64(statement, (int)i + 1, numbers[i]);
    }
    return outbox_run(outbox, statement, what, err);
}

/* ---- the file ---- */

static bool same_text(sqlite3_stmt *statement, int column, const char *text)
{
    const char *kept = (const char *)sqlite3_column_text(statement, column);
    return kept != NULL && strcmp(kept, text) == 0;
}

bool outbox_vendor_begin(struct outbox *outbox, const char *path, const char *rules,
                         struct error *err)
{
    static const int64_t punches[] = {OUTBOX_PART_PUNCHES};
    bool row = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &vendor_sql, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (!row) {
        return outbox_corrupt(outbox, "nothing says which database is the vendor's", err);
    }
    bool same_path = same_text(statement, 0, path);
    bool same = same_path && same_text(statement, 1, rules);
    sqlite3_reset(statement);
    if (same) {
        return true;
    }
    for (size_t i = 0; !same_path && i < HB_COUNT(forget_sql); i++) {
        if (!run_with(outbox, &forget_sql[i], NULL, 0, err)) {
            return false;
        }
    }
    statement = outbox_statement(outbox, &vendor_save_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, path);
    outbox_bind_text(statement, 2, rules);
    return outbox_run(outbox, statement, what, err) &&
           run_with(outbox, &again_sql, punches, HB_COUNT(punches), err);
}

/* ---- pages ---- */

bool outbox_page(struct outbox *outbox, enum outbox_part part, uint32_t page,
                 struct outbox_page *state, struct error *err)
{
    bool row = false;
    *state = (struct outbox_page){0};
    sqlite3_stmt *statement = outbox_statement(outbox, &page_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, (int)part);
    sqlite3_bind_int64(statement, 2, page);
    if (!outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (row) {
        state->taken = (uint64_t)sqlite3_column_int64(statement, 0);
        state->seen = (uint64_t)sqlite3_column_int64(statement, 1);
        state->restless = (uint32_t)sqlite3_column_int64(statement, 2);
        state->wants = sqlite3_column_int64(statement, 3);
        sqlite3_reset(statement);
    }
    return true;
}

bool outbox_page_save(struct outbox *outbox, enum outbox_part part, uint32_t page,
                      const struct outbox_page *state, struct error *err)
{
    const int64_t numbers[] = {
        part, page, (int64_t)state->taken, (int64_t)state->seen, state->restless, state->wants};
    return run_with(outbox, &page_save_sql, numbers, HB_COUNT(numbers), err);
}

bool outbox_pages(struct outbox *outbox, enum outbox_part part, int64_t *count, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &count_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, (int)part);
    return outbox_number(outbox, statement, count, what, err);
}

bool outbox_pages_forget(struct outbox *outbox, enum outbox_part part,
                         bool (*keep)(void *context, uint32_t page), void *context,
                         struct error *err)
{
    for (int64_t last = -1;;) {
        bool row = false;
        sqlite3_stmt *statement = outbox_statement(outbox, &after_sql, err);
        if (statement == NULL) {
            return false;
        }
        sqlite3_bind_int(statement, 1, (int)part);
        sqlite3_bind_int64(statement, 2, last);
        if (!outbox_step(outbox, statement, &row, what, err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        last = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
        const int64_t numbers[] = {part, last};
        if (!keep(context, (uint32_t)last) &&
            (!run_with(outbox, &forget_page_sql, numbers, HB_COUNT(numbers), err) ||
             (part == OUTBOX_PART_PERSONS && !outbox_persons_clear(outbox, (uint32_t)last, err)))) {
            return false;
        }
    }
}

/* ---- persons ---- */

/* What its rows say now. */
static bool look_at_rows(struct outbox *outbox, int32_t number, struct outbox_person *person,
                         struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &person_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, number);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, what, err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        person->resting = person->resting && sqlite3_column_int(statement, 1) != 0;
        if (person->badges == 0) {
            person->badges = 1;
            if (!outbox_column_text(statement, 0, person->badge, sizeof person->badge)) {
                sqlite3_reset(statement);
                return outbox_corrupt(outbox, too_long, err);
            }
        } else if (!same_text(statement, 0, person->badge)) {
            person->badges = 2;
        }
    }
}

/* What they said before. */
static bool look_back(struct outbox *outbox, int32_t number, struct outbox_person *person,
                      struct error *err)
{
    bool row = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &badges_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, number);
    if (!outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (row) {
        person->settled = same_text(statement, 0, person->badge);
        person->since = sqlite3_column_int64(statement, 1);
        if (!outbox_step(outbox, statement, &row, what, err)) {
            return false;
        }
        person->changed = row;
        sqlite3_reset(statement);
    }
    return true;
}

bool outbox_person(struct outbox *outbox, int32_t number, struct outbox_person *person,
                   struct error *err)
{
    int64_t shared = 0;
    *person = (struct outbox_person){.resting = true};
    if (!look_at_rows(outbox, number, person, err)) {
        return false;
    }
    if (person->badges != 1 || person->badge[0] == '\0') {
        return true;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &shared_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, number);
    outbox_bind_text(statement, 2, person->badge);
    if (!outbox_number(outbox, statement, &shared, what, err)) {
        return false;
    }
    person->shared = shared != 0;
    return look_back(outbox, number, person, err);
}

bool outbox_person_badges(struct outbox *outbox, int32_t number,
                          bool (*visit)(void *context, const char *badge), void *context,
                          struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &badges_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, number);
    for (bool more = true; more;) {
        char badge[PUNCH_USER_MAX + 1];
        if (!outbox_step(outbox, statement, &more, what, err)) {
            return false;
        }
        if (more && !outbox_column_text(statement, 0, badge, sizeof badge)) {
            sqlite3_reset(statement);
            return outbox_corrupt(outbox, too_long, err);
        }
        more = more && visit(context, badge);
    }
    sqlite3_reset(statement);
    return true;
}

bool outbox_persons_clear(struct outbox *outbox, uint32_t page, struct error *err)
{
    const int64_t numbers[] = {page};
    return run_with(outbox, &clear_sql, numbers, HB_COUNT(numbers), err) &&
           run_with(outbox, &changed_sql, NULL, 0, err);
}

bool outbox_person_add(struct outbox *outbox, uint32_t page, int32_t number, const char *badge,
                       struct error *err)
{
    char mark[PUNCH_USER_MAX + 1];
    bool forgotten = false;
    if (!outbox_in_transaction(outbox, what, err) || !outbox_place(outbox, err) ||
        !outbox_forgotten_person(outbox, badge, mark, &forgotten, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &add_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, number);
    sqlite3_bind_int64(statement, 2, page);
    outbox_bind_text(statement, 3, forgotten ? mark : badge);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_persons_settle(struct outbox *outbox, walltime wall, struct error *err)
{
    const int64_t numbers[] = {wall};
    return run_with(outbox, &settle_sql, numbers, HB_COUNT(numbers), err);
}

bool outbox_persons_version(struct outbox *outbox, int64_t *version, struct error *err)
{
    return outbox_number(outbox, outbox_statement(outbox, &version_sql, err), version, what, err);
}

/* ---- typed in, set aside ---- */

bool outbox_typed(struct outbox *outbox, int32_t number, walltime time, bool *typed,
                  struct error *err)
{
    int64_t there = 0;
    sqlite3_stmt *statement = outbox_statement(outbox, &typed_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, number);
    sqlite3_bind_int64(statement, 2, time);
    bool done = outbox_number(outbox, statement, &there, what, err);
    *typed = there != 0;
    return done;
}

bool outbox_typed_count(struct outbox *outbox, int64_t *count, struct error *err)
{
    return outbox_number(outbox, outbox_statement(outbox, &typed_count_sql, err), count, what, err);
}

bool outbox_typed_save(struct outbox *outbox, int32_t number, walltime time, struct error *err)
{
    const int64_t numbers[] = {number, time};
    return run_with(outbox, &typed_save_sql, numbers, HB_COUNT(numbers), err);
}

bool outbox_vendor_aside(struct outbox *outbox, bool *some, struct error *err)
{
    int64_t there = 0;
    bool done = outbox_number(outbox, outbox_statement(outbox, &aside_sql, err), &there, what, err);
    *some = there != 0;
    return done;
}

bool outbox_vendor_settle(struct outbox *outbox, struct span bytes, const char *why, int64_t now_s,
                          struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &read_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_bytes(statement, 1, bytes);
    outbox_bind_text(statement, 2, why);
    sqlite3_bind_int64(statement, 3, now_s);
    return outbox_run(outbox, statement, what, err);
}
