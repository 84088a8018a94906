#include "access/jet.h"

uint16_t jet_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t jet_u24(const uint8_t *at)
{
    return jet_u16(at) | (uint32_t)at[2] << 16;
}

uint32_t jet_u32(const uint8_t *at)
{
    return jet_u24(at) | (uint32_t)at[3] << 24;
}

bool jet_page(const struct jet_pages *pages, uint32_t number, enum jet_kind kind,
              uint8_t page[JET_PAGE], struct error *err)
{
    if (number == 0 || number >= pages->count) {
        return error_set(err, ERR_BUSY, 0, "page %lu is not in the database file",
                         (unsigned long)number);
    }
    if (!pages->read(pages->context, number, page, err)) {
        return false;
    }
    if (page[0] != (uint8_t)kind || page[1] != 1) {
        return error_set(err, ERR_BUSY, 0,
                         "page %lu of the database file is of another kind than expected",
                         (unsigned long)number);
    }
    return true;
}

bool jet_head(const uint8_t *bytes, size_t len, uint64_t file_bytes, struct jet_head *head,
              struct error *err)
{
    enum { VERSION = 0x14, KEY = 0x3E, SECRET = 0x299, HEAD = 0x300 };
    static const uint8_t start[4] = {0, 1, 0, 0};
    static const uint8_t zeros[64];
    static const uint8_t no_key[4] = {0xFB, 0x8A, 0xBC, 0x4E};
    if (file_bytes == 0) {
        return error_set(err, ERR_INVALID, 0, "the file is empty");
    }
    if (len == 0) {
        return error_set(err, ERR_BUSY, 0, "the database file has become shorter");
    }
    if (memcmp(bytes, zeros, len < sizeof zeros ? len : sizeof zeros) == 0) {
        return error_set(err, ERR_INVALID, 0,
                         "the file begins with zeros: it was never written to its end, or its disk "
                         "has lost it");
    }
    if (len < VERSION + 1 || memcmp(bytes, start, sizeof start) != 0) {
        return error_set(err, ERR_INVALID, 0, "the file is no Access database");
    }
    bool jet = memcmp(bytes + 4, "Standard Jet DB", 16) == 0;
    head->ace = memcmp(bytes + 4, "Standard ACE DB", 16) == 0;
    head->version = bytes[VERSION];
    if (!jet && !head->ace) {
        return error_set(err, ERR_INVALID, 0, "the file is no Access database");
    }
    if (head->version == 0) {
        return error_set(err, ERR_INVALID, 0,
                         "the database is of Access 97 or older (Jet 3), which cannot be read; "
                         "convert it to Access 2000 or newer");
    }
    if (head->version > 6) {
        return error_set(err, ERR_INVALID, 0,
                         "the database is of an Access version that is not known (%d)",
                         head->version);
    }
    if (file_bytes > (uint64_t)JET_PAGES_MAX * JET_PAGE) {
        return error_set(err, ERR_INVALID, 0,
                         "the database file is larger than the 2 GB that Access can have");
    }
    if (len < HEAD || file_bytes < JET_PAGE) {
        return error_set(err, ERR_BUSY, 0, "the database file ends within its first page");
    }
    if (memcmp(bytes + KEY, no_key, sizeof no_key) != 0) {
        return error_set(err, ERR_INVALID, 0,
                         "the database is encoded, so that its pages cannot be read");
    }
    if (head->ace && jet_u16(bytes + SECRET) != 0) {
        return error_set(err, ERR_INVALID, 0,
                         "the database is encrypted with a password, so that its pages cannot be "
                         "read");
    }
    return true;
}

int jet_row_count(const uint8_t page[JET_PAGE])
{
    int rows = jet_u16(page + 0x0C);
    return rows <= JET_ROWS_MAX ? rows : -1;
}

bool jet_row_at(const uint8_t page[JET_PAGE], int row, unsigned *flags, struct span *bytes)
{
    enum { TABLE = 0x0E, PLACE = 0x1FFF };
    int rows = jet_row_count(page);
    if (row < 0 || row >= rows) {
        return false;
    }
    const uint8_t *entry = page + TABLE + 2 * row;
    size_t from = jet_u16(entry) & PLACE;
    size_t to = row == 0 ? JET_PAGE : jet_u16(entry - 2) & PLACE;
    if (from > to || to > JET_PAGE || from < TABLE + 2 * (size_t)rows) {
        return false;
    }
    *flags = jet_u16(entry) & JET_DELETED;
    *bytes = (struct span){(const char *)page + from, to - from};
    return true;
}

uint64_t jet_digest(uint64_t before, const uint8_t *bytes, size_t len)
{
    /* Each step is one to one in what came before and in its word. */
    uint64_t digest = before ^ UINT64_C(0x9E3779B97F4A7C15);
    for (size_t at = 0; at + 8 <= len; at += 8) {
        uint64_t word = jet_u32(bytes + at) | (uint64_t)jet_u32(bytes + at + 4) << 32;
        digest = (digest ^ word) * UINT64_C(0xD6E8FEB86659FD93);
        digest ^= digest >> 32;
    }
    return digest == 0 ? 1 : digest;
}

static bool map_damaged(struct error *err)
{
    return error_set(err, ERR_BUSY, 0, "the list of a table's pages is damaged");
}

bool jet_map_begin(struct jet_map *map, const struct jet_pages *pages, uint32_t page, int row,
                   struct error *err)
{
    unsigned flags = 0;
    struct span bytes = {NULL, 0};
    map->pages = pages;
    map->entry = 0;
    map->bit = map->bit_end = 0;
    if (!jet_page(pages, page, JET_DATA, map->bits, err)) {
        return false;
    }
    if (!jet_row_at(map->bits, row, &flags, &bytes) || flags != 0 || bytes.len < 5) {
        return map_damaged(err);
    }
    memcpy(map->row, bytes.at, bytes.len);
    map->row_len = bytes.len;
    if (map->row[0] == 0) {
        map->first = jet_u32(map->row + 1);
        map->bit_at = map->row + 5;
        map->bit_end = (map->row_len - 5) * 8;
        return true;
    }
    return map->row[0] == 1 || map_damaged(err);
}

bool jet_map_next(struct jet_map *map, uint32_t *number, struct error *err)
{
    enum { BITS = (JET_PAGE - 4) * 8 };
    for (;;) {
        while (map->bit < map->bit_end) {
            size_t bit = map->bit++;
            if (map->bit_at[bit / 8] == 0) {
                map->bit = (bit | 7) + 1;
            } else if ((map->bit_at[bit / 8] >> bit % 8 & 1) != 0) {
                uint64_t page = (uint64_t)map->first + bit;
                if (page == 0 || page >= map->pages->count) {
                    return map_damaged(err);
                }
                *number = (uint32_t)page;
                return true;
            }
        }
        size_t at = 1 + 4 * map->entry;
        if (map->row[0] == 0 || at + 4 > map->row_len) {
            *number = 0;
            return true;
        }
        uint32_t page = jet_u32(map->row + at);
        map->first = (uint32_t)(map->entry++ * BITS);
        if (page != 0) {
            if (!jet_page(map->pages, page, JET_USAGE, map->bits, err)) {
                return false;
            }
            map->bit_at = map->bits + 4;
            map->bit = 0;
            map->bit_end = BITS;
        }
    }
}
