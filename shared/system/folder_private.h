/*
 * folder_private: what folder.c and its two systems share.
 */
#ifndef HIPBRIDGE_FOLDER_PRIVATE_H
#define HIPBRIDGE_FOLDER_PRIVATE_H

#include "system/folder.h"

#define FOLDER_TICKS_PER_S INT64_C(10000000)
#define FOLDER_UNIX_EPOCH_S INT64_C(11644473600) /* 1970 in seconds since 1601 */

enum { FOLDER_PIECE = 64 * 1024 };

/* The time of last change, as in struct folder_version. */
bool folder_set_changed(struct folder_file *file, int64_t changed, struct error *err);

/* This folder alone, whatever those above it are. */
struct folder_hold *folder_hold_one(const char *path, struct error *err);

#endif
