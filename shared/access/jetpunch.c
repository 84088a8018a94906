#include "access/jetpunch.h"

#include <math.h>
#include <stdio.h>

static const char no_person[] = "it names no person";
static const char no_time[] = "it has no time";
static const char bad_time[] = "its time is none that can be (years 2000 to 2100, whole seconds)";
static const char future[] = "its time lies in the future";
static const char bad_badge[] = "the person's number is none that can be one";

/* ---- columns ---- */

enum { NUMBERS = 1, TEXTS = 2, DATES = 4, TRUTHS = 8 };

static bool of_kind(const struct jet_column *column, unsigned kinds)
{
    switch (column->type) {
    case JET_BYTE:
    case JET_INTEGER:
    case JET_LONG:
        return (kinds & NUMBERS) != 0;
    case JET_TEXT:
        return (kinds & TEXTS) != 0;
    case JET_DATE:
        return (kinds & DATES) != 0;
    case JET_BOOLEAN:
        return (kinds & TRUTHS) != 0;
    default:
        return false;
    }
}

/* One that may be missing, and is as good as missing where its type is none that was seen. */
static const struct jet_column *maybe(const struct jet_table *table, const char *name)
{
    const struct jet_column *column = jet_column(table, name);
    return column != NULL && of_kind(column, NUMBERS | TEXTS) ? column : NULL;
}

static bool needed(const struct jet_table *table, const char *name, unsigned kinds,
                   const struct jet_column **column, struct error *err)
{
    *column = jet_column(table, name);
    if (*column == NULL) {
        return error_set(err, ERR_INVALID, 0, "the table has no column %s", name);
    }
    return of_kind(*column, kinds) ||
           error_set(err, ERR_INVALID, 0, "the column %s is of a type (%d) that is not known there",
                     name, (*column)->type);
}

bool jetpunch_columns(const struct jet_table *table, struct jetpunch_columns *columns,
                      struct error *err)
{
    static const char badge[] = "Badgenumber";
    *columns = (struct jetpunch_columns){.table = table,
                                         .type = maybe(table, "CHECKTYPE"),
                                         .verify = maybe(table, "VERIFYCODE"),
                                         .sensor = maybe(table, "SENSORID"),
                                         .work = maybe(table, "WorkCode"),
                                         .sn = maybe(table, "sn")};
    if (!needed(table, "CHECKTIME", DATES, &columns->time, err)) {
        return false;
    }
    if (jet_column(table, badge) != NULL) {
        return needed(table, badge, TEXTS | NUMBERS, &columns->badge, err);
    }
    return needed(table, "USERID", NUMBERS, &columns->number, err);
}

bool jetperson_columns(const struct jet_table *table, struct jetperson_columns *columns,
                       struct error *err)
{
    columns->table = table;
    return needed(table, "USERID", NUMBERS, &columns->number, err) &&
           needed(table, "Badgenumber", TEXTS | NUMBERS, &columns->badge, err);
}

bool jettyped_columns(const struct jet_table *table, struct jettyped_columns *columns,
                      struct error *err)
{
    columns->table = table;
    return needed(table, "USERID", NUMBERS, &columns->number, err) &&
           needed(table, "CHECKTIME", DATES, &columns->time, err) &&
           needed(table, "ISADD", NUMBERS | TRUTHS, &columns->added, err);
}

/* ---- values ---- */

/* Days since 1899-12-30 as whole seconds; false: none between 2000 and 2100. */
static bool read_moment(double days, walltime *time)
{
    enum { EPOCH = 25569, FIRST = 36526, LAST = 73050, SLACK_MS = 5 };
    if (!(days >= FIRST && days < LAST)) {
        return false;
    }
    /* A double has some microseconds there. */
    int64_t ms = (int64_t)floor((days - EPOCH) * 86400000.0 + 0.5);
    int64_t second = (ms + 500) / 1000;
    int64_t off = ms - second * 1000;
    *time = second;
    return off >= -SLACK_MS && off <= SLACK_MS;
}

/* The value as a text without blanks at its ends; false: it does not fit, or is no text. */
static bool read_text(const struct jet_value *value, char *out, size_t size)
{
    if (value->kind == JET_NUMBER) {
        return snprintf(out, size, "%ld", (long)value->number) < (int)size;
    }
    if (value->kind == JET_TEXTUAL) {
        return span_copy(span_trim(value->text), out, size);
    }
    out[0] = '\0';
    return true;
}

/* A badge as it came, but for blanks at its ends; "": none that can be one. */
static void read_badge(const struct jet_value *value, char badge[PUNCH_USER_MAX + 1])
{
    if (value->broken || !read_text(value, badge, PUNCH_USER_MAX + 1) ||
        !punch_user_valid(span_of(badge))) {
        badge[0] = '\0';
    }
}

/* Upper case is a working day's, lower case overtime, a digit a break: the states of the SDK. */
static int32_t read_status(const struct jet_value *value)
{
    static const char states[] = "IO01io";
    enum { UNKNOWN = 255 };
    if (value->kind == JET_NUMBER) {
        return value->number >= 0 && value->number < UNKNOWN ? value->number : UNKNOWN;
    }
    struct span text = span_trim(value->text);
    if (value->kind == JET_NULL || text.len == 0) {
        return 0;
    }
    const char *state = text.len == 1 ? strchr(states, text.at[0]) : NULL;
    return state != NULL ? (int32_t)(state - states) : UNKNOWN;
}

static int32_t read_verify(const struct jet_value *value)
{
    enum { UNKNOWN = 255 };
    int32_t number = UNKNOWN;
    if (value->kind == JET_NUMBER) {
        return value->number >= 0 ? value->number : UNKNOWN;
    }
    struct span text = span_trim(value->text);
    if (value->kind == JET_NULL || text.len == 0) {
        return 1;
    }
    return span_to_int32(text, &number) && number >= 0 ? number : UNKNOWN;
}

/* What some programs leave there is bytes of another field: what can't have been keyed in is none.
 */
static void read_work(const struct jet_value *value, char work[PUNCH_WORK_MAX + 1])
{
    enum { WORK_MOST = 999999 };
    bool fine = read_text(value, work, PUNCH_WORK_MAX + 1) && !value->broken;
    if (value->kind == JET_NUMBER) {
        fine = value->number > 0 && value->number <= WORK_MOST;
    }
    if (!fine || strcmp(work, "0") == 0 || !punch_user_valid(span_of(work))) {
        work[0] = '\0';
    }
}

/* A serial number has a digit, and is not as short as a running number. */
static void read_sn(const struct jet_value *value, char sn[PUNCH_SN_MAX + 1])
{
    if (value->kind != JET_TEXTUAL || !read_text(value, sn, PUNCH_SN_MAX + 1) ||
        !punch_sn_valid(span_of(sn)) || strlen(sn) < JETPUNCH_SN_LEAST ||
        strpbrk(sn, "0123456789") == NULL) {
        sn[0] = '\0';
    }
}

/* ---- rows ---- */

enum { WHO, TIME, TYPE, VERIFY, SENSOR, WORK, SN, FIELDS };

struct field {
    const struct jet_column *column;
    struct span name;
};

static struct field field_of(const struct jetpunch_columns *columns, int which)
{
    switch (which) {
    case WHO:
        return columns->badge != NULL ? (struct field){columns->badge, SPAN("Badgenumber")}
                                      : (struct field){columns->number, SPAN("USERID")};
    case TIME:
        return (struct field){columns->time, SPAN("CHECKTIME")};
    case TYPE:
        return (struct field){columns->type, SPAN("CHECKTYPE")};
    case VERIFY:
        return (struct field){columns->verify, SPAN("VERIFYCODE")};
    case SENSOR:
        return (struct field){columns->sensor, SPAN("SENSORID")};
    case WORK:
        return (struct field){columns->work, SPAN("WorkCode")};
    default:
        return (struct field){columns->sn, SPAN("sn")};
    }
}

/* One that the table does not have is null. False: the row is damaged. */
static bool value_of(const struct jetpunch_columns *columns, struct span row, int which,
                     struct jet_value *value)
{
    const struct field field = field_of(columns, which);
    if (field.column == NULL) {
        value->kind = JET_NULL;
        value->text = (struct span){"", 0};
        value->broken = false;
        return true;
    }
    return jet_value(columns->table, row, field.column, value);
}

bool jetpunch_read(const struct jetpunch_columns *columns, struct span row, walltime now,
                   struct jetpunch *punch)
{
    struct jet_value values[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
        if (!value_of(columns, row, i, &values[i])) {
            return false;
        }
    }
    bool own = columns->badge != NULL;
    bool who = values[WHO].kind != JET_NULL;
    bool when = values[TIME].kind != JET_NULL;
    punch->has_number = who && !own;
    punch->number = punch->has_number ? values[WHO].number : 0;
    punch->badge[0] = punch->sn[0] = '\0';
    if (own) {
        read_badge(&values[WHO], punch->badge);
    } else {
        read_sn(&values[SN], punch->sn);
    }
    if (!when || !read_moment(values[TIME].fraction, &punch->time)) {
        punch->time = 0;
    }
    punch->status = read_status(&values[TYPE]);
    punch->verify = read_verify(&values[VERIFY]);
    read_work(&values[WORK], punch->work_code);
    if (values[SENSOR].broken || !read_text(&values[SENSOR], punch->sensor, sizeof punch->sensor)) {
        punch->sensor[0] = '\0';
    }
    bool late = now != 0 && punch->time - now > JETPUNCH_AHEAD_S;
    punch->nobody = !who && !when;
    punch->reason = !who                             ? no_person
                    : own && punch->badge[0] == '\0' ? bad_badge
                    : !when                          ? no_time
                    : punch->time == 0               ? bad_time
                    : late                           ? future
                                                     : NULL;
    punch->ahead = punch->reason == future;
    return true;
}

/* Into line[JETPUNCH_LINE_MAX], as much as there is room for. */
static size_t put(char *line, size_t used, struct span text)
{
    size_t room = JETPUNCH_LINE_MAX - 1 - used;
    size_t len = text.len <= room ? text.len : utf8_cut(text, room);
    memcpy(line + used, text.at, len);
    return used + len;
}

size_t jetpunch_line(const struct jetpunch_columns *columns, struct span row,
                     char line[JETPUNCH_LINE_MAX])
{
    size_t used = 0;
    for (int i = 0; i < FIELDS; i++) {
        struct jet_value value;
        char text[JET_TEXT_MAX + 1];
        walltime time = 0;
        if (!value_of(columns, row, i, &value)) {
            used = 0;
            break;
        }
        if (value.kind == JET_NULL) {
            continue;
        }
        if (value.kind == JET_NUMBER) {
            (void)snprintf(text, sizeof text, "%ld", (long)value.number);
        } else if (value.kind == JET_TEXTUAL) {
            (void)utf8_clean(value.text, text, sizeof text);
        } else if (read_moment(value.fraction, &time)) {
            (void)walltime_text(time, text);
        } else {
            (void)snprintf(text, sizeof text, "%.17g", value.fraction);
        }
        used = put(line, used, used > 0 ? SPAN(" ") : SPAN(""));
        used = put(line, used, field_of(columns, i).name);
        used = put(line, used, SPAN("="));
        used = put(line, used, span_of(text));
    }
    line[used] = '\0';
    return used;
}

bool jetperson_read(const struct jetperson_columns *columns, struct span row,
                    struct jetperson *person)
{
    struct jet_value number;
    struct jet_value badge;
    if (!jet_value(columns->table, row, columns->number, &number) ||
        !jet_value(columns->table, row, columns->badge, &badge)) {
        return false;
    }
    person->has_number = number.kind == JET_NUMBER;
    person->number = number.number;
    read_badge(&badge, person->badge);
    return true;
}

bool jettyped_read(const struct jettyped_columns *columns, struct span row, struct jettyped *typed)
{
    struct jet_value number;
    struct jet_value time;
    struct jet_value added;
    if (!jet_value(columns->table, row, columns->number, &number) ||
        !jet_value(columns->table, row, columns->time, &time) ||
        !jet_value(columns->table, row, columns->added, &added)) {
        return false;
    }
    typed->number = number.number;
    typed->typed = number.kind == JET_NUMBER && time.kind == JET_FRACTION &&
                   added.kind == JET_NUMBER && added.number != 0 &&
                   read_moment(time.fraction, &typed->time);
    return true;
}
