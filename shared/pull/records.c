#include "pull/records.h"

#include <stdio.h>
#include <string.h>

#include "pull/frame.h"

enum {
    TOTAL = 4, /* bytes before the records */
    READ_MAX =
        1 << 13, /* of the spool at once; the rows of a part of a harvest, and not many more */
    DAY_S = 86400,
};

static const enum pull_layout layouts[] = {PULL_8A, PULL_8B, PULL_16, PULL_22, PULL_40, PULL_49};
enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

size_t pull_layout_size(enum pull_layout layout)
{
    switch (layout) {
    case PULL_8A:
    case PULL_8B:
        return 8;
    case PULL_16:
    case PULL_22:
    case PULL_40:
    case PULL_49:
        return (size_t)layout;
    default:
        return 0;
    }
}

/* ---- one record ---- */

/* Text of a fixed width: up to its NUL. */
static struct span fixed(const uint8_t *bytes, size_t width)
{
    const uint8_t *end = memchr(bytes, 0, width);
    return span_trim(
        (struct span){(const char *)bytes, end != NULL ? (size_t)(end - bytes) : width});
}

static void number(struct pull_record *record, uint32_t value)
{
    int len = snprintf(record->digits, sizeof record->digits, "%lu", (unsigned long)value);
    record->user = (struct span){record->digits, (size_t)len};
}

void pull_record(enum pull_layout layout, const uint8_t *bytes, struct pull_record *record)
{
    memset(record, 0, sizeof *record);
    record->slot = pull_u16(bytes);
    switch (layout) {
    case PULL_8A:
        record->slotted = true;
        record->verify = bytes[2] & 0x0f;
        record->state = bytes[2] >> 4;
        record->zero = bytes[3];
        record->stamp = pull_u32(bytes + 4);
        break;
    case PULL_8B:
        record->slotted = true;
        record->verify = bytes[2];
        record->stamp = pull_u32(bytes + 3);
        record->state = bytes[7];
        break;
    case PULL_16:
        record->slot = 0;
        number(record, pull_u32(bytes));
        record->stamp = pull_u32(bytes + 4);
        record->verify = bytes[8];
        record->state = bytes[9];
        break;
    case PULL_22:
        record->user = fixed(bytes + 2, 6);
        record->verify = bytes[12];
        record->stamp = pull_u32(bytes + 13);
        record->state = bytes[17];
        break;
    default:
        record->user = fixed(bytes + 2, 24);
        record->verify = bytes[26];
        record->stamp = pull_u32(bytes + 27);
        record->state = bytes[31];
        break;
    }
    if (record->slotted) {
        number(record, record->slot);
    }
}

const char *pull_record_wrong(const struct pull_record *record, walltime now, walltime *time)
{
    static const struct civil first = {2000, 1, 2, 0, 0, 0};
    walltime earliest = 0;
    (void)walltime_from_civil(&first, &earliest);
    if (!pull_time(record->stamp, time)) {
        return "its date does not exist";
    }
    if (!punch_user_valid(record->user)) {
        return "it has no user number that can be read";
    }
    if (*time < earliest) {
        return "its time is the one at which a terminal's clock begins (2000-01-01)";
    }
    if (*time > now + DAY_S) {
        return "its time lies in the future";
    }
    if (record->slot == 0 && span_equal(record->user, SPAN("0"))) {
        return "it names no person: user 0 stands for one who was deleted from the terminal";
    }
    if (record->zero != 0) {
        return "it has something where its layout has nothing";
    }
    return NULL;
}

/* ---- a table ---- */

/* Goes through the records of a spool. */
struct walk {
    const struct visit_spool *spool;
    uint64_t at, end;
    size_t size; /* of a record */
    size_t have, next;
    uint8_t bytes[READ_MAX];
};

static void walk_begin(struct walk *walk, const struct visit_spool *spool, uint64_t len,
                       size_t size)
{
    walk->spool = spool;
    walk->at = TOTAL;
    walk->end = len;
    walk->size = size;
    walk->have = walk->next = 0;
}

/* The next record, NULL at the end (err says nothing then) or when the spool cannot be read. */
static const uint8_t *walk_next(struct walk *walk, enum visit_table table, struct error *err)
{
    if (walk->size == 0) {
        return NULL; /* no layout, no rows */
    }
    if (walk->next == walk->have) {
        uint64_t left = (walk->end - walk->at) / walk->size;
        uint64_t fit = sizeof walk->bytes / walk->size;
        size_t len = (size_t)(left < fit ? left : fit) * walk->size;
        if (len == 0 ||
            !walk->spool->read(walk->spool->context, table, walk->at, walk->bytes, len, err)) {
            return NULL;
        }
        walk->at += len;
        walk->have = len;
        walk->next = 0;
    }
    walk->next += walk->size;
    return walk->bytes + walk->next - walk->size;
}

/* How a table's rows look in a layout. */
struct look {
    uint64_t rows, good;
    uint64_t nought; /* of 8-A: rows that have the byte that is nought */
};

static bool look_at(const struct visit *visit, const struct visit_judging *judging,
                    enum pull_layout layout, struct look *look, struct error *err)
{
    struct error failed = ERROR_INIT;
    struct walk walk;
    const uint8_t *bytes;
    memset(look, 0, sizeof *look);
    walk_begin(&walk, judging->spool, visit->table_len[VISIT_RECORDS], pull_layout_size(layout));
    while ((bytes = walk_next(&walk, VISIT_RECORDS, &failed)) != NULL) {
        struct pull_record record;
        walltime time = 0;
        pull_record(layout, bytes, &record);
        look->rows++;
        look->nought += record.zero == 0;
        look->good += pull_record_wrong(&record, judging->now, &time) == NULL;
    }
    if (failed.kind != ERR_NONE) {
        *err = failed;
        return false;
    }
    return true;
}

/* Nine rows of ten make sense. */
static bool makes_sense(const struct look *look)
{
    return look->good * 10 >= look->rows * 9;
}

/* Whether it is this one of the two 8-byte layouts, by the byte that is nought in the first. */
static bool is_eight(enum pull_layout layout, const struct look *a)
{
    return layout == PULL_8A ? a->nought == a->rows : a->nought * 10 <= a->rows;
}

/* The bounds of what the terminal says it holds; false when it says nothing. */
static bool counted(int64_t before, int64_t after, uint64_t *least, uint64_t *most)
{
    if (before < 0 && after < 0) {
        return false;
    }
    if (before < 0 || after < 0) {
        *least = *most = (uint64_t)(before < 0 ? after : before);
        return true;
    }
    *least = (uint64_t)(before < after ? before : after);
    *most = (uint64_t)(before < after ? after : before);
    return true;
}

static bool fits(enum pull_layout layout, uint64_t total, int64_t before, int64_t after)
{
    uint64_t least = 0;
    uint64_t most = UINT64_MAX;
    size_t size = pull_layout_size(layout);
    (void)counted(before, after, &least, &most);
    return size > 0 && total % size == 0 && total / size >= least && total / size <= most;
}

bool pull_slotted(uint64_t bytes, int64_t before, int64_t after)
{
    return bytes > 0 && fits(PULL_8A, bytes, before, after);
}

static bool unsound(struct visit_verdict *verdict, bool unsure, const char *why)
{
    verdict->sound = false;
    verdict->unsure = unsure;
    snprintf(verdict->why, sizeof verdict->why, "%s", why);
    return true;
}

static bool sound(struct visit_verdict *verdict, enum pull_layout layout, const struct look *look)
{
    verdict->sound = true;
    verdict->unsure = false;
    verdict->layout = layout;
    verdict->rows = look->rows;
    verdict->aside = look->rows - look->good;
    verdict->why[0] = '\0';
    return true;
}

/* Whether the table is in this layout, by its rows. `named`: the count alone leaves no other. */
static bool holds(enum pull_layout layout, const struct look *looks, bool named, bool known)
{
    const struct look *look = &looks[0];
    for (size_t i = 0; i < LAYOUTS; i++) {
        look = layouts[i] == layout ? &looks[i] : look;
    }
    if (pull_layout_size(layout) == 8 && look->rows >= PULL_FEW && !is_eight(layout, &looks[0])) {
        return false;
    }
    if (known) {
        return look->good * 2 >= look->rows;
    }
    if (named) {
        /* A terminal whose clock stood still for a while is still this terminal. */
        return look->good * 2 >= look->rows && look->good > 0;
    }
    return look->rows >= PULL_FEW && makes_sense(look);
}

bool pull_judge(const struct visit *visit, const struct visit_judging *judging,
                struct visit_verdict *verdict, struct error *err)
{
    struct look looks[LAYOUTS];
    uint64_t len = visit->table_len[VISIT_RECORDS];
    int64_t before = visit->facts.before;
    int64_t after = visit->facts.after;
    uint64_t least = 0;
    uint64_t most = 0;
    size_t sizes = 0;
    size_t found = 0;
    enum pull_layout layout = PULL_NO_LAYOUT;

    memset(verdict, 0, sizeof *verdict);
    bool told = counted(before, after, &least, &most);
    uint64_t total = len > TOTAL ? len - TOTAL : 0;
    if (total == 0) {
        struct look none = {0, 0, 0};
        if (told && least > 0) {
            return unsound(verdict, true, "it says that it holds records, but its log is empty");
        }
        return sound(verdict, (enum pull_layout)judging->layout, &none);
    }
    memset(looks, 0, sizeof looks);
    for (size_t i = 0; i < LAYOUTS; i++) {
        if (fits(layouts[i], total, before, after)) {
            sizes += layouts[i] != PULL_8B;
            if (!look_at(visit, judging, layouts[i], &looks[i], err)) {
                return false;
            }
        }
    }
    if (sizes == 0) {
        return unsound(verdict, true,
                       "the length of its log and the number of records that it says it holds do "
                       "not go together in any layout that is known");
    }
    /* What it has shown before, as long as that comes out; */
    for (size_t i = 0; i < LAYOUTS; i++) {
        if (layouts[i] == (enum pull_layout)judging->layout &&
            fits(layouts[i], total, before, after) && holds(layouts[i], looks, false, true)) {
            return sound(verdict, layouts[i], &looks[i]);
        }
    }
    /* else the only one that does. */
    size_t at = 0;
    for (size_t i = 0; i < LAYOUTS; i++) {
        bool named = told && sizes == 1 && pull_layout_size(layouts[i]) != 8;
        if (fits(layouts[i], total, before, after) && holds(layouts[i], looks, named, false)) {
            layout = layouts[i];
            at = i;
            found++;
        }
    }
    if (found == 1) {
        return sound(verdict, layout, &looks[at]);
    }
    return unsound(verdict, true,
                   found > 1 ? "its records could be read in more than one way"
                             : "its records make no sense in any layout that is known, or are too "
                               "few to tell which it is");
}

/* ---- rows ---- */

static struct span write_raw(enum pull_layout layout, const uint8_t *bytes, char raw[128])
{
    size_t size = pull_layout_size(layout);
    size_t len = (size_t)snprintf(raw, 128, "4370 %d ", (int)size);
    hex_put(bytes, size, raw + len);
    return (struct span){raw, len + 2 * size};
}

/* Fills the row; borrowed bytes of the record are copied. */
static void make_row(const struct visit *visit, const struct visit_judging *judging,
                     enum pull_layout layout, const uint8_t *bytes, struct visit_row *row,
                     char raw[128])
{
    struct pull_record record;
    memset(row, 0, sizeof *row);
    pull_record(layout, bytes, &record);
    row->reason = pull_record_wrong(&record, judging->now, &row->punch.time);
    row->punch.raw = write_raw(layout, bytes, raw);
    row->punch.status = record.state;
    row->punch.verify = record.verify;
    memcpy(row->punch.device_sn, visit->facts.sn, sizeof row->punch.device_sn);
    if (row->reason == NULL && record.slotted) {
        const char *user = judging->people != NULL
                               ? judging->people->user(judging->people->context, record.slot,
                                                       row->punch.time, &row->reason)
                               : "";
        record.user = span_of(user);
        if (row->reason == NULL && user[0] != PUNCH_FORGOTTEN && !punch_user_valid(record.user)) {
            row->reason = "nobody in the terminal's list of users has this number";
        }
    }
    if (row->reason == NULL) {
        (void)span_copy(record.user, row->punch.user_id, sizeof row->punch.user_id);
    }
}

bool pull_rows(const struct visit *visit, const struct visit_judging *judging,
               const struct visit_verdict *verdict, uint64_t *at,
               bool (*each)(void *context, const struct visit_row *row, struct error *err),
               void *context, struct error *err)
{
    struct error failed = ERROR_INIT;
    struct walk walk;
    const uint8_t *bytes;
    enum pull_layout layout = (enum pull_layout)verdict->layout;
    if (*at >= verdict->rows) {
        return true;
    }
    walk_begin(&walk, judging->spool, visit->table_len[VISIT_RECORDS], pull_layout_size(layout));
    walk.at += *at * walk.size;
    while ((bytes = walk_next(&walk, VISIT_RECORDS, &failed)) != NULL) {
        struct visit_row row;
        char raw[128];
        make_row(visit, judging, layout, bytes, &row, raw);
        if (!each(context, &row, err)) {
            return false;
        }
        ++*at;
    }
    if (failed.kind != ERR_NONE) {
        *err = failed;
        return false;
    }
    return true;
}

/* ---- users ---- */

size_t pull_user_size(uint64_t bytes, int64_t users)
{
    if (users <= 0) {
        return 0;
    }
    return bytes == (uint64_t)users * 28 ? 28 : bytes == (uint64_t)users * 72 ? 72 : 0;
}

void pull_mask_users(size_t size, bool shown, uint64_t offset, uint8_t *bytes, size_t len)
{
    /* Password, name and card stand one behind the other. */
    enum { PASSWORD = 3, SHORT = 5, LONG = 8, SHORT_NAME = 8, LONG_NAME = 24, CARD = 4 };
    size_t end = PASSWORD + (size == 28 ? SHORT : LONG);
    end += shown ? (size == 28 ? SHORT_NAME : LONG_NAME) + CARD : 0;
    for (size_t i = 0; i < len; i++) {
        uint64_t at = offset + i;
        uint64_t in = at < TOTAL || size == 0 ? 0 : (at - TOTAL) % size;
        if (at >= TOTAL && (size == 0 || (in >= PASSWORD && in < end))) {
            bytes[i] = 0;
        }
    }
}

bool pull_people(const struct visit *visit, const struct visit_spool *spool,
                 bool (*each)(void *context, uint32_t slot, const char *user, const char *name,
                              struct error *err),
                 void *context, struct error *err)
{
    struct error failed = ERROR_INIT;
    struct walk walk;
    const uint8_t *bytes;
    uint64_t len = visit->table_len[VISIT_USERS];
    size_t size = len > TOTAL ? pull_user_size(len - TOTAL, visit->facts.users) : 0;
    if (size == 0) {
        return true;
    }
    walk_begin(&walk, spool, len, size);
    while ((bytes = walk_next(&walk, VISIT_USERS, &failed)) != NULL) {
        char user[PUNCH_USER_MAX + 1];
        char name[VISIT_TEXT_MAX];
        if (size == 28) {
            snprintf(user, sizeof user, "%lu", (unsigned long)pull_u32(bytes + 24));
            utf8_clean(fixed(bytes + 8, 8), name, sizeof name);
        } else {
            (void)span_copy(fixed(bytes + 48, 24), user, sizeof user);
            utf8_clean(fixed(bytes + 11, 24), name, sizeof name);
        }
        /* What else lies in this table (templates, slots that are free) names nobody. */
        if (punch_user_valid(span_of(user)) && strcmp(user, "0") != 0 &&
            !each(context, pull_u16(bytes), user, name, err)) {
            return false;
        }
    }
    if (failed.kind != ERR_NONE) {
        *err = failed;
        return false;
    }
    return true;
}

/* ---- live ---- */

bool pull_event(const char *sn, const uint8_t *data, size_t len, struct visit_row *row,
                char raw[PUNCH_RAW_MAX])
{
    bool text = len == 32 || len == 36 || len == 37 || len == 52;
    size_t at = text ? 24 : 4;
    struct civil civil;
    char digits[11];
    struct span user;
    /* 10 and 14 bytes may name a slot instead of a person. */
    if (!text && len != 12) {
        return false;
    }
    civil = (struct civil){2000 + data[at + 2], data[at + 3], data[at + 4],
                           data[at + 5],        data[at + 6], data[at + 7]};
    memset(row, 0, sizeof *row);
    snprintf(digits, sizeof digits, "%lu", (unsigned long)pull_u32(data));
    user = text ? fixed(data, 24) : span_of(digits);
    if (!walltime_from_civil(&civil, &row->punch.time) || !punch_user_valid(user) ||
        span_equal(user, SPAN("0"))) {
        return false;
    }
    row->punch.verify = data[at];
    row->punch.status = data[at + 1];
    (void)span_copy(user, row->punch.user_id, sizeof row->punch.user_id);
    snprintf(row->punch.device_sn, sizeof row->punch.device_sn, "%s", sn);
    size_t used = (size_t)snprintf(raw, PUNCH_RAW_MAX, "4370 live ");
    hex_put(data, len, raw + used);
    row->punch.raw = (struct span){raw, used + 2 * len};
    return true;
}
