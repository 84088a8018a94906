#include "config_private.h"

#include <stdlib.h>
#include <string.h>

/* The member of this name, and which one it is; NULL when there is none. */
static const cJSON *find_member(const cJSON *object, const char *name, size_t *step)
{
    const cJSON *member;
    *step = 0;
    cJSON_ArrayForEach(member, object)
    {
        if (strcmp(member->string, name) == 0) {
            return member;
        }
        ++*step;
    }
    return NULL;
}

char *config_with_password(struct span bytes, const char *text, size_t *len, struct error *err)
{
    struct config_text file = {config_without_bom(bytes), "the configuration"};
    struct config_place place = {.depth = 2};
    const cJSON *database = NULL;
    cJSON *quoted = NULL;
    char *escaped = NULL;
    char *out = NULL;
    cJSON *tree = config_tree(&file, err);
    if (tree == NULL) {
        return NULL;
    }
    database = cJSON_IsObject(tree) ? find_member(tree, "database", &place.steps[0]) : NULL;
    if (!cJSON_IsObject(database) || find_member(database, "password", &place.steps[1]) == NULL) {
        error_set(err, ERR_INVALID, 0, "the configuration has no database.password");
        goto out;
    }
    quoted = cJSON_CreateString(text);
    escaped = quoted != NULL ? cJSON_PrintUnformatted(quoted) : NULL;
    if (escaped != NULL) {
        struct span old = config_locate(file.json, &place, false);
        size_t before = (size_t)(old.at - bytes.at);
        size_t after = bytes.len - before - old.len;
        size_t escaped_len = strlen(escaped);
        out = malloc(before + escaped_len + after + 1);
        if (out != NULL) {
            memcpy(out, bytes.at, before);
            memcpy(out + before, escaped, escaped_len);
            memcpy(out + before + escaped_len, old.at + old.len, after);
            *len = before + escaped_len + after;
            out[*len] = '\0';
        }
    }
    if (out == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to write the configuration");
    }
out:
    if (escaped != NULL) {
        secret_wipe(escaped, strlen(escaped));
        cJSON_free(escaped);
    }
    config_tree_free(quoted);
    config_tree_free(tree);
    return out;
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
