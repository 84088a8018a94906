#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blot.h"
#include "formats/unpack.h"
#include "outbox/outbox_private.h"

enum { LOOK_MAX = 16 << 20 }; /* bytes of what was packed */

/* Who has held a place in a terminal's list, and how many of them are marks (PUNCH_FORGOTTEN). */
static const struct outbox_sql holders_sql = {
    SQL_SLOT_HOLDERS, "SELECT count(*), total(substr(user_id, 1, 1) = char(2)) FROM slot"
                      " WHERE device_sn = ?1 AND slot = ?2"};

/* By its first bytes, or because its sender said so, where it is no text all the same
 * (iclock/envelope.c). A type of content has a slash, an encoding none. */
static bool is_packed(struct span bytes, const char *type)
{
    bool declared = type[0] != '\0' && strchr(type, '/') == NULL &&
                    !span_equal_nocase(span_of(type), SPAN("identity"));
    return bytes.len > 0 &&
           (unpack_is_packed(bytes) ||
            (declared && (!utf8_valid(bytes) || memchr(bytes.at, '\0', bytes.len) != NULL)));
}

static size_t blot_packed(char *bytes, size_t len, struct blot_aside *how, blot_goes *goes,
                          void *context)
{
    struct span packed = {bytes, len};
    char *out = NULL;
    size_t out_len = 0;
    bool opened = unpack(packed, false, LOOK_MAX, &out, &out_len) ||
                  unpack(packed, true, LOOK_MAX, &out, &out_len);
    bool goes_whole = !opened || unpack_is_packed((struct span){out, out_len});
    how->guessed = goes_whole;
    goes_whole = goes_whole || blot_bytes(out, out_len, how, goes, context) > 0;
    free(out);
    if (goes_whole) {
        memset(bytes, 'x', len);
    }
    return goes_whole ? 1 : 0;
}

/* ---- a place in a list of users ---- */

static const char by_place[] = "4370 8 "; /* as pull/records.c sets it aside */

static bool place_of(struct span bytes, unsigned *place)
{
    enum { DIGITS = 16, FIRST = 4 };
    char first[FIRST + 1];
    size_t front = strlen(by_place);
    unsigned low;
    unsigned high;
    if (bytes.len != front + DIGITS || memcmp(bytes.at, by_place, front) != 0) {
        return false;
    }
    (void)span_copy((struct span){bytes.at + front, FIRST}, first, sizeof first);
    char *end = NULL;
    unsigned long both = strtoul(first, &end, 16);
    low = (unsigned)(both >> 8);
    high = (unsigned)(both & 0xff);
    *place = high << 8 | low;
    return end == first + FIRST;
}

static bool blot_place(struct outbox *outbox, struct outbox_aside *aside, unsigned place,
                       char *digits, size_t len, blot_goes *goes, void *context, bool *some,
                       struct error *err)
{
    bool row = false;
    char number[16];
    sqlite3_stmt *statement = outbox_statement(outbox, &holders_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, aside->device_sn);
    sqlite3_bind_int64(statement, 2, place);
    if (!outbox_step(outbox, statement, &row, "look whose a place is", err)) {
        return false;
    }
    bool listed = row && sqlite3_column_int(statement, 0) > 0;
    bool his = row && sqlite3_column_int(statement, 1) > 0;
    sqlite3_reset(statement);
    int number_len = snprintf(number, sizeof number, "%u", place);
    if (!listed && place != 0) {
        his = goes(context, (struct span){number, (size_t)number_len});
        aside->how.guessed = his;
    }
    if (his) {
        memset(digits, 'x', len);
    }
    *some = his;
    return true;
}

bool outbox_blot_aside(struct outbox *outbox, struct outbox_aside *aside, char *bytes, size_t len,
                       blot_goes *goes, void *context, bool *some, struct error *err)
{
    struct span all = {bytes, len};
    size_t front = strlen(by_place);
    unsigned place = 0;
    /* The vendor's database says in its row who it was; a log's columns may be any. */
    aside->how = (struct blot_aside){.by_terminal = aside->file == 0};
    if (place_of(all, &place)) {
        return blot_place(outbox, aside, place, bytes + front, len - front, goes, context, some,
                          err);
    }
    *some = (is_packed(all, aside->content_type)
                 ? blot_packed(bytes, len, &aside->how, goes, context)
                 : blot_bytes(bytes, len, &aside->how, goes, context)) > 0;
    return true;
}
