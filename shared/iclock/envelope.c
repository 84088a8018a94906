#include "iclock/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/portability.h"
#include "formats/unpack.h"
#include "iclock/percent.h"

static const char cannot_unpack[] = "it is packed, and cannot be unpacked";
static const char bad_form[] = "it is a form that cannot be taken apart with certainty";
static const char no_memory[] = "there was no memory to read it";

/* ---- forms ---- */

/* What a field of a form is for. */
enum field { FIELD_REQUEST, FIELD_ROWS, FIELD_USER, FIELD_TIME, FIELD_COLUMN, FIELD_UNKNOWN };

static enum field field_of(struct span key)
{
    static const struct {
        struct span key;
        enum field field;
    } fields[] = {
#define FIELD(text, field) {{text, sizeof(text) - 1}, field}
        FIELD("SN", FIELD_REQUEST),        FIELD("table", FIELD_REQUEST),
        FIELD("tablename", FIELD_REQUEST), FIELD("Stamp", FIELD_REQUEST),
        FIELD("OpStamp", FIELD_REQUEST),   FIELD("count", FIELD_REQUEST),
        FIELD("type", FIELD_REQUEST),      FIELD("packidx", FIELD_REQUEST),
        FIELD("packcnt", FIELD_REQUEST),   FIELD("cmdid", FIELD_REQUEST),
        FIELD("options", FIELD_REQUEST),   FIELD("data", FIELD_ROWS),
        FIELD("PIN", FIELD_USER),          FIELD("time", FIELD_TIME),
        FIELD("DateTime", FIELD_TIME),     FIELD("time_second", FIELD_TIME),
        FIELD("status", FIELD_COLUMN),     FIELD("verify", FIELD_COLUMN),
        FIELD("verified", FIELD_COLUMN),   FIELD("event", FIELD_COLUMN),
        FIELD("eventtype", FIELD_COLUMN),  FIELD("inoutstatus", FIELD_COLUMN),
        FIELD("verifytype", FIELD_COLUMN), FIELD("cardno", FIELD_COLUMN),
#undef FIELD
    };
    for (size_t i = 0; i < HB_COUNT(fields); i++) {
        if (span_equal_nocase(key, fields[i].key)) {
            return fields[i].field;
        }
    }
    return FIELD_UNKNOWN;
}

static bool is_blank_or_tab(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The first line up to its first blank. */
static struct span first_word(struct span text)
{
    size_t end = 0;
    while (end < text.len && !is_blank_or_tab(text.at[end]) && text.at[end] != '\n' &&
           text.at[end] != '\r') {
        end++;
    }
    return (struct span){text.at, end};
}

static bool has(struct span text, char byte)
{
    return text.len > 0 && memchr(text.at, byte, text.len) != NULL;
}

/*
 * By its shape, since clients that send plain lines declare a form as well: it begins with a field
 * that is known, and what follows that is another one, escaped, or the rows themselves. A row of
 * keys has blanks or tabs there.
 */
static bool is_form(struct span body)
{
    struct span word = first_word(body);
    struct span value = word;
    struct span key;
    if (!span_field(&value, '=', &key) || value.at == NULL) {
        return false;
    }
    switch (field_of(key)) {
    case FIELD_ROWS:
    case FIELD_REQUEST:
        return true;
    case FIELD_USER:
    case FIELD_TIME:
    case FIELD_COLUMN: {
        struct span line = body;
        struct span first;
        return span_field(&line, '\n', &first) && has(first, '&') && !has(first, '\t');
    }
    case FIELD_UNKNOWN:
        break;
    }
    return false;
}

/* Whether the query itself brings a row; *whose: of a person that is named as one is. */
static bool is_row(struct span query, bool *whose)
{
    bool user = false;
    bool time = false;
    bool rows = false;
    bool table = false;
    struct span pair;
    while (span_field(&query, '&', &pair)) {
        struct span key;
        struct span value = pair;
        if (!span_field(&value, '=', &key) || value.at == NULL) {
            continue;
        }
        enum field field = field_of(key);
        user = user || field == FIELD_USER;
        time = time || field == FIELD_TIME;
        rows = rows || field == FIELD_ROWS;
        table = table || span_equal_nocase(key, SPAN("table"));
    }
    *whose = rows || user;
    return rows || (time && (user || table));
}

struct text {
    char *at;
    size_t len;
};

static void add(struct text *to, struct span text)
{
    if (text.len > 0) {
        memcpy(to->at + to->len, text.at, text.len);
        to->len += text.len;
    }
}

/* Decoded; no longer than it was. `plus`: stands for a blank. */
static void add_decoded(struct text *to, struct span text, bool plus)
{
    char *at = to->at + to->len;
    struct span decoded = percent_decode(text, at, text.len);
    if (decoded.len > 0 && decoded.at != at) {
        memmove(at, decoded.at, decoded.len);
    }
    if (plus && !has(text, '%')) {
        for (size_t i = 0; i < decoded.len; i++) {
            at[i] = at[i] == '+' ? ' ' : at[i];
        }
    } else if (plus) { /* one that was escaped is one */
        size_t in = 0;
        for (size_t out = 0; out < decoded.len; out++) {
            bool escape = text.at[in] == '%' && text.len - in > 2 &&
                          percent_digit(text.at[in + 1]) >= 0 &&
                          percent_digit(text.at[in + 2]) >= 0;
            at[out] = !escape && text.at[in] == '+' ? ' ' : at[out];
            in += escape ? 3 : 1;
        }
    }
    to->len += decoded.len;
}

static void add_value(struct text *to, struct span value, bool escaped, bool plus)
{
    if (escaped) {
        add_decoded(to, value, plus);
    } else {
        add(to, value);
    }
}

/* A NUL would be taken for the end of a value, and what is behind it for another. */
static bool holds_nul(struct span text)
{
    for (size_t i = 0; i + 2 < text.len; i++) {
        if (text.at[i] == '%' && text.at[i + 1] == '0' && text.at[i + 2] == '0') {
            return true;
        }
    }
    return false;
}

/*
 * Sorts the fields: what is the request's goes behind its query, rows and columns into the body:
 * the columns of one row between tabs. `all`: what is not known goes there as well. False: what
 * stands between two ampersands is no field.
 */
static bool sort_fields(struct span form, bool in_query, bool all, struct text *query,
                        struct text *body)
{
    /* Text that holds tabs and line ends as they are was never escaped; nor, with blanks, its
     * blanks. */
    bool escaped = !has(form, '\t') && !has(form, '\n');
    bool plus = escaped && !has(form, ' ');
    bool row = false;
    struct span pair;
    while (span_field(&form, '&', &pair)) {
        struct span key;
        struct span value = pair;
        bool keyed = span_field(&value, '=', &key) && value.at != NULL;
        enum field field = keyed ? field_of(key) : FIELD_UNKNOWN;
        bool odd = keyed ? field != FIELD_ROWS && has(value, '=') : span_trim(pair).len > 0;
        if (odd && !in_query) {
            return false;
        }
        if (field == FIELD_REQUEST && !in_query) {
            add(query, SPAN("&"));
            add(query, pair);
        } else if (field == FIELD_ROWS) {
            add(body, body->len > 0 ? SPAN("\n") : SPAN(""));
            add_value(body, value, escaped, plus);
            row = false;
        } else if (field != FIELD_REQUEST && keyed && (all || field != FIELD_UNKNOWN)) {
            add(body, row ? SPAN("\t") : body->len > 0 ? SPAN("\n") : SPAN(""));
            add(body, key);
            add(body, SPAN("="));
            add_value(body, value, escaped, plus);
            row = true;
        }
    }
    return true;
}

static void open_form(struct envelope *envelope, struct iclock_request *opened, struct span form,
                      bool in_query, bool all)
{
    if (holds_nul(form)) {
        opened->sealed = bad_form;
        return;
    }
    /* A separator for each field, and one more. */
    envelope->query = malloc(opened->query.len + form.len + 2);
    envelope->body = malloc(form.len + 2);
    if (envelope->query == NULL || envelope->body == NULL) {
        opened->sealed = no_memory;
        return;
    }
    struct text query = {envelope->query, 0};
    struct text body = {envelope->body, 0};
    add(&query, opened->query);
    if (!sort_fields(form, in_query, all, &query, &body)) {
        opened->sealed = bad_form;
        return;
    }
    opened->query = (struct span){query.at, query.len};
    opened->body = (struct span){body.at, body.len};
    opened->method = ICLOCK_POST; /* whatever it was: it brings rows */
}

/* ---- packing ---- */

static bool is_declared(struct span encoding, const char *name)
{
    return span_equal_nocase(encoding, span_of(name));
}

/*
 * Known by its first bytes, gzip's or zlib's, or because it says so; of deflate, which has no head
 * in some clients and zlib's in others, both are tried.
 */
static void open_packed(struct envelope *envelope, struct iclock_request *opened, size_t max)
{
    size_t len = 0;
    struct span encoding = span_trim(opened->content_encoding);
    bool packed = unpack_is_packed(opened->body);
    bool declared = encoding.len > 0 && !is_declared(encoding, "identity");
    if (opened->body.len == 0 || (!packed && !declared)) {
        return;
    }
    if ((packed && unpack(opened->body, false, max, &envelope->unpacked, &len)) ||
        (is_declared(encoding, "deflate") &&
         unpack(opened->body, true, max, &envelope->unpacked, &len))) {
        opened->body = (struct span){envelope->unpacked, len};
        opened->sealed = unpack_is_packed(opened->body) ? cannot_unpack : NULL;
        return;
    }
    /* Declared, and yet plain text, as some senders have it. */
    bool text = !packed && utf8_valid(opened->body) && !has(opened->body, '\0');
    opened->sealed = text ? NULL : cannot_unpack;
}

void envelope_open(struct envelope *envelope, const struct iclock_request *request, size_t max,
                   struct iclock_request *opened)
{
    envelope_empty(envelope);
    *opened = *request;
    open_packed(envelope, opened, max);
    if (opened->sealed != NULL) {
        return;
    }
    bool whose = false;
    struct span body = utf8_without_bom(opened->body);
    if (request->method == ICLOCK_POST && is_form(body)) {
        open_form(envelope, opened, body, false, true);
    } else if (span_trim(body).len == 0 && is_row(opened->query, &whose)) {
        open_form(envelope, opened, opened->query, true, !whose);
    }
}

void envelope_empty(struct envelope *envelope)
{
    free(envelope->unpacked);
    free(envelope->query);
    free(envelope->body);
    *envelope = (struct envelope){NULL, NULL, NULL};
}
