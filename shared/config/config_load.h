/*
 * config_load: config.json as a file: read, and its password protected in place.
 */
#ifndef HIPBRIDGE_CONFIG_LOAD_H
#define HIPBRIDGE_CONFIG_LOAD_H

#include "config/config.h"

/*
 * Reads the file. The caller owns *config and frees it with config_free. Fails with ERR_NOT_FOUND
 * or what file_read and config_parse fail with. Blocks on the disk.
 */
struct config *config_load(const char *path, struct error *err);

/*
 * If a secret of the file stands in the clear, protects it in place (file_replace). *done says
 * whether anything was written. A failure leaves the file as it was.
 */
bool config_protect_password(const struct config *config, bool *done, struct error *err);

#endif
