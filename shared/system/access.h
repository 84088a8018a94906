/*
 * access: who may read this program's files: SYSTEM and Administrators, and nobody else. Windows
 * only.
 *
 * config.json and the outbox hold a password and who came when; ProgramData lets every user make
 * folders and read them. The Administrators become the owner where the caller may do that.
 */
#ifndef HIPBRIDGE_ACCESS_H
#define HIPBRIDGE_ACCESS_H

#include "base/error.h"

/*
 * Lets SYSTEM and Administrators alone read and write this file, or this folder and what will be
 * made in it; what was granted before is gone. A file that is not there is fine.
 */
bool access_restrict_file(const char *path, struct error *err);
bool access_restrict_folder(const char *path, struct error *err);

#endif
