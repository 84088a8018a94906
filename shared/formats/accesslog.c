#include "formats/accesslog.h"

#include <string.h>

#include "formats/attlog.h"
#include "base/portability.h"

enum { DEFAULT_STATUS = 0, DEFAULT_VERIFY = 1, PACKED_YEAR = 2000 };

enum column { COLUMN_USER, COLUMN_TIME, COLUMN_EVENT, COLUMN_STATUS, COLUMN_VERIFY, COLUMNS };

/* The two tables name the same things differently. */
static const struct {
    const char *key;
    enum column column;
} keys[] = {
    {"pin", COLUMN_USER},          {"time", COLUMN_TIME},         {"time_second", COLUMN_TIME},
    {"event", COLUMN_EVENT},       {"eventtype", COLUMN_EVENT},   {"inoutstatus", COLUMN_STATUS},
    {"inoutstate", COLUMN_STATUS}, {"verifytype", COLUMN_VERIFY}, {"verified", COLUMN_VERIFY},
};

/*
 * The events by which a person is let in, each with a source (../docs/protocol.md). None of them:
 * doors that open by themselves or from afar (5, 8), somebody recognised who is still waited with
 * (26, 32), refusals (20 … 99), alarms (100 …), door states (200 …).
 */
static const int32_t granted[] = {
    0,   /* normal verify (punch) open */
    1,   /* verified while the door stands open by schedule */
    2,   /* first person, door stays open, card */
    3,   /* the last of several persons, card */
    4,   /* emergency password, with a person named */
    14,  /* fingerprint */
    15,  /* the last of several persons, fingerprint */
    16,  /* fingerprint while the door stands open by schedule */
    17,  /* card and fingerprint */
    18,  /* first person, fingerprint */
    19,  /* first person, card and fingerprint */
    203, /* the last of several persons, card and fingerprint */
    208, /* superuser */
    222, /* verified by the server in the background */
};

static bool is_granted(struct span event)
{
    int32_t code = 0;
    if (!span_to_int32(span_trim(event), &code)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(granted); i++) {
        if (granted[i] == code) {
            return true;
        }
    }
    return false;
}

/* Nobody: no PIN, or one of zeros alone. */
static bool is_nobody(struct span user)
{
    for (size_t i = 0; i < user.len; i++) {
        if (user.at[i] != '0') {
            return false;
        }
    }
    return true;
}

/* `time_second`: months of 31 days since 2000, in seconds; or a time as it is written elsewhere. */
static bool read_time(struct span text, walltime *time)
{
    int32_t packed = 0;
    if (!span_to_int32(span_trim(text), &packed)) {
        return walltime_parse_iso(text, time);
    }
    if (packed < 0) {
        return false;
    }
    struct civil civil;
    civil.second = packed % 60;
    civil.minute = packed / 60 % 60;
    civil.hour = packed / 3600 % 24;
    int32_t days = packed / 86400;
    civil.day = days % 31 + 1;
    civil.month = days / 31 % 12 + 1;
    civil.year = days / 31 / 12 + PACKED_YEAR;
    return walltime_from_civil(&civil, time);
}

static int32_t number_or(struct span text, int32_t otherwise)
{
    int32_t value = otherwise;
    span_to_int32(span_trim(text), &value);
    return value;
}

/* Rows of `transaction` may begin with the table's name and a blank; a key may have a blank too. */
static struct span without_name(struct span row)
{
    struct span rest = row;
    struct span word;
    if (span_word(&rest, &word) && memchr(word.at, '=', word.len) == NULL) {
        rest = span_trim(rest);
        return rest.len > 0 && rest.at[0] == '=' ? row : rest;
    }
    return row;
}

static enum accesslog_result judge(struct span row, struct punch *punch, const char **reason)
{
    struct span columns[COLUMNS] = {{NULL, 0}};
    struct span rest = without_name(row);
    struct span field;
    while (span_field(&rest, '\t', &field)) {
        struct span value = field;
        struct span key;
        if (!span_field(&value, '=', &key) || value.at == NULL) {
            continue;
        }
        for (size_t i = 0; i < HB_COUNT(keys); i++) {
            if (span_equal_nocase(span_trim(key), span_of(keys[i].key))) {
                columns[keys[i].column] = value;
            }
        }
    }
    struct span user = span_trim(columns[COLUMN_USER]);
    if (is_nobody(user) || !is_granted(columns[COLUMN_EVENT])) {
        return ACCESSLOG_EVENT;
    }
    if (!punch_user_valid(user) || !span_copy(user, punch->user_id, sizeof punch->user_id)) {
        *reason = "the user id is too long or holds blanks or control characters";
        return ACCESSLOG_BAD;
    }
    if (!read_time(columns[COLUMN_TIME], &punch->time)) {
        *reason = "the time is none, or no date of the calendar";
        return ACCESSLOG_BAD;
    }
    punch->status = number_or(columns[COLUMN_STATUS], DEFAULT_STATUS);
    punch->verify = number_or(columns[COLUMN_VERIFY], DEFAULT_VERIFY);
    punch->way = PUNCH_PUSHED;
    punch->work_code[0] = '\0';
    return ACCESSLOG_PUNCH;
}

static enum accesslog_result judge_columns(struct span row, struct punch *punch,
                                           const char **reason)
{
    struct attlog_reader reader;
    attlog_begin(&reader, row);
    enum attlog_result result = attlog_next(&reader, punch);
    *reason = reader.reason;
    return result == ATTLOG_PUNCH ? ACCESSLOG_PUNCH
           : result == ATTLOG_BAD ? ACCESSLOG_BAD
                                  : ACCESSLOG_EVENT;
}

enum accesslog_result accesslog_read(struct span row, struct punch *punch, char *raw,
                                     const char **reason)
{
    struct span trimmed = span_trim(row);
    *reason = NULL;
    if (trimmed.len == 0) {
        return ACCESSLOG_EVENT;
    }
    /* Columns are judged with the tab that says that the first one is missing. */
    bool keyed = memchr(trimmed.at, '=', trimmed.len) != NULL;
    enum accesslog_result result =
        keyed ? judge(trimmed, punch, reason) : judge_columns(row, punch, reason);
    punch->device_sn[0] = '\0';
    punch->raw.at = raw;
    punch->raw.len = utf8_clean(trimmed, raw, PUNCH_RAW_MAX + 1);
    return result;
}
