/*
 * folder: what the sync thread does with the log folder's files, with Windows' own semantics of
 * sharing and renaming. Paths are absolute UTF-8 of any length.
 *
 * All calls block for as long as the disk or the network share takes.
 */
#ifndef HIPBRIDGE_FOLDER_H
#define HIPBRIDGE_FOLDER_H

#include <windows.h>

#include "base/error.h"
#include "system/file.h"
#include "outbox/outbox.h"

/* The plain files of a folder whose names fit a pattern (* and ?). */
enum { FOLDER_PATTERN_MAX = 256 };

struct folder_list {
    HANDLE find;
    WIN32_FIND_DATAW data;
    bool first;
    wchar_t pattern[FOLDER_PATTERN_MAX];
};

/* Fails when the folder is missing or cannot be read; a folder without files is fine. */
bool folder_list_open(struct folder_list *list, const char *folder, const char *pattern,
                      struct error *err);
/*
 * The next name; names that do not fit are passed over. False at the end, or with err set when
 * the folder can be read no further.
 */
bool folder_list_next(struct folder_list *list, char name[LOG_NAME_MAX], struct error *err);
void folder_list_close(struct folder_list *list);

/* What tells one version of a file from another. */
struct folder_version {
    int64_t size;
    int64_t modified_s; /* Unix */
};

/*
 * Opens a file for reading so that nobody can write to it meanwhile, though it may be moved.
 * Fails with ERR_BUSY when somebody holds it open for writing.
 */
bool folder_open(const char *path, HANDLE *file, struct folder_version *version, struct error *err);

/*
 * Moves a file within its volume. Never overwrites: ERR_EXISTS when the name is taken. To another
 * volume: a failure with the code ERROR_NOT_SAME_DEVICE.
 */
bool folder_move(const char *from, const char *to, struct error *err);

/*
 * Copies a file with its time of last change, over what is there, flushed to the disk. `stop` (an
 * event) ends it with ERR_STOPPED; what is half written stays.
 */
bool folder_copy(const char *from, const char *to, HANDLE stop, struct error *err);

/* Whether two files hold the same bytes. */
bool folder_same(const char *one, const char *other, bool *same, struct error *err);

/* Deletes a file, a read-only one too. One that is not there is fine. */
bool folder_delete(const char *path, struct error *err);

/* Opens a text file to write at its end, made if it is not there. */
bool folder_append(const char *path, HANDLE *file, struct error *err);

#endif
