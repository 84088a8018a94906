/*
 * config_edit: a value of config.json replaced, all else byte for byte as it was.
 */
#ifndef HIPBRIDGE_CONFIG_EDIT_H
#define HIPBRIDGE_CONFIG_EDIT_H

#include "config/config.h"

/* A new value: a text, true or false where `boolean` is not NULL, or else a number. */
struct config_edit {
    const char *text;
    const bool *boolean;
    int number;
};

/*
 * The bytes of a config.json with the value of section.key replaced and every other byte as it
 * was; free() it. Whether the value is right for the key is not looked at: config_parse does that.
 * NULL with ERR_INVALID when the file has no such key.
 */
char *config_with_value(struct span bytes, const char *section, const char *key,
                        const struct config_edit *edit, size_t *len, struct error *err);

/*
 * The JSON with what is secret in it put out of sight, whatever it is beside: every text under
 * "password", "comm_key", "header" or "url", and, of a status, "line". A text that is no JSON is
 * none (ERR_INVALID). free() it.
 */
char *config_without_secrets(struct span bytes, struct error *err);

/*
 * The bytes of a config.json with the value of database.password replaced by `text` (JSON-escaped
 * by this function) and every other byte as it was; free() it. NULL with ERR_INVALID when the file
 * has no such key.
 */
char *config_with_password(struct span bytes, const char *text, size_t *len, struct error *err);

/* The same for the communication key of the n-th of pull.terminals, from 0. */
char *config_with_comm_key(struct span bytes, size_t terminal, const char *text, size_t *len,
                           struct error *err);

#endif
