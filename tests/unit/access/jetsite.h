/*
 * jetsite: an attendance table with a column of each type and older rows, for the tests of the room
 * access.
 */
#ifndef HIPBRIDGE_JETSITE_H
#define HIPBRIDGE_JETSITE_H

#include "check.h"

#include "access/jetbuild.h"

static const struct build_column columns[] = {
    {"sn", JET_TEXT, 40},       {"CHECKTIME", JET_DATE, 8}, {"USERID", JET_LONG, 4},
    {"CHECKTYPE", JET_TEXT, 2}, {"Small", JET_BYTE, 1},     {"UserExtFmt", JET_INTEGER, 2},
    {"Flag", JET_BOOLEAN, 1},   {"Late", JET_LONG, 4},      {"WorkCode", JET_TEXT, 48},
};
enum { COLUMNS = HB_COUNT(columns), OLD = 7 /* columns of a row that is older than the others */ };

static inline struct build_value row_of(size_t column, int number, const char *text)
{
    const struct build_value values[COLUMNS] = {{number % 3 != 0, 0, 0, text},
                                                {true, 0, 45663.25 + number, NULL},
                                                {true, number, 0, NULL},
                                                {true, 0, 0, "i"},
                                                {true, 200, 0, NULL},
                                                {true, -7, 0, NULL},
                                                {true, 1, 0, NULL},
                                                {true, number * 2, 0, NULL},
                                                {true, 0, 0, "~Ab"}};
    return values[column];
}

static inline int add_row(struct build *build, struct build_table *table, int number,
                          const char *text, size_t known, uint32_t *page)
{
    struct build_value values[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        values[i] = row_of(i, number, text);
    }
    return build_row(build, table, values, known, page);
}

/* One made with the table in it, and its pages. Ends with build_end. */
struct site {
    struct build build;
    struct build_table made;
};

static inline void site_begin(struct site *site, bool wide_map)
{
    build_begin(&site->build, false);
    build_table(&site->build, &site->made, "CHECKINOUT", columns, COLUMNS, wide_map);
}

#endif
