/*
 * jetbuild: makes small Access databases in memory, page by page, for tests: columns of any order
 * and type, rows of any age, deleted and moved ones, definitions over several pages, both kinds of
 * map.
 */
#ifndef HIPBRIDGE_JETBUILD_H
#define HIPBRIDGE_JETBUILD_H

#include "access/jetrow.h"

struct build {
    uint8_t *bytes;
    uint32_t pages;
};

struct build_column {
    const char *name;
    uint8_t type;
    uint16_t length; /* of a text, in bytes */
};

struct build_value {
    bool set;
    int32_t number;
    double fraction;
    const char *text; /* UTF-8; "~" before it: stored uncompressed */
};

struct build_table {
    uint32_t page, map_page, last;
    const struct build_column *columns;
    size_t count;
    bool wide_map;
};

/* ace: an .accdb of Access 2010. */
void build_begin(struct build *build, bool ace);
void build_end(struct build *build);

void build_table(struct build *build, struct build_table *table, const char *name,
                 const struct build_column *columns, size_t count, bool wide_map);

/* An entry of the catalog alone: a table that lies elsewhere (4 by ODBC, 6 in another file). */
void build_link(struct build *build, const char *name, int type);

/* A row of the first `known` columns; *page and the result say where it came to lie. */
int build_row(struct build *build, struct build_table *table, const struct build_value *values,
              size_t known, uint32_t *page);

/* A page of the table, as if it were new, and a row in it; -1: no room. */
void build_empty(struct build *build, struct build_table *table, uint32_t page);
int build_row_in(struct build *build, struct build_table *table, uint32_t page,
                 const struct build_value *values, size_t known);

void build_delete(struct build *build, uint32_t page, int row);

/* The last row of its page moves to a page of its own; a pointer is left. */
void build_move(struct build *build, struct build_table *table, uint32_t page, int row);

uint8_t *build_page(struct build *build, uint32_t page);
struct jet_pages build_pages(struct build *build);
bool build_read(void *context, uint32_t number, uint8_t page[JET_PAGE], struct error *err);

#endif
