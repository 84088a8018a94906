/*
 * column: the columns of the table that punches go to, in the order in which they are filled.
 *
 * A table of one's own calls them as it likes, or lacks some (config's `columns`); here are the
 * names that they have when nobody says otherwise.
 */
#ifndef HIPBRIDGE_COLUMN_H
#define HIPBRIDGE_COLUMN_H

enum table_column {
    COLUMN_SN,
    COLUMN_USER,
    COLUMN_TIME,
    COLUMN_STATUS,
    COLUMN_VERIFY,
    COLUMN_RAW,
    COLUMN_OPTIONAL, /* from here on only those that the table has */
    COLUMN_UTC = COLUMN_OPTIONAL,
    COLUMN_WORK,
    COLUMN_NAME,
    COLUMN_SOURCE,
    COLUMN_BRIDGE,
    COLUMN_SEQ,
    COLUMNS
};

extern const char *const column_names[COLUMNS];

/* The longest name that a server takes: characters, and bytes of them (those of four are none). */
enum { COLUMN_CHARACTERS = 64, COLUMN_BYTES = 3 * COLUMN_CHARACTERS };

#endif
