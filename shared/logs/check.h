/*
 * check: what a log file would give, told to whoever asks before it is put into the log folder
 * (`hipctl check-log`). Nothing is stored.
 *
 * Blocks for as long as the disk takes. Any thread.
 */
#ifndef HIPBRIDGE_CHECK_LOG_H
#define HIPBRIDGE_CHECK_LOG_H

#include "config/config.h"
#include "formats/logline.h"

/* What a form is called. */
const char *check_form_name(enum logline_form form);

struct check_result {
    enum logline_form form; /* of most punches */
    uint64_t punches, rejected;
};

/*
 * Reads the file as the service would, and hands over the words about it line by line: the format
 * and why, the first punches, the first lines that would be set aside, and the sync.columns to
 * write where no format was found. Fails when the file cannot be read.
 */
bool check_log(const char *path, const struct config_sync *sync,
               void (*say)(void *context, const char *line), void *context,
               struct check_result *result, struct error *err);

#endif
