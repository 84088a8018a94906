/*
 * logfile: the text logs that HIP Premium Time saves (and the exports of terminals: logline.h),
 * read piece by piece.
 *
 * The file is fed in chunks of any size, as they come from the disk; memory does not grow with the
 * file nor with a line. Lines come out through a callback, in order, each one either a punch, a
 * line that is to be passed over (header, separator, blank), or a line that nobody understands.
 * A file is read twice, since what can be read in two ways is settled by what the rest of it shows:
 *
 *     logfile_begin(&reader, sn, NULL, NULL);            first to learn; nothing is handed over
 *     … feed all of it …, logfile_end
 *     struct logline_facts facts = *logfile_facts(&reader);
 *     logfile_begin(&reader, sn, sink, context);
 *     logfile_set_facts(&reader, &facts);                then for its punches
 *     … feed all of it again …, logfile_end
 *
 * Nothing here allocates or blocks. One reader belongs to one thread.
 */
#ifndef HIPBRIDGE_LOGFILE_H
#define HIPBRIDGE_LOGFILE_H

#include "formats/encoding.h"
#include "base/error.h"
#include "formats/logline.h"
#include "record/punch.h"

/* Of a longer line the beginning is kept and the rest passed over; it can hold no punch. */
enum { LOGFILE_LINE_MAX = 4096 };

struct logfile_line {
    uint64_t number;    /* from 1 */
    const char *reason; /* NULL: *punch is a punch. Else static English text why it is none */
    /* device_sn as given to logfile_begin, with "-<machine>" where a table's row names one; raw is
       set for a bad line too */
    struct punch punch;
    bool passed; /* a head, a separator, a comment: handed over only after logfile_tell_passed */
};

/*
 * Called for each punch and each bad line (never for headers and blanks). False stops the reading;
 * err is then filled and handed on.
 */
typedef bool logfile_sink(void *context, const struct logfile_line *line, struct error *err);

struct logfile_reader {
    logfile_sink *sink;
    void *context;
    char device_sn[PUNCH_SN_MAX + 1];
    const struct log_columns *own;
    struct logline logline;
    enum encoding encoding;
    bool tell_passed;
    uint64_t line;           /* the number of the line being collected */
    size_t held;             /* bytes of it in `text` */
    bool overlong;           /* more came than fits */
    bool after_cr;           /* the last character was a CR: an LF belongs to it */
    size_t lead_count;       /* bytes of `lead`: the file's first two, until its kind is known */
    size_t unit_count;       /* bytes of `unit` */
    uint16_t high_surrogate; /* waits for its low half; 0 = none */
    char lead[2];
    char unit[2]; /* half a UTF-16 code unit */
    char text[LOGFILE_LINE_MAX];
    char utf8[ENCODING_GROWTH * LOGFILE_LINE_MAX];
    char raw[PUNCH_RAW_MAX + 1];
};

/* Begins a file. The sink is called from logfile_feed and logfile_end only; NULL: to learn. */
void logfile_begin(struct logfile_reader *reader, const char *device_sn, logfile_sink *sink,
                   void *context);

/*
 * Says what encoding the file is in, right after logfile_begin; without it, it is told from the
 * bytes (ENCODING_AUTO). A byte order mark is believed before anything that was said here.
 */
void logfile_set_encoding(struct logfile_reader *reader, enum encoding encoding);

/* Hands over what is passed over too, right after logfile_begin. */
void logfile_tell_passed(struct logfile_reader *reader);

/* What the first reading has shown, right after logfile_begin (and logfile_set_columns). */
void logfile_set_facts(struct logfile_reader *reader, const struct logline_facts *facts);

/* Columns of one's own, which must outlive the reading, right after logfile_begin. NULL: none. */
void logfile_set_columns(struct logfile_reader *reader, const struct log_columns *own);

/* What has been shown so far, and in a second reading of which forms its punches were. */
const struct logline_facts *logfile_facts(const struct logfile_reader *reader);

/* The next bytes of the file, any number. False when the sink said so. */
bool logfile_feed(struct logfile_reader *reader, struct span bytes, struct error *err);

/* The end of the file: hands over a last line that has no line end. */
bool logfile_end(struct logfile_reader *reader, struct error *err);

#endif
