/*
 * jettable: what a table of an Access database is: its columns and where its pages are listed.
 *
 * Read afresh in each pass: a definition changes while another program has the file open.
 * No allocation, no I/O of its own (jet.h). Any thread may use its own structs.
 */
#ifndef HIPBRIDGE_JETTABLE_H
#define HIPBRIDGE_JETTABLE_H

#include "access/jet.h"

enum { JET_COLUMNS_MAX = 255, JET_NAME_MAX = 64 * 3 };

enum jet_type {
    JET_BOOLEAN = 1,
    JET_BYTE = 2,
    JET_INTEGER = 3,
    JET_LONG = 4,
    JET_SINGLE = 6,
    JET_DOUBLE = 7,
    JET_DATE = 8,
    JET_TEXT = 10,
};

struct jet_column {
    uint8_t type; /* an enum jet_type, or one that cannot be read */
    bool fixed;
    uint16_t number;   /* its bit in a row's null mask */
    uint16_t variable; /* its place among the variable columns */
    uint16_t offset;   /* of a fixed one, behind the row's first two bytes */
    uint16_t length;   /* bytes */
    char name[JET_NAME_MAX + 1];
};

struct jet_table {
    uint32_t page; /* of the definition */
    uint32_t rows; /* as the definition counts them: a hint, it can be wrong */
    uint16_t columns_ever;
    uint32_t map_page;
    uint8_t map_row;
    size_t count;
    struct jet_column columns[JET_COLUMNS_MAX];
    uint64_t digest; /* of all that decides how a row is read */
};

/* Reads the definition that begins at this page. ERR_BUSY: it is damaged, or being written. */
bool jet_table_read(const struct jet_pages *pages, uint32_t page, struct jet_table *table,
                    struct error *err);

/* The column of this name, without regard to the case of ASCII letters; NULL: none. */
const struct jet_column *jet_column(const struct jet_table *table, const char *name);

/* An entry of the catalog. */
struct jet_entry {
    uint32_t page; /* of the definition; 0: the table is a link to another file or server */
    char name[JET_NAME_MAX + 1];
};

/* Calls `each` for every table that a person made, until it returns false. ERR_BUSY: the catalog
 * is damaged. `catalog` is scratch room. */
bool jet_catalog(const struct jet_pages *pages, struct jet_table *catalog,
                 bool (*each)(void *context, const struct jet_entry *entry), void *context,
                 struct error *err);

/*
 * Finds a table by its name and reads its definition. ERR_NOT_FOUND: there is none, or ERR_INVALID:
 * its data lie in another file or server (a linked table).
 */
bool jet_table_find(const struct jet_pages *pages, const char *name, struct jet_table *table,
                    struct error *err);

#endif
