/*
 * vendor_show: what is in a vendor's database, in words for a person, and what to write into
 * config.json (`hipctl check-access`). Nothing is stored.
 *
 * Blocks for as long as the disk takes: the file is read twice. Any thread.
 */
#ifndef HIPBRIDGE_VENDOR_SHOW_H
#define HIPBRIDGE_VENDOR_SHOW_H

#include "vendor/vendor_check.h"

struct vendor_listener {
    void (*say)(void *context, const char *line);
    /* The punches as a table, its columns parted by tabs, the head first: pieces, each a line with
     * its end. False ends it: err is set. NULL: not wanted. */
    bool (*write)(void *context, struct span text, struct error *err);
    void *context;
    /* A text or a format of vendor_show's own in the reader's language, with the same conversions
     * in the same order; NULL: all is said in English. */
    const char *(*in_words)(const char *english);
    /* Why rows are set aside, likewise; what is returned is used before the next call. */
    const char *(*why)(const char *english);
};

/*
 * Looks at config->path by the other keys of `config`, whether it is enabled or not. `device_sn` is
 * proposed where rows name no terminal: that of the logs, so that one punch is not two. *good says
 * whether there is anything that would be taken. Fails when the file cannot be read: what was
 * learnt until then was said.
 */
bool vendor_show(const struct config_access *config, const char *device_sn,
                 const struct vendor_moment *moment, const struct vendor_listener *listener,
                 bool *good, struct error *err);

#endif
