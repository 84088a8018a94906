/*
 * access: who may read this program's files: SYSTEM and Administrators, and nobody else. Windows
 * only, but for the lists themselves.
 *
 * config.json and the outbox hold a password and who came when; ProgramData lets every user make
 * folders and read them. The Administrators become the owner where the caller may do that. Nothing
 * else sets such lists: the MSI's tables hold none (../docs/attack-surface.md has them all, and
 * tests/project holds the three together).
 */
#ifndef HIPBRIDGE_ACCESS_H
#define HIPBRIDGE_ACCESS_H

#include "base/error.h"

/* As security descriptors in SDDL: of a file; of a folder, and of what will be made in it. */
#define ACCESS_FILE_SDDL "O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)"
#define ACCESS_FOLDER_SDDL "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
/* Of what somebody had written for himself (a capture): him as well. */
#define ACCESS_OWN_SDDL "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)"

/*
 * Lets SYSTEM and Administrators alone read and write this file, or this folder and what will be
 * made in it; what was granted before is gone. A file that is not there is fine. A folder that is a
 * link is refused (ERR_DENIED): it would be another's.
 */
bool access_restrict_file(const char *path, struct error *err);
bool access_restrict_folder(const char *path, struct error *err);

/* The same for a file that its owner keeps and may read. */
bool access_restrict_own(const char *path, struct error *err);

/*
 * Whether a file belongs to an administrator: to the Administrators, to SYSTEM, or to who runs this
 * program; so that it was not laid here by somebody who may not set this PC up.
 */
bool access_is_administrators(const char *path, bool *is, struct error *err);

#endif
