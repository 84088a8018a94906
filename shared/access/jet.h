/*
 * jet: the pages of an Access database (Jet 4 and ACE), given one by one.
 *
 * The vendor's program keeps its punches in such a file. Here its bytes become pages that were
 * checked: what kind of file it is, where the rows of a page lie, which pages are a table's.
 * Nothing here opens a file: whoever calls hands over pages by number. All offsets are checked;
 * what a page says is never believed to be within it.
 *
 * No allocation. Any thread may use its own structs.
 * Sources: mdbtools' HACKING.md and Jackcess, which agree on what is read here.
 */
#ifndef HIPBRIDGE_JET_H
#define HIPBRIDGE_JET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum {
    JET_PAGE = 4096,        /* bytes */
    JET_ROWS_MAX = 256,     /* of a page: a pointer names a row by one byte */
    JET_PAGES_MAX = 524288, /* 2 GiB, the most that Access itself writes */
    JET_CATALOG = 2,        /* page of the definition of MSysObjects */
};

/* Kinds of pages, their first byte. */
enum jet_kind { JET_DATA = 1, JET_DEFINITION = 2, JET_USAGE = 5 };

/* How a row lies in its page: bits of its offset. */
enum { JET_MOVED_IN = 0x8000, JET_MOVED_OUT = 0x4000, JET_DELETED = 0xC000 };

/*
 * Where pages come from. `read` fills JET_PAGE bytes with page `number` (< count); it fails with
 * err set. One call at a time.
 */
struct jet_pages {
    void *context;
    uint32_t count; /* whole pages of the file */
    bool (*read)(void *context, uint32_t number, uint8_t page[JET_PAGE], struct error *err);
};

/* Reads a page that has to be of this kind. ERR_BUSY: it is not there, or of another kind (another
 * program may be in the middle of writing). */
bool jet_page(const struct jet_pages *pages, uint32_t number, enum jet_kind kind,
              uint8_t page[JET_PAGE], struct error *err);

uint16_t jet_u16(const uint8_t *at);
uint32_t jet_u24(const uint8_t *at);
uint32_t jet_u32(const uint8_t *at);

/* What the first page says. */
struct jet_head {
    bool ace;    /* .accdb */
    int version; /* 1 Jet 4, 2 Access 2007, 3 2010, 4 2013, 5 2016, 6 2019 */
};

/*
 * Whether the file can be read, by its first bytes and its size. ERR_INVALID with a sentence that
 * says what it is: no Access file, Access 97 (Jet 3), encoded, with a password for its contents,
 * a version that is not known, larger than 2 GB, empty. ERR_BUSY: shorter than its first page.
 */
bool jet_head(const uint8_t *bytes, size_t len, uint64_t file_bytes, struct jet_head *head,
              struct error *err);

/* The number of rows of a data page, with those that are deleted; -1: more than it can hold. */
int jet_row_count(const uint8_t page[JET_PAGE]);

/*
 * Row `row` of the page: its flags (0, or JET_…) and its bytes. False: it is outside of the page.
 * `bytes` points into the page.
 */
bool jet_row_at(const uint8_t page[JET_PAGE], int row, unsigned *flags, struct span *bytes);

/*
 * A 64-bit digest of `len` bytes (a multiple of 8) after `before`. Two that differ in one place
 * never have the same. Never 0.
 */
uint64_t jet_digest(uint64_t before, const uint8_t *bytes, size_t len);

/* The pages of a table, from its usage map, in rising order. */
struct jet_map {
    const struct jet_pages *pages;
    uint8_t row[JET_PAGE]; /* the map's own row */
    size_t row_len;
    uint8_t bits[JET_PAGE]; /* the page of bits that the walk is in */
    size_t entry;           /* of a map of pages: the next of its entries */
    uint32_t first;         /* page of the first bit */
    size_t bit, bit_end;
    const uint8_t *bit_at;
};

/* Begins at the map that lies in this row of this page. ERR_BUSY: there is none. */
bool jet_map_begin(struct jet_map *map, const struct jet_pages *pages, uint32_t page, int row,
                   struct error *err);

/* The next page; *number = 0 at the end. ERR_BUSY: the map is damaged. */
bool jet_map_next(struct jet_map *map, uint32_t *number, struct error *err);

#endif
