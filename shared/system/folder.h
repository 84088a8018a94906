/*
 * folder: the files of a folder that somebody else writes to, with the system's own rules of
 * sharing and renaming. Paths are absolute UTF-8 of any length.
 *
 * The folder belongs to users who may do less than this program: what they lay there never leads it
 * elsewhere. Links are not followed (a name surrogate: symbolic link, junction, mount point), and a
 * file with more than one name is left alone, since one of them may lie where its owner could not
 * write. Other reparse points (deduplication, OneDrive) are files like any.
 *
 * All calls block for as long as the disk or the network share takes. What is opened belongs to one
 * thread at a time.
 */
#ifndef HIPBRIDGE_FOLDER_H
#define HIPBRIDGE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "record/log.h"
#include "system/file.h"

/*
 * Whether a name fits a pattern: `*` any characters, `?` one, letters of ASCII without their case;
 * several patterns stand between ';'. "*.*" fits names without a dot too, as it does everywhere in
 * Windows.
 */
bool folder_fits(const char *pattern, const char *name);

/*
 * The plain files of a folder. NULL when the folder is missing or cannot be read; a folder without
 * files is fine.
 */
struct folder_list;
struct folder_list *folder_list_open(const char *folder, struct error *err);
/* The next name. False at the end, or with err set when the folder can be read no further. */
bool folder_list_next(struct folder_list *list, char name[LOG_NAME_MAX], struct error *err);
void folder_list_close(struct folder_list *list); /* NULL is fine */

/* What tells one version of a file from another. */
struct folder_version {
    int64_t size;
    int64_t changed; /* last change, in 100 ns since 1601 (UTC) */
    uint64_t volume; /* and */
    uint64_t number; /* the file's number there; 0: the file system gives none */
};

bool folder_same_version(const struct folder_version *one, const struct folder_version *other);

/* Unix seconds of a version's last change. */
int64_t folder_changed_s(const struct folder_version *version);

/*
 * Opens a file for reading so that nobody can write to it meanwhile, though it may be moved. (On
 * the host, where the system keeps nobody out, whoever writes holds an exclusive flock.) NULL with
 * ERR_BUSY when somebody holds it open for writing, with ERR_DENIED for a link or a file with
 * several names.
 */
struct folder_file;
struct folder_file *folder_open(const char *path, struct folder_version *version,
                                struct error *err);
/*
 * The same of a file that another program has open and writes to, without being in its way: every
 * kind of sharing is granted and nothing is locked. What is read may be half of before and half of
 * after. As long as it is open, nobody can open it for himself alone: close it soon. ERR_BUSY:
 * somebody has it for himself alone.
 */
struct folder_file *folder_open_shared(const char *path, struct folder_version *version,
                                       struct error *err);
/* Bytes from `offset` on, at most `size`; *got may be less at the end, and 0 past it. */
bool folder_read_at(struct folder_file *file, uint64_t offset, char *bytes, size_t size,
                    size_t *got, struct error *err);
/* The next bytes, at most `size`; *got 0 at the end. */
bool folder_read(struct folder_file *file, char *bytes, size_t size, size_t *got,
                 struct error *err);
/* From its beginning again. */
bool folder_rewind(struct folder_file *file, struct error *err);

/* A new file to write, in the place of whatever has this name: a link there is removed, not
 * followed. */
struct folder_file *folder_create(const char *path, struct error *err);
bool folder_write(struct folder_file *file, struct span bytes, struct error *err);
/* Everything written is on the disk. */
bool folder_flush(struct folder_file *file, struct error *err);

void folder_close(struct folder_file *file); /* NULL is fine */

/*
 * Gives a file another name on its volume. Never overwrites: ERR_EXISTS when the name is taken; to
 * another volume it fails with *elsewhere set. With a version, exactly that file is moved: another
 * one that has come to its name in the meantime stays (ERR_BUSY).
 */
bool folder_move(const char *from, const char *to, const struct folder_version *version,
                 bool *elsewhere, struct error *err);

/* The same onto a name that may be taken: what has it is replaced. Within a volume. */
bool folder_replace(const char *from, const char *to, struct error *err);

/*
 * Copies a file with its time of last change into the place of whatever is there, flushed to the
 * disk. `stopped`, asked for each piece, ends it with ERR_STOPPED; what is half written stays.
 */
bool folder_copy(const char *from, const char *to, bool (*stopped)(void *context), void *context,
                 struct error *err);

/* Whether two files hold the same bytes. */
bool folder_same(const char *one, const char *other, bool *same, struct error *err);

/* Deletes a file, a read-only one too; with a version, only that one (else ERR_BUSY). One that is
 * not there is fine. */
bool folder_delete(const char *path, const struct folder_version *version, struct error *err);

/*
 * Holds a folder, so that nobody can put another or a link in its place until folder_release. NULL
 * with ERR_DENIED when it is a link, or lies below one within `within` (the folder that users write
 * to; those above it are an administrator's).
 */
struct folder_hold;
struct folder_hold *folder_hold(const char *path, const char *within, struct error *err);
void folder_release(struct folder_hold *hold); /* NULL is fine */

#endif
