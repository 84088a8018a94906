/*
 * guard: what this process may do, and who may read its files. All of it lessens what an error in
 * this program, or somebody else on this PC, can do; none of it is needed for the work.
 */
#ifndef HIPBRIDGE_GUARD_H
#define HIPBRIDGE_GUARD_H

#include "base/error.h"

/*
 * First thing in main: DLLs from System32 alone, no dynamic code, no child process, no extension
 * point, the process ends when its heap is damaged. What this Windows does not know is left out.
 *
 * Strict handle checks are left out on purpose: they turn a handle that is used once too often, by
 * any library and however harmless, into the end of the process.
 */
void guard_process(void);

/* Once everything is open: gives up all privileges but the one that passes through folders. */
void guard_privileges(void);

/*
 * Lets SYSTEM and Administrators alone read and write this file, or this folder and what will be
 * made in it; what was granted before is gone. A file that is not there is fine.
 */
bool guard_file(const char *path, struct error *err);
bool guard_folder(const char *path, struct error *err);

#endif
