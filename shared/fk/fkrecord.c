#include "fk/fkrecord.h"

#include <stdio.h>
#include <string.h>

#include "base/portability.h"

enum {
    NOT_KNOWN = 255,
    DAY_S = 86400,
    DOOR_BITS = 24, /* of in/out: the door's state, below the key */
    USER_NUMBER = 0,
};

/* 2000-01-01: the family is younger. */
static const walltime beginning = INT64_C(946684800);

enum time_form { FORM_P, FORM_Q };

/* Where things stand; all offsets in bytes. */
static const struct layout {
    const char *name;
    size_t size;
    size_t user;
    size_t user_size; /* USER_NUMBER: a u32 */
    size_t second;
    size_t time;
    size_t modes; /* in/out and verify: of the `wide` ones two u32; 12-A's two bytes; bits of 12-B's
                     byte and of 12-C's two */
    size_t work;  /* the work code's byte, of the `wide` ones */
    enum time_form form;
    bool wide;   /* of the newer kind */
    bool marked; /* byte 0 is 1 */
} layouts[FKRECORD_LAYOUTS] = {
    [FKRECORD_NONE] = {.name = ""},
    [FKRECORD_12A] = {"12-A", 12, 0, USER_NUMBER, 7, 8, 5, 0, FORM_P, false, false},
    [FKRECORD_12B] = {"12-B", 12, 4, USER_NUMBER, 3, 8, 1, 0, FORM_Q, false, true},
    [FKRECORD_12C] = {"12-C", 12, 4, USER_NUMBER, 1, 8, 2, 0, FORM_Q, false, true},
    [FKRECORD_20] = {"20", 20, 0, USER_NUMBER, 7, 8, 12, 6, FORM_P, true, false},
    [FKRECORD_32] = {"32", 32, 0, 16, 19, 20, 24, 18, FORM_P, true, false},
    [FKRECORD_48] = {"48", 48, 0, 32, 35, 36, 40, 34, FORM_P, true, false},
};

static const struct {
    const char *library;
    enum fkrecord_layout layout;
} libraries[] = {
    {"FKDataHS100", FKRECORD_12B}, {"FKDataHS101", FKRECORD_12A}, {"FKDataHS104", FKRECORD_12A},
    {"FKDataHS200", FKRECORD_12C}, {"FKDataHS105", FKRECORD_20},  {"FKDataHS102", FKRECORD_32},
    {"FKDataHS103", FKRECORD_48},
};

size_t fkrecord_size(enum fkrecord_layout layout)
{
    return layouts[layout].size;
}

const char *fkrecord_name(enum fkrecord_layout layout)
{
    return layouts[layout].name;
}

enum fkrecord_layout fkrecord_by_library(struct span library)
{
    for (size_t i = 0; i < HB_COUNT(libraries); i++) {
        if (span_equal_nocase(span_trim(library), span_of(libraries[i].library))) {
            return libraries[i].layout;
        }
    }
    return FKRECORD_NONE;
}

/* ---- numbers ---- */

static uint32_t byte_at(const char *at)
{
    return (unsigned char)*at;
}

static uint32_t u32_at(const char *at)
{
    return byte_at(at) | byte_at(at + 1) << 8 | byte_at(at + 2) << 16 | byte_at(at + 3) << 24;
}

/* ---- times ---- */

static bool time_of(const struct layout *layout, const char *record, walltime *time)
{
    uint32_t packed = u32_at(record + layout->time);
    struct civil civil = {
        .month = (int)(packed >> 12 & 0xf),
        .day = (int)(packed >> 16 & 0x1f),
        .hour = (int)(packed >> 21 & 0x1f),
        .minute = (int)(packed >> 26),
        .second = (int)byte_at(record + layout->second),
    };
    civil.year = layout->form == FORM_P ? 1900 + (int)(packed >> 2 & 0x3ff) : (int)(packed & 0xfff);
    return walltime_from_civil(&civil, time);
}

static bool has_time(const struct layout *layout, const char *record, walltime now, walltime *time)
{
    return (!layout->marked || byte_at(record) == 1) && time_of(layout, record, time) &&
           *time >= beginning && *time <= now + DAY_S;
}

bool fkrecord_time(struct span text, walltime *time)
{
    static const size_t digits[] = {4, 2, 2, 2, 2, 2};
    int parts[HB_COUNT(digits)] = {0};
    size_t at = 0;
    text = span_trim(text);
    if (text.len != FKRECORD_TIME_MAX - 1) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(digits); i++) {
        for (size_t k = 0; k < digits[i]; k++, at++) {
            if (text.at[at] < '0' || text.at[at] > '9') {
                return false;
            }
            parts[i] = parts[i] * 10 + (text.at[at] - '0');
        }
    }
    struct civil civil = {parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]};
    return walltime_from_civil(&civil, time);
}

const char *fkrecord_time_text(walltime time, char out[FKRECORD_TIME_MAX])
{
    struct civil civil;
    char text[80]; /* what the compiler thinks that six numbers may take */
    walltime_to_civil(time, &civil);
    snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02d", civil.year, civil.month, civil.day,
             civil.hour, civil.minute, civil.second);
    snprintf(out, FKRECORD_TIME_MAX, "%.14s", text);
    return out;
}

/* ---- in and out, verify ---- */

/* 1 in, 2 out, 3 break in, 4 break out, 5 overtime in, 6 overtime out. */
static const int32_t status_of_key[] = {NOT_KNOWN, 0, 1, 3, 2, 4, 5};

static int32_t status_of(uint32_t key)
{
    return key < HB_COUNT(status_of_key) ? status_of_key[key] : NOT_KNOWN;
}

/* The key, and on newer terminals the direction beside it: where these contradict, neither holds.
 */
static int32_t wide_status(uint32_t io)
{
    uint32_t key = io >> DOOR_BITS & 0xf;
    uint32_t direction = io >> (DOOR_BITS + 4);
    if (direction == 0) {
        return status_of(key);
    }
    if (direction > 2) {
        return NOT_KNOWN;
    }
    if (key == 0) {
        return status_of(direction);
    }
    return key % 2 == direction % 2 ? status_of(key) : NOT_KNOWN;
}

int32_t fkrecord_status(enum fkrecord_layout layout, uint32_t io)
{
    switch (layout) {
    case FKRECORD_12A:
        return status_of(io);
    case FKRECORD_12B:
    case FKRECORD_12C:
        /* 0 is out by the maker's sample, and what a terminal without keys would write as well. */
        return io == 1 ? 0 : NOT_KNOWN;
    case FKRECORD_20:
    case FKRECORD_32:
    case FKRECORD_48:
        return wide_status(io);
    case FKRECORD_NONE:
    case FKRECORD_LAYOUTS:
        break;
    }
    return io >> DOOR_BITS != 0 ? wide_status(io) : NOT_KNOWN;
}

enum { FINGER = 1, PIN = 2, PASSWORD = 3, CARD = 4, FACE = 15, VEIN = 21, PALM = 25, OTHER = 200 };

/* Of the small numbers, with the first method of a combination. */
static const struct {
    uint32_t number;
    int32_t verify;
} small_verify[] = {
    {1, FINGER}, {2, PASSWORD}, {3, CARD},  {4, FINGER}, {5, FINGER}, {6, PASSWORD}, {7, CARD},
    {8, PIN},    {9, CARD},     {20, FACE}, {21, FACE},  {22, FACE},  {23, CARD},    {24, PASSWORD},
};

static int32_t wide_verify(uint32_t verify)
{
    static const int32_t methods[] = {NOT_KNOWN, FINGER, PASSWORD, CARD, FACE, VEIN, OTHER, PALM};
    uint32_t first = verify >> 28;
    return first < HB_COUNT(methods) ? methods[first] : NOT_KNOWN;
}

int32_t fkrecord_verify(enum fkrecord_layout layout, uint32_t verify)
{
    bool wide = layouts[layout].wide || (layout == FKRECORD_NONE && verify >> 28 != 0);
    if (wide) {
        return wide_verify(verify);
    }
    for (size_t i = 0; layout != FKRECORD_NONE && i < HB_COUNT(small_verify); i++) {
        if (small_verify[i].number == verify) {
            return small_verify[i].verify;
        }
    }
    return NOT_KNOWN;
}

static void modes_of(enum fkrecord_layout layout, const char *record, uint32_t *io,
                     uint32_t *verify)
{
    const char *at = record + layouts[layout].modes;
    uint32_t bits = 0;
    switch (layout) {
    case FKRECORD_12A:
        *io = byte_at(at);
        *verify = byte_at(at + 1);
        return;
    case FKRECORD_12B:
        bits = byte_at(at);
        *io = bits >> 6;
        *verify = bits & 0x3f;
        return;
    case FKRECORD_12C:
        bits = byte_at(at) | byte_at(at + 1) << 8;
        *io = bits >> 6 & 0x1f;
        *verify = bits & 0x3f;
        return;
    default:
        *io = u32_at(at);
        *verify = u32_at(at + 4);
    }
}

/* ---- a log's layout ---- */

void fkrecord_tally_begin(struct fkrecord_tally *tally, size_t size)
{
    memset(tally, 0, sizeof *tally);
    tally->size = size;
}

void fkrecord_tally_add(struct fkrecord_tally *tally, const char *record, walltime now)
{
    walltime time = 0;
    tally->count++;
    for (int i = FKRECORD_NONE + 1; i < FKRECORD_LAYOUTS; i++) {
        tally->valid[i] +=
            layouts[i].size == tally->size && has_time(&layouts[i], record, now, &time);
    }
}

static enum fkrecord_layout by_validity(const struct fkrecord_tally *tally, const char **reason)
{
    enum fkrecord_layout found = FKRECORD_NONE;
    if (tally->count < FKRECORD_FEW) {
        *reason = "too few records to tell their layout";
        return FKRECORD_NONE;
    }
    for (int i = FKRECORD_NONE + 1; i < FKRECORD_LAYOUTS; i++) {
        if (layouts[i].size != tally->size || tally->valid[i] != tally->count) {
            continue;
        }
        if (found != FKRECORD_NONE) {
            *reason = "the records can be read in two layouts";
            return FKRECORD_NONE;
        }
        found = (enum fkrecord_layout)i;
    }
    if (found == FKRECORD_NONE) {
        *reason = "the records fit no layout that is known";
    }
    return found;
}

/* The layout that has this size alone. */
static enum fkrecord_layout by_size(size_t size)
{
    enum fkrecord_layout found = FKRECORD_NONE;
    for (int i = FKRECORD_NONE + 1; i < FKRECORD_LAYOUTS; i++) {
        if (layouts[i].size == size) {
            if (found != FKRECORD_NONE) {
                return FKRECORD_NONE;
            }
            found = (enum fkrecord_layout)i;
        }
    }
    return found;
}

enum fkrecord_layout fkrecord_tally_choose(const struct fkrecord_tally *tally,
                                           enum fkrecord_layout known, const char **reason)
{
    *reason = NULL;
    enum fkrecord_layout layout = by_size(tally->size);
    if (layout == FKRECORD_NONE && layouts[known].size == tally->size) {
        layout = known;
    }
    if (layout == FKRECORD_NONE) {
        return by_validity(tally, reason);
    }
    if (known != FKRECORD_NONE && known != layout) {
        *reason = "the records have another size than the terminal's class says";
        return FKRECORD_NONE;
    }
    if (tally->count - tally->valid[layout] > tally->count / 4) {
        *reason = "the records do not fit the layout that their size names";
        return FKRECORD_NONE;
    }
    return layout;
}

static bool tally_all(struct fkrecord_tally *tally, struct span log, size_t size, walltime now)
{
    if (size == 0 || log.len == 0 || log.len % size != 0) {
        return false;
    }
    fkrecord_tally_begin(tally, size);
    for (size_t at = 0; at < log.len; at += size) {
        fkrecord_tally_add(tally, log.at + at, now);
    }
    return true;
}

enum fkrecord_layout fkrecord_choose(struct span log, size_t size, enum fkrecord_layout known,
                                     walltime now, const char **reason)
{
    struct fkrecord_tally tally;
    if (!tally_all(&tally, log, size, now)) {
        *reason = "the log's length is no multiple of a record's";
        return FKRECORD_NONE;
    }
    return fkrecord_tally_choose(&tally, known, reason);
}

bool fkrecord_fits_some(struct span log, size_t size, walltime now)
{
    struct fkrecord_tally tally;
    bool fits = false;
    if (tally_all(&tally, log, size, now)) {
        for (int i = FKRECORD_NONE + 1; i < FKRECORD_LAYOUTS; i++) {
            fits = fits || tally.valid[i] == tally.count;
        }
    }
    return fits;
}

/* ---- one record ---- */

/* False when the text is none that a user's number can be; empty when there is none. */
static bool user_of(const struct layout *layout, const char *record, char *out, size_t size)
{
    if (layout->user_size == USER_NUMBER) {
        uint32_t number = u32_at(record + layout->user);
        snprintf(out, size, "%.0lu", (unsigned long)number); /* 0 is none: no digit at all */
        return true;
    }
    const char *text = record + layout->user;
    const char *end = memchr(text, '\0', layout->user_size);
    struct span user =
        span_trim((struct span){text, end != NULL ? (size_t)(end - text) : layout->user_size});
    return (user.len == 0 || punch_user_valid(user)) && span_copy(user, out, size);
}

enum fkrecord_row fkrecord_read(enum fkrecord_layout layout, const char *record, walltime now,
                                struct punch *punch, char raw[FKRECORD_RAW_MAX + 1],
                                const char **reason)
{
    const struct layout *where = &layouts[layout];
    uint32_t io = 0;
    uint32_t verify = 0;
    memset(punch, 0, sizeof *punch);
    *reason = NULL;
    hex_put(record, where->size, raw);
    punch->raw = (struct span){raw, 2 * where->size};
    modes_of(layout, record, &io, &verify);

    bool user = user_of(where, record, punch->user_id, sizeof punch->user_id);
    if (user && punch->user_id[0] == '\0' && where->wide && (io & 0xffffff) != 0) {
        return FKRECORD_EVENT;
    }
    if (!has_time(where, record, now, &punch->time)) {
        *reason = "the record's time cannot be";
        return FKRECORD_BAD;
    }
    if (!user || punch->user_id[0] == '\0') {
        *reason = user ? "the record names no user" : "the record's user number is no text";
        return FKRECORD_BAD;
    }
    if (where->wide && record[where->work] != 0) {
        snprintf(punch->work_code, sizeof punch->work_code, "%u",
                 (unsigned)byte_at(record + where->work));
    }
    punch->status = fkrecord_status(layout, io);
    punch->verify = fkrecord_verify(layout, verify);
    return FKRECORD_PUNCH;
}
