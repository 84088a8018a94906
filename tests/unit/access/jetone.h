/*
 * jetone: a table of one row, for the tests of what rows say.
 */
#ifndef HIPBRIDGE_JETONE_H
#define HIPBRIDGE_JETONE_H

#include "check.h"

#include "access/jetbuild.h"
#include "access/jetpunch.h"

/* A row of more columns than its table ever had. */
static const struct span damaged = {"\xFF\xFF\x00\x00\x00\x00", 6};

/* 2025-01-06 in days since 1899-12-30, and as a wall clock */
#define MONDAY 45663.0
#define MONDAY_S INT64_C(1736121600)
#define CLOCK(hour, minute, second) (MONDAY + ((hour)*3600 + (minute)*60 + (second)) / 86400.0)

/* A table of the given columns with one row; its definition, and the row. */
struct made {
    struct build build;
    struct build_table table;
    struct jet_table read;
    struct jet_row row;
};

static struct made made;

static inline struct span make(const struct build_column *columns, size_t count,
                               const struct build_value *values)
{
    struct error err = ERROR_INIT;
    uint32_t page = 0;
    build_begin(&made.build, false);
    build_table(&made.build, &made.table, "T", columns, count, false);
    int index = build_row(&made.build, &made.table, values, count, &page);
    struct jet_pages pages = build_pages(&made.build);
    DO(jet_table_find(&pages, "t", &made.read, &err));
    memcpy(made.row.page, build_page(&made.build, page), JET_PAGE);
    DO(jet_row_read(&pages, &made.read, &made.row, index, NULL, &err));
    return made.row.bytes;
}

#define TEXT(value)                                                                                \
    {                                                                                              \
        true, 0, 0, value                                                                          \
    }
#define NUMBER(value)                                                                              \
    {                                                                                              \
        true, value, 0, NULL                                                                       \
    }
#define DATE(value)                                                                                \
    {                                                                                              \
        true, 0, value, NULL                                                                       \
    }
#define NONE                                                                                       \
    {                                                                                              \
        false, 0, 0, ""                                                                            \
    }

#define WHEN DATE(CLOCK(7, 58, 3))
enum { AT = 7 * 3600 + 58 * 60 + 3 };

#endif
