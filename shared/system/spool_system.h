/*
 * spool_system: opening a file, for spool.c alone. One implementation for Windows (spool_win.c),
 * one for the host (spool_host.c).
 */
#ifndef HIPBRIDGE_SPOOL_SYSTEM_H
#define HIPBRIDGE_SPOOL_SYSTEM_H

#include <stdio.h>

#include "base/error.h"

/* New and empty, for writing and reading, of bytes. NULL on failure. */
FILE *spool_system_open(const char *path, struct error *err);

#endif
