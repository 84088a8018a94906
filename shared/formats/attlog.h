/*
 * attlog: the columns of an attendance line (`POST /iclock/cdata?…&table=ATTLOG`).
 *
 * A line is `PIN TAB time TAB status TAB verify TAB workcode …` of two to sixteen columns; see
 * ../docs/protocol.md for every shape met. What the columns mean is row.h's to say.
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_ATTLOG_H
#define HIPBRIDGE_ATTLOG_H

#include "formats/columns.h"

/* Of a line whose end is trimmed; a tab at its beginning says that the first column is missing. */
void attlog_columns(struct span line, struct columns *columns);

/* The line behind a leading word ATTLOG, which one write-up of the protocol shows; false: none. */
bool attlog_untagged(struct span line, struct span *rest);

/* The n-th column between tabs, from 1; empty where there is none. */
struct span attlog_column(struct span line, int n);

#endif
