/*
 * odd_tables: tables that others made, with the real outbox and uploader against a real server: for
 * each, what was acknowledged is right in the table, refused with its reason, or waits; and once
 * the table is put right each punch is there once.
 */
#ifndef HIPBRIDGE_TEST_ODD_TABLES_H
#define HIPBRIDGE_TEST_ODD_TABLES_H

#include "cloud_server.h"
#include "outbox/outbox.h"
#include "outbox/outbox_rejected.h"
#include "scratch.h"
#include "upload/uploader.h"

enum { NOW = 1790000000 };

static struct config whole;
static struct outbox *outbox;
static struct uploader *uploader;
static struct error err;

static char last_event[ERROR_TEXT_MAX];
static char odd[2048];
static enum event_id last_trouble;

static inline void take_event(void *context, enum event_id id, size_t count,
                              const char *const *strings)
{
    (void)context;
    if (id == EVENT_DATABASE_UNREACHABLE || id == EVENT_DATABASE_LOGIN_REFUSED ||
        id == EVENT_TABLE_UNUSABLE) {
        last_trouble = id;
        snprintf(last_event, sizeof last_event, "%s", strings[0]);
    }
    if (id == EVENT_TABLE_ODD && count > 1) {
        snprintf(odd, sizeof odd, "%s", strings[1]);
    }
}

static const struct event_sink sink = {take_event, NULL};

/* What terminals and people bring: two who differ by case or accent at one second, zeros in front,
 * other scripts, states that few send. */
#define LONG_LINE                                                                                  \
    "a line of more than two hundred and fifty-five bytes, as some terminals send them: "          \
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "     \
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 end"

static const struct {
    const char *user;
    int second;
    int32_t status, verify;
    const char *raw;
} punches[] = {
    {"a1", 0, 0, 1, "a1"},
    {"A1", 0, 0, 1, "A1"},
    {"jos\xc3\xa9", 0, 1, 1, "jose with an accent"},
    {"jose", 0, 1, 1, "jose"},
    {"00042", 60, 0, 15, "zeros in front"},
    {"42", 60, 0, 15, "none"},
    {"42", 120, 1, 15, "the same person, out"},
    {"42", 86400, 0, 15, "the next day"},
    {"7", 60, 255, 4, "no state"},
    {"8", 60, 4, 200, "a verify code above 127"},
    {"9", 61, 0, 1, "\xe0\xb8\x97\xe0\xb8\x94\xe0\xb8\xaa\xe0\xb8\xad\xe0\xb8\x9a in Thai"},
    {"10", 62, 0, 1, "four bytes: \xf0\x9f\x95\x90"},
    {"\xe0\xb8\xaa\xe0\xb8\xa1\xe0\xb8\x8a\xe0\xb8\xb2\xe0\xb8\xa2", 63, 0, 1, "a user in Thai"},
    {"11", 64, 0, 1, LONG_LINE},
};
enum { PUNCHES = HB_COUNT(punches) };

static inline struct punch punch_of(size_t i)
{
    struct punch punch = {.time = NOW + punches[i].second,
                          .status = punches[i].status,
                          .verify = punches[i].verify,
                          .raw = span_of(punches[i].raw)};
    strcpy(punch.device_sn, "TEST1");
    snprintf(punch.user_id, sizeof punch.user_id, "%s", punches[i].user);
    return punch;
}

/* How the table calls the column, or what stands for one that it lacks. */
static inline const char *called(enum table_column column, const char *lacking,
                                 char out[CLOUD_QUOTED_MAX])
{
    const char *name = config_column(&whole.database, column);
    if (name[0] == '\0') {
        return lacking;
    }
    cloud_quote(name, out);
    return out;
}

/* Rows of the table that are this punch, byte for byte. */
static inline long long rows_of(size_t i)
{
    char text[4096];
    char time[WALLTIME_TEXT_MAX];
    char names[6][CLOUD_QUOTED_MAX];
    char status[16];
    char verify[16];
    const struct punch punch = punch_of(i);
    char user[2 * PUNCH_USER_MAX + 1];
    mysql_real_escape_string(root, user, punch.user_id, (unsigned long)strlen(punch.user_id));
    cloud_quote(whole.database.table, names[5]);
    snprintf(status, sizeof status, "%d", punch.status);
    snprintf(verify, sizeof verify, "%d", punch.verify);
    snprintf(text, sizeof text,
             "SELECT COUNT(*) FROM %s WHERE %s = 'TEST1' AND"
             " HEX(CONVERT(%s USING utf8mb4)) = HEX(CONVERT('%s' USING utf8mb4)) AND"
             " %s = '%s' AND %s = %s AND %s = %s",
             names[5], called(COLUMN_SN, "'TEST1'", names[0]), called(COLUMN_USER, "", names[1]),
             user, called(COLUMN_TIME, "", names[2]), walltime_text(punch.time, time),
             called(COLUMN_STATUS, status, names[3]), status,
             called(COLUMN_VERIFY, verify, names[4]), verify);
    return sql_number(text);
}

static inline void start(void)
{
    uploader_free(uploader);
    uploader = uploader_new(&whole, outbox, &sink, NULL, &err);
    assert_non_null(uploader);
    last_event[0] = odd[0] = '\0';
    last_trouble = 0;
}

/* Until nothing is left to do or it has been in trouble a few times. */
static inline void run(void)
{
    int64_t now_s = NOW;
    for (size_t i = 0, waits = 0; i < 1000 && waits < 4; i++) {
        uint32_t wait_ms = uploader_step(uploader, now_s);
        if (wait_ms == UPLOADER_IDLE) {
            return;
        }
        if (wait_ms > 100) {
            waits++;
            now_s += wait_ms / 1000 + 1;
        }
    }
}

/* N acknowledged = right in the table + waiting + refused; returns those in the table. */
static inline size_t check_sum(const char *input)
{
    size_t right = 0;
    size_t wrong = 0;
    struct outbox_counts counts;
    bool there = sql_number("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema ="
                            " 'hip' AND table_name NOT LIKE '%status'") != 0;
    for (size_t i = 0; there && i < PUNCHES; i++) {
        long long same = rows_of(i);
        right += same == 1;
        wrong += same > 1;
    }
    DO(outbox_counts(outbox, &counts, &err));
    CHECK_INT(input, 0, wrong);
    if (right + (size_t)counts.waiting + (size_t)counts.refused < PUNCHES) {
        fail_msg("[%s] %zu right, %lld wait, %lld refused, of %d", input, right,
                 (long long)counts.waiting, (long long)counts.refused, (int)PUNCHES);
    }
    if (counts.waiting == 0) {
        CHECK_INT(input, PUNCHES, right + (size_t)counts.refused);
    }
    return right;
}

#define UTF8 " DEFAULT CHARSET = utf8mb4"
/* So that the standard names' table compares byte by byte. */
#define TO_BIN                                                                                     \
    "ALTER TABLE device_logs MODIFY user_id VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" \
    " NOT NULL, MODIFY device_sn VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"

enum { UNUSABLE = -1 };

struct table {
    const char *name, *make, *also;
    int refused;       /* or UNUSABLE, none being there */
    const char *words; /* of the event that names it; NULL: there is none */
    const char *cure;
};

/* Its columns by other names; "": left out. */
typedef const char *names[COLUMNS];

static inline int begin_table(const names *columns, const char *name)
{
    const struct outbox_options options = {0};
    if (begin(NULL) != 0 || scratch_begin() != 0) {
        return -1;
    }
    char drop[CLOUD_QUOTED_MAX + 32] = "DROP TABLE IF EXISTS ";
    cloud_quote(name, drop + strlen(drop));
    sql(drop);
    memset(&whole, 0, sizeof whole);
    whole.database = config.database;
    whole.outbox.retain_days = 90;
    snprintf(whole.database.table, sizeof whole.database.table, "%s", name);
    for (size_t i = 0; i < COLUMNS; i++) {
        if ((*columns)[i] != NULL) {
            whole.database.columns.given[i] = true;
            snprintf(whole.database.columns.name[i], COLUMN_BYTES + 1, "%s", (*columns)[i]);
        }
    }
    outbox = outbox_open(scratch_path("outbox.db"), &options, &err);
    return outbox != NULL ? 0 : -1;
}

static inline void end_table(void)
{
    uploader_free(uploader);
    uploader = NULL;
    outbox_close(outbox);
    outbox = NULL;
    scratch_end();
}

static inline void append_all(const char *input)
{
    DO(outbox_begin(outbox, &err));
    for (size_t i = 0; i < PUNCHES; i++) {
        enum outbox_added added;
        const struct punch punch = punch_of(i);
        DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
        CHECK_INT(input, OUTBOX_NEW, added);
    }
    DO(outbox_commit(outbox, &err));
}

static inline void check_table(const struct table *table, const names *columns, const char *name)
{
    char text[4096];
    char count_all[2 * CLOUD_QUOTED_MAX];
    char quoted[CLOUD_QUOTED_MAX];
    const char *input = table->name;
    size_t count = 0;
    struct outbox_counts counts;
    assert_int_equal(begin_table(columns, name), 0);
    cloud_quote(name, quoted);
    snprintf(count_all, sizeof count_all, "SELECT COUNT(*) FROM %s", quoted);
    snprintf(text, sizeof text, "CREATE TABLE %s %s", quoted, table->make);
    sql(text);
    if (table->also != NULL) {
        sql(table->also);
    }
    append_all(input);
    start();
    run();
    size_t right = table->refused == UNUSABLE ? 0 : check_sum(input);
    DO(outbox_counts(outbox, &counts, &err));
    if (table->refused == UNUSABLE) {
        CHECK_INT(input, EVENT_TABLE_UNUSABLE, last_trouble);
        /* before a trigger is noticed, rows that it leaves alone may have gone in */
        right = table->also != NULL ? check_sum(input) : 0;
        CHECK_INT(input, right, sql_number(count_all));
        CHECK_INT(input, PUNCHES - right, counts.waiting);
    } else {
        CHECK_TEXT(input, "", last_event);
        CHECK_INT(input, table->refused, counts.refused);
        CHECK_INT(input, PUNCHES - table->refused, right);
    }
    const char *said = table->refused == UNUSABLE ? last_event : odd;
    if (table->words == NULL ? said[0] != '\0' : strstr(said, table->words) == NULL) {
        fail_msg("[%s] expected \"%s\" in \"%s\"", input,
                 table->words != NULL ? table->words : "nothing", said);
    }
    /* put right, and what was refused sent again */
    if (table->cure != NULL) {
        sql(table->cure);
    }
    if (table->refused == UNUSABLE && strcmp(name, "device_logs") == 0) {
        sql(TO_BIN);
    }
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_refused(outbox, &count, &err));
    DO(outbox_commit(outbox, &err));
    start();
    run();
    CHECK_INT(input, PUNCHES, check_sum(input));
    CHECK_INT(input, PUNCHES, sql_number(count_all));
    end_table();
}

#endif
