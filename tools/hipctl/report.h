/*
 * report: the texts of a report, and what of a capture goes into one.
 */
#ifndef HIPCTL_REPORT_H
#define HIPCTL_REPORT_H

#include "base/error.h"
#include "base/portability.h"
#include "base/text.h"

enum { REPORT_TEXT_MAX = 1 << 20 };

/* A text that grows up to REPORT_TEXT_MAX; what comes after that is left out. */
struct writing {
    char *text;
    size_t len;
};

HB_PRINTF(2, 3)
void report_put(struct writing *writing, const char *format, ...);

/* The form of a line and nothing of what it says: letters are x, digits 0. */
void report_put_masked(struct writing *writing, struct span text);

/*
 * What was said over each connection of a capture (hipctl sniff, hipctl pull): of HTTP the path and
 * the names of its headers and of what stands in the query, their values masked; of bytes how many
 * there are, and where zeros stand among the first. Bodies are left out but for their size.
 */
bool report_capture(struct writing *writing, const char *path, struct error *err);

/* The same of records beside the outbox that were kept since they were not understood (event 503).
 */
bool report_kept(struct writing *writing, const char *outbox_path, struct error *err);

#endif
