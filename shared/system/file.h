/*
 * file: the few things this program does with whole files, the same on Windows and on the host.
 *
 * Paths are UTF-8; on Windows any length (the `\\?\` form is made inside) and both separators.
 * All calls block for as long as the disk takes. Any thread.
 */
#ifndef HIPBRIDGE_FILE_H
#define HIPBRIDGE_FILE_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum { FILE_PATH_MAX = 1024 }; /* bytes of UTF-8 with the terminator */

/*
 * Reads a whole file of at most max bytes into memory that the caller frees with free(); a
 * terminator follows the bytes. Fails with ERR_NOT_FOUND, ERR_DENIED, ERR_BUSY, ERR_TOO_LARGE,
 * ERR_MEMORY or ERR_SYSTEM.
 */
bool file_read(const char *path, size_t max, char **bytes, size_t *len, struct error *err);

/*
 * Replaces the file by these bytes: written beside it, flushed to the disk, renamed over it, so
 * that a power cut leaves the old or the new one. Permissions of an existing file are kept.
 */
bool file_replace(const char *path, struct span bytes, struct error *err);

/*
 * Where file_replace was cut short between the old name's going and the new one's coming (on
 * Windows: replacing.h), the new bytes lie beside, and nothing has the name: they get it. *taken
 * says whether it was so.
 */
bool file_recover(const char *path, bool *taken, struct error *err);

/* Copies a file; fails with ERR_EXISTS when `to` is there. Flushed to the disk. */
bool file_copy_new(const char *from, const char *to, struct error *err);

bool file_exists(const char *path);

/* Gives a file another name on the same disk; never overwrites. On the disk when it returns. */
bool file_move(const char *from, const char *to, struct error *err);

bool file_remove(const char *path, struct error *err);

/* Makes a folder and those above it; one that is there is fine. */
bool file_make_folder(const char *path, struct error *err);

/* The folder of this path, without a trailing separator: "C:\a\b" → "C:\a". False: does not fit. */
bool file_folder(const char *path, char *out, size_t size);

/* What follows the last separator of the path. */
const char *file_name(const char *path);

/*
 * `path` if it is absolute, else folder and path joined. False: does not fit.
 */
bool file_resolve(const char *folder, const char *path, char *out, size_t size);

/*
 * HipBridge in the system's folder for programs' data (not by the environment, which a service may
 * have otherwise) on Windows; on the host $HIPBRIDGE_DATA or ./hipbridge-data.
 */
bool file_data_folder(char *out, size_t size, struct error *err);

/* The folder this executable lies in. */
bool file_program_folder(char *out, size_t size, struct error *err);

#endif
