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
 * Where an administrator has given the service another account than SYSTEM, its own name is granted
 * the same: NT SERVICE\HipBridge, which any account has that the service runs by (its SID type is
 * unrestricted). Windows makes that SID of the service's name. Behind one of the lists above:
 */
#define ACCESS_SERVICE_SID "S-1-5-80-1205217358-4071627745-1446686232-794848674-1066552495"
#define ACCESS_SERVICE_FILE "(A;;FA;;;" ACCESS_SERVICE_SID ")"
#define ACCESS_SERVICE_FOLDER "(A;OICI;FA;;;" ACCESS_SERVICE_SID ")"
/* Who may open the terminals' port, for a reservation at Windows' HTTP server. */
#define ACCESS_ADDRESS_GRANT                                                                       \
    "D:(A;;GX;;;S-1-5-80-1205217358-4071627745-1446686232-794848674-1066552495)"

/* Whether the service logs on as SYSTEM; so, too, where there is none, or Windows does not say. */
bool access_service_is_system(void);

/*
 * Lets SYSTEM and Administrators alone (and the service, as above) read and write this file, or
 * this folder and what will be made in it; what was granted before is gone. A file that is not
 * there is fine. A folder that is a link is refused (ERR_DENIED): it would be another's.
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
