/*
 * rejects: the file beside the archive that says which lines of a log were set aside, and why.
 *
 * It is written anew each time the log is read, under a name of its own, and takes its place only
 * when it is whole and on the disk. It is called as the log will be called in the archive, so that
 * a later log of the same name doesn't take the place of an earlier one's.
 */
#ifndef HIPBRIDGE_REJECTS_H
#define HIPBRIDGE_REJECTS_H

#include "formats/logfile.h"
#include "logs/archive.h"

enum { REJECTS_LINES_MAX = 100000 }; /* of one file; the rest is counted */

struct rejects {
    const struct archive *archive;
    struct folder_hold *hold;
    struct folder_file *file; /* NULL: no line so far */
    uint64_t count;
    char path[FILE_PATH_MAX]; /* "" : no line so far */
    char writing[FILE_PATH_MAX];
    char text[PUNCH_RAW_MAX + 256];
};

/* No line yet; nothing is on the disk. */
void rejects_begin(struct rejects *rejects, const struct archive *archive);

/* A line of this log, read at `now` (for the file's first line). */
bool rejects_line(struct rejects *rejects, const char *log, walltime now,
                  const struct logfile_line *line, struct error *err);

/* All lines have come: what was written is on the disk, at rejects->path. */
bool rejects_finish(struct rejects *rejects, struct error *err);

/* Gives up what is not finished. */
void rejects_drop(struct rejects *rejects);

/* This log, read again, has no such line any more. */
bool rejects_forget(const struct archive *archive, const char *log, struct error *err);

#endif
