#include "access/jetrow.h"

static bool row_damaged(struct error *err)
{
    return error_set(err, ERR_BUSY, 0, "a row of the database is damaged");
}

/* Notes the page, or says that it is another than the one noted. */
static bool led_same(struct jet_led *led, uint32_t number, const uint8_t page[JET_PAGE])
{
    uint64_t digest = jet_digest(number, page, JET_PAGE);
    for (size_t i = 0; i < led->count; i++) {
        if (led->pages[i].page == number) {
            return led->pages[i].digest == digest;
        }
    }
    if (led->count == JET_LED_MAX) {
        return false;
    }
    led->pages[led->count].page = number;
    led->pages[led->count++].digest = digest;
    return true;
}

bool jet_row_read(const struct jet_pages *pages, const struct jet_table *table, struct jet_row *row,
                  int index, struct jet_led *led, struct error *err)
{
    enum { HOPS_MAX = 4, POINTER = 4 };
    unsigned flags = 0;
    struct span bytes = {NULL, 0};
    row->bytes = bytes;
    if (!jet_row_at(row->page, index, &flags, &bytes)) {
        return row_damaged(err);
    }
    if ((flags & JET_MOVED_IN) != 0) {
        return true;
    }
    for (int hops = 0; (flags & JET_MOVED_OUT) != 0; hops++) {
        if (hops == HOPS_MAX || bytes.len < POINTER) {
            return row_damaged(err);
        }
        const uint8_t *pointer = (const uint8_t *)bytes.at;
        int to = pointer[0];
        uint32_t number = jet_u24(pointer + 1);
        if (!jet_page(pages, number, JET_DATA, row->other, err)) {
            return false;
        }
        if (jet_u32(row->other + 4) != table->page ||
            (led != NULL && !led_same(led, number, row->other)) ||
            !jet_row_at(row->other, to, &flags, &bytes) ||
            (flags != JET_MOVED_IN && flags != JET_MOVED_OUT)) {
            return row_damaged(err);
        }
    }
    if (bytes.len < 3) {
        return row_damaged(err);
    }
    row->bytes = bytes;
    return true;
}

/* One character; false: no room. */
static bool put(char *out, size_t size, size_t *used, uint32_t character)
{
    char bytes[4];
    size_t len = utf8_put(character, bytes);
    if (*used + len >= size) {
        return false;
    }
    memcpy(out + *used, bytes, len);
    *used += len;
    return true;
}

/* A character of two or four bytes at *at; 0: a NUL or none. */
static uint32_t unit(const uint8_t *bytes, size_t len, size_t *at, bool *broken)
{
    uint32_t high = jet_u16(bytes + *at);
    *at += 2;
    if (high < 0xD800 || high > 0xDFFF) {
        return high;
    }
    if (high < 0xDC00 && *at + 2 <= len) {
        uint32_t low = jet_u16(bytes + *at);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *at += 2;
            return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    *broken = true;
    return 0xFFFD;
}

bool jet_utf16(const uint8_t *bytes, size_t len, char *out, size_t size, bool *broken)
{
    size_t used = 0;
    if (len % 2 != 0) {
        return false;
    }
    for (size_t at = 0; at < len;) {
        uint32_t character = unit(bytes, len, &at, broken);
        if (character == 0 || !put(out, size, &used, character)) {
            return false;
        }
    }
    out[used] = '\0';
    return true;
}

/* Latin-1, and between two NULs UTF-16. */
static bool unsqueeze(const uint8_t *bytes, size_t len, char *out, size_t size, bool *broken)
{
    size_t used = 0;
    bool wide = false;
    for (size_t at = 0; at < len;) {
        uint32_t character = bytes[at];
        if (character == 0) {
            wide = !wide;
            at++;
            continue;
        }
        if (!wide) {
            at++;
        } else if (at + 2 > len) {
            return false;
        } else {
            character = unit(bytes, len, &at, broken);
        }
        if (character == 0 || !put(out, size, &used, character)) {
            return false;
        }
    }
    out[used] = '\0';
    return true;
}

static bool text_read(struct span bytes, struct jet_value *value)
{
    const uint8_t *at = (const uint8_t *)bytes.at;
    bool squeezed = bytes.len >= 2 && at[0] == 0xFF && at[1] == 0xFE;
    value->kind = JET_TEXTUAL;
    if (squeezed
            ? !unsqueeze(at + 2, bytes.len - 2, value->room, sizeof value->room, &value->broken)
            : !jet_utf16(at, bytes.len, value->room, sizeof value->room, &value->broken)) {
        return false;
    }
    value->text = span_of(value->room);
    return true;
}

/* The bytes of a variable column, from the table of starts at the row's end (without the mask). */
static bool variable_at(struct span row, size_t mask, const struct jet_column *column,
                        struct span *bytes)
{
    const uint8_t *at = (const uint8_t *)row.at;
    if (row.len < 2 + mask + 4) {
        return false;
    }
    size_t tail = row.len - mask - 2;
    size_t count = jet_u16(at + tail);
    if (count > JET_COLUMNS_MAX || tail < 2 + 2 * (count + 1)) {
        return false;
    }
    if (column->variable >= count) {
        *bytes = (struct span){row.at, 0};
        return true;
    }
    size_t data_end = tail - 2 * (count + 1);
    size_t from = jet_u16(at + tail - 2 * ((size_t)column->variable + 1));
    size_t to = jet_u16(at + tail - 2 * ((size_t)column->variable + 2));
    if (from < 2 || from > to || to > data_end) {
        return false;
    }
    *bytes = (struct span){row.at + from, to - from};
    return true;
}

static size_t width(uint8_t type)
{
    switch (type) {
    case JET_BYTE:
        return 1;
    case JET_INTEGER:
        return 2;
    case JET_LONG:
    case JET_SINGLE:
        return 4;
    case JET_DOUBLE:
    case JET_DATE:
        return 8;
    default:
        return 0;
    }
}

static void number_read(uint8_t type, const uint8_t *at, struct jet_value *value)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;
    float single = 0;
    value->kind = JET_NUMBER;
    switch (type) {
    case JET_BYTE:
        value->number = at[0];
        break;
    case JET_INTEGER:
        value->number = (int16_t)jet_u16(at);
        break;
    case JET_LONG:
        value->number = (int32_t)jet_u32(at);
        break;
    case JET_SINGLE:
        narrow = jet_u32(at);
        memcpy(&single, &narrow, sizeof single);
        value->kind = JET_FRACTION;
        value->fraction = (double)single;
        break;
    default:
        wide = jet_u32(at) | (uint64_t)jet_u32(at + 4) << 32;
        memcpy(&value->fraction, &wide, sizeof value->fraction);
        value->kind = JET_FRACTION;
    }
}

bool jet_value(const struct jet_table *table, struct span row, const struct jet_column *column,
               struct jet_value *value)
{
    /* Not all of `room`: that would cost more than the rest. */
    value->kind = JET_NULL;
    value->number = 0;
    value->fraction = 0;
    value->text = (struct span){NULL, 0};
    value->broken = false;
    value->room[0] = '\0';
    if (row.len < 3) {
        return false;
    }
    const uint8_t *at = (const uint8_t *)row.at;
    size_t columns = jet_u16(at);
    size_t mask = (columns + 7) / 8;
    if (columns == 0 || columns > table->columns_ever || row.len < 2 + mask) {
        return false;
    }
    bool set = column->number < columns &&
               (at[row.len - mask + column->number / 8] >> column->number % 8 & 1) != 0;
    if (column->type == JET_BOOLEAN) {
        value->kind = JET_NUMBER;
        value->number = set;
        return true;
    }
    if (!set) {
        return true;
    }
    struct span bytes = {row.at, 0};
    size_t need = width(column->type);
    if (column->fixed) {
        size_t from = 2 + (size_t)column->offset;
        size_t len = need > 0 ? need : column->length;
        if (from > row.len - mask || len > row.len - mask - from) {
            return false;
        }
        bytes = (struct span){row.at + from, len};
    } else if (!variable_at(row, mask, column, &bytes)) {
        return false;
    }
    if (column->type == JET_TEXT) {
        return text_read(bytes, value);
    }
    if (need > 0) {
        if (bytes.len != need) {
            return false;
        }
        number_read(column->type, (const uint8_t *)bytes.at, value);
    }
    return true;
}
