/*
 * control: the user-defined control codes by which hipctl speaks to the running service.
 */
#ifndef HIPBRIDGE_CONTROL_H
#define HIPBRIDGE_CONTROL_H

enum {
    CONTROL_SYNC_NOW = 128,   /* scan the log folder now */
    CONTROL_RELOAD = 131,     /* take the changed config.json */
    CONTROL_UPLOAD_NOW = 129, /* forget the backoff and try the database now */
    CONTROL_PULL_NOW = 130,   /* visit all terminals that are read on their own port */
};

#endif
