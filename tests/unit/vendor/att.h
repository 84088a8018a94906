/*
 * att: a database as ZKTime keeps it, made in memory, written to att2000.mdb in the folder of
 * scratch.h, and read by rounds into an outbox.
 */
#ifndef HIPBRIDGE_TEST_ATT_H
#define HIPBRIDGE_TEST_ATT_H

#include "scratch_outbox.h"

#include "access/jetbuild.h"
#include "outbox/outbox_rejected.h"
#include "vendor/vendor.h"

#define ATT_SN "INV0000000001" /* that rows name */
#define ATT_OWN "HIP_DEVICE_1" /* that is configured */

/* Monday 2025-01-06, 00:00:00 */
enum { ATT_MONDAY = 1736121600, ATT_NOW = ATT_MONDAY + 20 * 3600 };

static const struct build_column att_punches[] = {
    {"USERID", JET_LONG, 4},     {"CHECKTIME", JET_DATE, 8}, {"CHECKTYPE", JET_TEXT, 2},
    {"VERIFYCODE", JET_LONG, 4}, {"SENSORID", JET_TEXT, 10}, {"sn", JET_TEXT, 40}};
static const struct build_column att_users[] = {
    {"USERID", JET_LONG, 4}, {"Badgenumber", JET_TEXT, 48}, {"Name", JET_TEXT, 80}};
static const struct build_column att_exact[] = {
    {"USERID", JET_LONG, 4}, {"CHECKTIME", JET_DATE, 8}, {"ISADD", JET_INTEGER, 2}};

struct att {
    struct build build;
    struct build_table punches, users, exact;
    struct outbox *outbox;
    struct vendor *vendor;
    struct config_access config;
    struct vendor_moment moment;
    struct vendor_summary summary;
};

static inline double att_days(walltime time)
{
    return 25569.0 + (double)time / 86400.0;
}

static inline void att_tables(struct att *att, bool ace)
{
    build_begin(&att->build, ace);
    build_table(&att->build, &att->users, "USERINFO", att_users, HB_COUNT(att_users), true);
    build_table(&att->build, &att->punches, "CHECKINOUT", att_punches, HB_COUNT(att_punches), true);
    build_table(&att->build, &att->exact, "CHECKEXACT", att_exact, HB_COUNT(att_exact), true);
}

/* A folder, an outbox, and an empty database that is not written yet. Ends with att_end. */
static inline void att_begin_with(struct att *att, struct outbox_options options)
{
    memset(att, 0, sizeof *att);
    assert_int_equal(scratch_begin(), 0);
    att->outbox = open_outbox(options);
    /* A power cut is none of what is tested here. */
    CHECK_INT("fast", SQLITE_OK,
              sqlite3_exec(att->outbox->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL));
    att->vendor = vendor_new(&err);
    assert_non_null(att->vendor);
    snprintf(att->config.path, sizeof att->config.path, "%s", scratch_path("att2000.mdb"));
    snprintf(att->config.device_sn, sizeof att->config.device_sn, "%s", ATT_OWN);
    att->moment = (struct vendor_moment){ATT_NOW - 7 * 3600, ATT_NOW};
    att_tables(att, false);
}

static inline void att_begin(struct att *att)
{
    att_begin_with(att, (struct outbox_options){.skip_pushed = true});
}

static inline void att_end(struct att *att)
{
    vendor_free(att->vendor);
    build_end(&att->build);
    (void)file_remove(att->config.path, NULL);
    drop_outbox(att->outbox);
}

static inline void att_write(const struct att *att)
{
    FILE *file = fopen(att->config.path, "wb");
    assert_non_null(file);
    assert_int_equal(att->build.pages, fwrite(att->build.bytes, JET_PAGE, att->build.pages, file));
    assert_int_equal(0, fclose(file));
}

static inline void att_user(struct att *att, int number, const char *badge)
{
    const struct build_value values[] = {
        {true, number, 0, NULL}, {badge != NULL, 0, 0, badge}, {true, 0, 0, "Test"}};
    (void)build_row(&att->build, &att->users, values, HB_COUNT(values), NULL);
}

/* sn NULL: the row has none. */
static inline void att_punch(struct att *att, int number, walltime time, const char *sn,
                             uint32_t *page, int *row)
{
    const struct build_value values[] = {{true, number, 0, NULL}, {true, 0, att_days(time), NULL},
                                         {true, 0, 0, "I"},       {true, 1, 0, NULL},
                                         {true, 0, 0, "101"},     {sn != NULL, 0, 0, sn}};
    uint32_t at = 0;
    int index = build_row(&att->build, &att->punches, values, HB_COUNT(values), &at);
    if (page != NULL) {
        *page = at;
        *row = index;
    }
}

static inline void att_typed(struct att *att, int number, walltime time, int added)
{
    const struct build_value values[] = {
        {true, number, 0, NULL}, {true, 0, att_days(time), NULL}, {true, added, 0, NULL}};
    (void)build_row(&att->build, &att->exact, values, HB_COUNT(values), NULL);
}

static inline struct vendor_summary att_round(struct att *att)
{
    att->moment.unix_s += 30;
    att->moment.wall += 30;
    DO(vendor_round(att->vendor, att->outbox, &att->config, &att->moment, NULL, &att->summary,
                    &err));
    return att->summary;
}

/* What was written is at rest. */
static inline struct vendor_summary att_settled(struct att *att)
{
    att_write(att);
    struct vendor_summary first = att_round(att);
    CHECK_TEXT("first round", "", first.why.text);
    CHECK_INT("a first round", VENDOR_READ, first.state);
    CHECK_INT("gives nothing new", 0, first.fresh);
    struct vendor_summary second = att_round(att);
    CHECK_TEXT("second round", "", second.why.text);
    CHECK_INT("second round", VENDOR_READ, second.state);
    return second;
}

/* How many punches the outbox has that fit this. */
static inline int64_t att_count(struct att *att, const char *where)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM punch WHERE %s", where);
    return query(att->outbox, sql);
}

/* Records set aside with these words in their reason, not settled. */
static inline int64_t att_aside(struct att *att, const char *words)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM rejected WHERE settled_s = 0 AND device_sn = 'access'"
             " AND reason LIKE '%%%s%%'",
             words);
    return query(att->outbox, sql);
}

#endif
