/*
 * whereabouts: why log files are not where they should be, as far as Windows makes it so: a share
 * that the service's account may not read, and VirtualStore.
 *
 * A program that is run without elevation and has no manifest of its own (Premium Time) may not
 * write to Program Files. Windows lets it believe that it does, and puts the files into
 * AppData\Local\VirtualStore of who ran it; only that user's programs see them in their place.
 * (Microsoft's documentation of User Account Control: file and registry virtualization. It is done
 * for Program Files, ProgramData and Windows, on the system's drive.)
 *
 * Blocks on the disk. Any thread.
 */
#ifndef HIPBRIDGE_WHEREABOUTS_H
#define HIPBRIDGE_WHEREABOUTS_H

#include <stddef.h>

#include "base/error.h"

/* Files that were last written longer ago are of a time that is over. */
enum { WHEREABOUTS_DAYS = 14 };

/*
 * The folder in which files of this pattern lie in place of `folder`, somebody's VirtualStore, that
 * were written within WHEREABOUTS_DAYS; of several the one written to last. False: none. One
 * implementation for Windows (whereabouts_win.c); on the host there is none (whereabouts_host.c).
 */
bool whereabouts_virtual(const char *folder, const char *pattern, char *out, size_t size);

/* "\\server\share": of another computer. */
bool whereabouts_is_share(const char *path);

/* Puts what is to be done about it behind the words of why the folder cannot be read, if it is one
 * of these two. */
void whereabouts_advise(const char *folder, const char *pattern, struct error *err);

/*
 * The same of one file, the vendor's database: err, which may be empty, gets what is to be done
 * behind it. True: something is: the share says no (by err->code), or a copy of the file lies in
 * somebody's VirtualStore and was written to since WHEREABOUTS_DAYS, so that this one is not what
 * the vendor's program works with.
 */
bool whereabouts_advise_file(const char *path, struct error *err);

/* What is said where nothing lies in the folder and files in VirtualStore: fills err, returns
 * false. */
bool whereabouts_set(const char *elsewhere, struct error *err);

#endif
