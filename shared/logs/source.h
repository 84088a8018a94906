/*
 * source: what the configuration says of a log file by its name: which terminal its punches are of,
 * and how its text is encoded.
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_LOG_SOURCE_H
#define HIPBRIDGE_LOG_SOURCE_H

#include "config/config.h"
#include "formats/encoding.h"

struct source {
    char device_sn[PUNCH_SN_MAX + 1];
    bool mapped;      /* by sync.files: what a row says of a machine counts for nothing */
    bool strip_zeros; /* its user ids are padded */
};

/* `name` is the file's, without its folder. */
void source_of(const struct config_sync *sync, const char *name, struct source *source);

/* A punch that was read with source->device_sn: its terminal and its user, for certain. */
void source_settle(const struct source *source, struct punch *punch);

enum encoding source_encoding(const struct config_sync *sync);

/* A text that is another one when files may come out otherwise: by the configuration, or by what
 * this version understands. */
enum { SOURCE_RULES_MAX = 48 };
void source_rules(const struct config_sync *sync, char out[SOURCE_RULES_MAX]);

#endif
