#include "config/config_load.h"

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

bool config_protect_password(const struct config *config, bool *done, struct error *err)
{
    char protected_text[SECRET_TEXT_MAX];
    struct config *now = NULL;
    char *bytes = NULL;
    char *out = NULL;
    size_t len = 0;
    size_t out_len = 0;
    bool good = false;
    *done = false;
    if (!config->database.password_plain) {
        return true;
    }
    /* Somebody may have saved the file since it was read: it is what stands there now that is
     * protected. */
    if (!file_read(config->path, CONFIG_FILE_MAX, &bytes, &len, err)) {
        return false;
    }
    now = config_parse((struct span){bytes, len}, config->path, err);
    if (now == NULL) {
        goto out;
    }
    if (!now->database.password_plain) {
        good = true;
        goto out;
    }
    if (!secret_protect(now->database.password, protected_text, sizeof protected_text, err)) {
        goto out;
    }
    out = config_with_password((struct span){bytes, len}, protected_text, &out_len, err);
    if (out == NULL) {
        goto out;
    }
    good = file_replace(config->path, (struct span){out, out_len}, err);
    *done = good;
out:
    config_free(now);
    secret_wipe(bytes, len);
    free(bytes);
    if (out != NULL) {
        secret_wipe(out, out_len);
    }
    free(out);
    return good;
}
