/*
 * jetrow: a row of a table of an Access database, and its values.
 *
 * A row may have been moved to another page (a pointer of four bytes is left), may be older than
 * columns of its table (they are null), and has its texts compressed or not.
 * No allocation, no I/O of its own (jet.h). Any thread may use its own structs.
 */
#ifndef HIPBRIDGE_JETROW_H
#define HIPBRIDGE_JETROW_H

#include "access/jettable.h"

enum { JET_TEXT_MAX = 255 * 3, JET_LED_MAX = 512 };

/*
 * Which pages a page's pointers lead to, and how each was when it was first looked at: one that is
 * another afterwards is not read.
 */
struct jet_led {
    size_t count;
    struct {
        uint32_t page;
        uint64_t digest;
    } pages[JET_LED_MAX];
};

struct jet_row {
    uint8_t page[JET_PAGE];  /* the caller's: the page that is read */
    uint8_t other[JET_PAGE]; /* where a moved row lies */
    struct span bytes;       /* into one of the two */
};

/*
 * Row `index` of row->page. bytes.len = 0: none is to be read here (deleted, or moved in from
 * elsewhere and read where it belongs). led may be NULL. ERR_BUSY: it is damaged.
 */
bool jet_row_read(const struct jet_pages *pages, const struct jet_table *table, struct jet_row *row,
                  int index, struct jet_led *led, struct error *err);

enum jet_value_kind { JET_NULL, JET_NUMBER, JET_FRACTION, JET_TEXTUAL };

struct jet_value {
    enum jet_value_kind kind;
    int32_t number;   /* Boolean (0, 1), Byte, Integer, Long */
    double fraction;  /* Single, Double, Date */
    struct span text; /* UTF-8, into `room` */
    bool broken;      /* of a text: it held what is no character, U+FFFD now */
    char room[JET_TEXT_MAX + 1];
};

/*
 * The row's value of the column. False: the row is damaged. A column younger than the row is null
 * (a Boolean false); so is one of a type that cannot be read.
 */
bool jet_value(const struct jet_table *table, struct span row, const struct jet_column *column,
               struct jet_value *value);

/*
 * UTF-16LE of len bytes into out[size] as UTF-8 with a terminator. False: len is odd, there is a
 * NUL, or no room. *broken: there was half a surrogate pair.
 */
bool jet_utf16(const uint8_t *bytes, size_t len, char *out, size_t size, bool *broken);

#endif
