#include "config/config_edit.h"

#include <stdlib.h>
#include <string.h>

#include "config/config_private.h"

/* The bytes with those of `old`, which lies within them, replaced. */
static char *splice(struct span bytes, struct span old, struct span fresh, size_t *len)
{
    size_t before = (size_t)(old.at - bytes.at);
    size_t after = bytes.len - before - old.len;
    char *out = malloc(before + fresh.len + after + 1);
    if (out == NULL) {
        return NULL;
    }
    memcpy(out, bytes.at, before);
    memcpy(out + before, fresh.at, fresh.len);
    memcpy(out + before + fresh.len, old.at + old.len, after);
    *len = before + fresh.len + after;
    out[*len] = '\0';
    return out;
}

/* The file's bytes with the value at this place of its tree replaced. */
static char *replace(struct span bytes, struct span json, const struct config_place *place,
                     const struct config_edit *edit, size_t *len, struct error *err)
{
    cJSON *value = edit->text != NULL      ? cJSON_CreateString(edit->text)
                   : edit->boolean != NULL ? cJSON_CreateBool(*edit->boolean)
                                           : cJSON_CreateNumber(edit->number);
    char *written = value != NULL ? cJSON_PrintUnformatted(value) : NULL;
    char *out = NULL;
    if (written != NULL) {
        out = splice(bytes, config_locate(json, place, false), span_of(written), len);
        secret_wipe(written, strlen(written));
        cJSON_free(written);
    }
    config_tree_free(value);
    if (out == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to write the configuration");
    }
    return out;
}

char *config_with_value(struct span bytes, const char *section, const char *key,
                        const struct config_edit *edit, size_t *len, struct error *err)
{
    struct config_text file = {utf8_without_bom(bytes), "the configuration"};
    struct config_place place = {.depth = 2};
    char *out = NULL;
    cJSON *tree = config_tree(&file, err);
    if (tree == NULL) {
        return NULL;
    }
    const cJSON *found =
        cJSON_IsObject(tree) ? config_member(tree, section, &place.steps[0]) : NULL;
    if (!cJSON_IsObject(found) || config_member(found, key, &place.steps[1]) == NULL) {
        error_set(err, ERR_INVALID, 0, "the configuration has no %s.%s", section, key);
    } else {
        out = replace(bytes, file.json, &place, edit, len, err);
    }
    config_tree_free(tree);
    return out;
}

char *config_with_comm_key(struct span bytes, size_t terminal, const char *text, size_t *len,
                           struct error *err)
{
    struct config_text file = {utf8_without_bom(bytes), "the configuration"};
    struct config_place place = {.depth = 4, .steps = {0, 0, terminal, 0}};
    char *out = NULL;
    cJSON *tree = config_tree(&file, err);
    if (tree == NULL) {
        return NULL;
    }
    const cJSON *pull = cJSON_IsObject(tree) ? config_member(tree, "pull", &place.steps[0]) : NULL;
    const cJSON *list =
        cJSON_IsObject(pull) ? config_member(pull, "terminals", &place.steps[1]) : NULL;
    const cJSON *entry = cJSON_IsArray(list) ? cJSON_GetArrayItem(list, (int)terminal) : NULL;
    if (!cJSON_IsObject(entry) || config_member(entry, "comm_key", &place.steps[3]) == NULL) {
        error_set(err, ERR_INVALID, 0, "the configuration has no pull.terminals[%d].comm_key",
                  (int)terminal);
    } else {
        out = replace(bytes, file.json, &place, &(struct config_edit){.text = text}, len, err);
    }
    config_tree_free(tree);
    return out;
}

char *config_with_password(struct span bytes, const char *text, size_t *len, struct error *err)
{
    return config_with_value(bytes, "database", "password", &(struct config_edit){.text = text},
                             len, err);
}

/* Nested no deeper than cJSON lets a text be. */
static void hide_secrets(cJSON *tree)
{
    static const char *const secrets[] = {"password", "comm_key", "header", "url", "line"};
    for (cJSON *one = tree->child; one != NULL; one = one->next) {
        for (size_t i = 0; i < HB_COUNT(secrets); i++) {
            if (one->string != NULL && strcmp(one->string, secrets[i]) == 0 &&
                cJSON_IsString(one) && one->valuestring[0] != '\0') {
                secret_wipe(one->valuestring, strlen(one->valuestring));
                (void)cJSON_SetValuestring(one, "(left out)");
            }
        }
        hide_secrets(one);
    }
}

char *config_without_secrets(struct span bytes, struct error *err)
{
    struct config_text file = {utf8_without_bom(bytes), "the configuration"};
    cJSON *tree = config_tree(&file, err);
    if (tree == NULL) {
        return NULL;
    }
    hide_secrets(tree);
    char *printed = cJSON_Print(tree);
    char *text = NULL;
    if (printed != NULL) {
        size_t size = strlen(printed) + 1;
        text = malloc(size);
        if (text != NULL) {
            memcpy(text, printed, size);
        }
    }
    if (text == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for the configuration");
    }
    cJSON_free(printed);
    config_tree_free(tree);
    return text;
}
