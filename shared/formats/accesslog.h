/*
 * accesslog: the rows an access control terminal pushes (Security PUSH: table=rtlog, and
 * table=tabledata with tablename=transaction; ../docs/protocol.md): `key=value` between tabs, where
 * door, sensor and alarm events stand beside people who were let in.
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_ACCESSLOG_H
#define HIPBRIDGE_ACCESSLOG_H

#include "record/punch.h"

enum accesslog_result {
    ACCESSLOG_PUNCH, /* a person was let in; *punch is filled but for device_sn */
    ACCESSLOG_EVENT, /* anything else that happened */
    ACCESSLOG_BAD,   /* a person was let in, but who or when is not understood: *reason says why */
};

/*
 * Judges one row. A row without any `=` is read as a line of attlog. punch->raw is the row, kept in
 * raw[PUNCH_RAW_MAX + 1], after PUNCH and BAD.
 */
enum accesslog_result accesslog_read(struct span row, struct punch *punch, char *raw,
                                     const char **reason);

#endif
