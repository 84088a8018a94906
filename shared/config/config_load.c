#include "config/config_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_edit.h"

struct config *config_load(const char *path, struct error *err)
{
    char *bytes = NULL;
    size_t len = 0;
    if (!file_read(path, CONFIG_FILE_MAX, &bytes, &len, err)) {
        return NULL;
    }
    struct config *config = config_parse((struct span){bytes, len}, path, err);
    secret_wipe(bytes, len);
    free(bytes);
    return config;
}

/* The one secret of these that stands in the clear, sealed; NULL with no error: there is none. */
static char *seal_one(const struct config *config, struct span bytes, size_t *len,
                      struct error *err)
{
    char sealed[SECRET_TEXT_MAX];
    if (config->database.password_plain) {
        return secret_protect(config->database.password, sealed, sizeof sealed, err)
                   ? config_with_password(bytes, sealed, len, err)
                   : NULL;
    }
    if (config->alarm.header.plain) {
        return secret_protect(config->alarm.header.text, sealed, sizeof sealed, err)
                   ? config_with_value(bytes, "alarm", "header",
                                       &(struct config_edit){.text = sealed}, len, err)
                   : NULL;
    }
    for (size_t i = 0; i < config->pull.terminal_count; i++) {
        const struct config_pulled *terminal = &config->pull.terminals[i];
        char key[12];
        if (!terminal->key_plain) {
            continue;
        }
        snprintf(key, sizeof key, "%lu", (unsigned long)terminal->comm_key);
        return secret_protect(key, sealed, sizeof sealed, err)
                   ? config_with_comm_key(bytes, i, sealed, len, err)
                   : NULL;
    }
    return NULL;
}

static bool is_plain(const struct config *config)
{
    bool plain = config->database.password_plain || config->alarm.header.plain;
    for (size_t i = 0; i < config->pull.terminal_count; i++) {
        plain = plain || config->pull.terminals[i].key_plain;
    }
    return plain;
}

static void wipe(char *bytes, size_t len)
{
    if (bytes != NULL) {
        secret_wipe(bytes, len);
    }
    free(bytes);
}

bool config_protect_password(const struct config *config, bool *done, struct error *err)
{
    struct error failed = ERROR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    bool sealed = false;
    *done = false;
    if (!is_plain(config)) {
        return true;
    }
    /* Somebody may have saved the file since it was read: it is what stands there now that is
     * protected. One secret after the other, each in the text that the one before it left. */
    if (!file_read(config->path, CONFIG_FILE_MAX, &bytes, &len, err)) {
        return false;
    }
    for (;;) {
        struct config *now = config_parse((struct span){bytes, len}, config->path, &failed);
        size_t out_len = 0;
        char *out =
            now != NULL ? seal_one(now, (struct span){bytes, len}, &out_len, &failed) : NULL;
        config_free(now);
        if (out == NULL) {
            break;
        }
        wipe(bytes, len);
        bytes = out;
        len = out_len;
        sealed = true;
    }
    bool good = failed.kind == ERR_NONE;
    if (good && sealed) {
        good = *done = file_replace(config->path, (struct span){bytes, len}, &failed);
    }
    if (!good && err != NULL) {
        *err = failed;
    }
    wipe(bytes, len);
    return good;
}
