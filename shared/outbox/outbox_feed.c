#include "outbox/outbox_feed.h"

#include "outbox/outbox_private.h"

static const struct outbox_sql feed_sql = {SQL_FEED, "SELECT bridge, seq FROM state"};
static const struct outbox_sql given_sql = {SQL_FEED_GIVEN, "UPDATE state SET seq = max(seq, ?1)"};
static const struct outbox_sql renew_sql = {
    SQL_FEED_RENEW, "UPDATE state SET seq = 0, bridge = lower(hex(randomblob(8)))"};
static const struct outbox_sql waits_sql = {
    SQL_WAITS, "SELECT 1 FROM punch WHERE check_time = ?1 AND user_id = ?2 AND device_sn = ?3"
               " AND (id > (SELECT cursor FROM state)"
               " OR EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id))"};
static const char what[] = "read the feed's state";

bool outbox_feed(struct outbox *outbox, struct outbox_feed *feed, struct error *err)
{
    bool row = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &feed_sql, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (!row) {
        return outbox_corrupt(outbox, "it has no cursor", err);
    }
    bool fits = outbox_column_text(statement, 0, feed->bridge, sizeof feed->bridge);
    feed->seq = sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return fits || outbox_corrupt(outbox, "its name is longer than one can be", err);
}

bool outbox_feed_given(struct outbox *outbox, int64_t seq, struct error *err)
{
    static const char what_given[] = "note the number of a row";
    if (!outbox_in_transaction(outbox, what_given, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &given_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, seq);
    return outbox_run(outbox, statement, what_given, err);
}

bool outbox_feed_renew(struct outbox *outbox, struct outbox_feed *feed, struct error *err)
{
    static const char what_renew[] = "take a new name";
    return outbox_in_transaction(outbox, what_renew, err) &&
           outbox_run(outbox, outbox_statement(outbox, &renew_sql, err), what_renew, err) &&
           outbox_feed(outbox, feed, err);
}

bool outbox_waits(struct outbox *outbox, const char *sn, const char *user, walltime time,
                  bool *waits, struct error *err)
{
    *waits = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &waits_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, time);
    outbox_bind_text(statement, 2, user);
    outbox_bind_text(statement, 3, sn);
    if (!outbox_step(outbox, statement, waits, "look for a punch", err)) {
        return false;
    }
    sqlite3_reset(statement);
    return true;
}
