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

struct check_listener {
    void (*say)(void *context, const char *line);
    void *context;
    /* A text or a format of check's own in the listener's language, with the same conversions in
     * the same order; NULL: all is said in English. */
    const char *(*in_words)(const char *english);
    /* Why a line would be set aside, in the listener's language; NULL: in English. */
    const char *(*reason_in_words)(const char *english);
};

/*
 * Reads the file as the service would, and hands over the words about it line by line: the format
 * and why, the first punches, the first lines that would be set aside, and the sync.columns to
 * write where no format was found. Fails when the file cannot be read.
 */
bool check_log(const char *path, const struct config_sync *sync,
               const struct check_listener *listener, struct check_result *result,
               struct error *err);

#endif
