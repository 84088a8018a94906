/*
 * archive: where log files go once the database has them.
 *
 * Nothing there is ever overwritten: a name that is taken gets a number ("log-2.txt"). Within its
 * volume a file is renamed. To another one it is copied to "NAME.hipbridge-copying", flushed,
 * compared, renamed to "NAME.hipbridge-copied"; only then the original is deleted and the copy
 * gets its name. archive_mend finishes what a kill or a power cut left of that.
 *
 * All calls block for as long as the disk or the network share takes. Belongs to the sync thread.
 */
#ifndef HIPBRIDGE_ARCHIVE_H
#define HIPBRIDGE_ARCHIVE_H

#include "base/error.h"
#include "system/folder.h"

#define ARCHIVE_REJECTED_SUFFIX ".rejected.txt"

/* What is done to the disk; the calls of folder.h, but in a test that has them fail. */
struct archive_disk {
    bool (*move)(const char *from, const char *to, const struct folder_version *version,
                 bool *elsewhere, struct error *err);
    bool (*copy)(const char *from, const char *to, bool (*stopped)(void *context), void *context,
                 struct error *err);
    bool (*same)(const char *one, const char *other, bool *same, struct error *err);
    bool (*remove)(const char *path, const struct folder_version *version, struct error *err);
};

extern const struct archive_disk archive_disk;

struct archive {
    const char *folder;             /* made when it is needed */
    const char *logs;               /* the folder that files come from */
    bool (*stopped)(void *context); /* ends a long copy; nothing has been moved then */
    void *context;                  /* of `stopped` */
    const struct archive_disk *disk;
};

/* The first name that is free for this one, in out. Makes the folder if it is not there. */
bool archive_name(const struct archive *archive, const char *name, char out[LOG_NAME_MAX],
                  struct error *err);

/*
 * Moves a file there, under that name: this version of it, which the caller holds open, so that
 * nobody can write to it meanwhile. Fails with ERR_EXISTS when the name is taken by now, with
 * ERR_BUSY when another file has come in its place, with ERR_DENIED when the archive's folder is a
 * link, with ERR_STOPPED by `stopped`.
 */
bool archive_move(const struct archive *archive, const char *name, const char *as,
                  const struct folder_version *version, struct error *err);

/* To be called before files are read, when the logs' folder can be read. */
bool archive_mend(const struct archive *archive, struct error *err);

/* Whether the name is one that only this program gives: such a file is no log. */
bool archive_is_own(const char *name);

#endif
