#include "configure.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "wide.h"

static const struct {
    const wchar_t *mark; /* before its value on the command line */
    const char *section; /* where it goes; NULL for what is no setting */
    const char *key;
    bool number;
} properties[PROPERTY_COUNT] = {
    [PROPERTY_START] = {L"|START=", NULL, NULL, false},
    [PROPERTY_PORT] = {L"|PORT=", "listener", "port", true},
    [PROPERTY_LOGDIR] = {L"|LOGDIR=", "sync", "log_directory", false},
    [PROPERTY_DBHOST] = {L"|DBHOST=", "database", "host", false},
    [PROPERTY_DBNAME] = {L"|DBNAME=", "database", "database", false},
    [PROPERTY_DBUSER] = {L"|DBUSER=", "database", "user", false},
    [PROPERTY_DBPASSWORD] = {L"|DBPASSWORD=", "database", "password", false},
};

/* One property's text, up to `end`. */
static bool take(const wchar_t *from, const wchar_t *end, char out[PROPERTY_MAX])
{
    wchar_t text[PROPERTY_MAX];
    size_t len = (size_t)(end - from);
    if (len >= PROPERTY_MAX)
        return false;
    memcpy(text, from, len * sizeof *text);
    text[len] = L'\0';
    bool fits = wide_to_utf8(text, out, PROPERTY_MAX, NULL);
    secret_wipe(text, sizeof text);
    return fits;
}

bool configure_read_properties(struct configure *configure)
{
    static const wchar_t option[] = L"--properties ";
    const wchar_t *at = wcsstr(GetCommandLineW(), option);
    if (at == NULL)
        return false;
    at += HB_COUNT(option) - 1;
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        size_t mark = wcslen(properties[i].mark);
        if (wcsncmp(at, properties[i].mark, mark) != 0)
            return false;
        at += mark;
        const wchar_t *end =
            i + 1 < PROPERTY_COUNT ? wcsstr(at, properties[i + 1].mark) : at + wcslen(at);
        if (end == NULL || !take(at, end, configure->properties[i]))
            return false;
        at = end;
    }
    return true;
}

/* The bytes with this property in, if they are a configuration then; else NULL. */
static char *with_property(const struct configure *configure, size_t which, struct span bytes,
                           size_t *len, struct error *err)
{
    char sealed[SECRET_TEXT_MAX];
    const char *value = configure->properties[which];
    struct config_edit edit = {.text = value};
    if (properties[which].number) {
        int32_t number;
        edit.text = NULL;
        if (!span_to_int32(span_of(value), &number)) {
            error_set(err, ERR_INVALID, 0, "\"%s\" is not a number", value);
            return NULL;
        }
        edit.number = number;
    }
    if (which == PROPERTY_DBPASSWORD) {
        edit.text = sealed; /* it never stands in the file in the clear */
        if (!secret_protect(value, sealed, sizeof sealed, err))
            return NULL;
    }
    char *out =
        config_with_value(bytes, properties[which].section, properties[which].key, &edit, len, err);
    if (out != NULL) {
        struct config *config = config_parse((struct span){out, *len}, configure->config_path, err);
        if (config == NULL) {
            free(out);
            out = NULL;
        }
        config_free(config);
    }
    return out;
}

bool configure_file(struct configure *configure, bool *made, struct error *err)
{
    char model[FILE_PATH_MAX];
    char *bytes = NULL;
    size_t len = 0;
    *made = false;
    if (file_exists(configure->config_path))
        return true;
    if (!file_resolve(configure->program, "config.default.json", model, sizeof model))
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", configure->program);
    if (!file_read(model, CONFIG_FILE_MAX, &bytes, &len, err))
        return false;
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (properties[i].section == NULL || configure->properties[i][0] == '\0')
            continue;
        struct error why = ERROR_INIT;
        size_t changed_len = 0;
        char *changed = with_property(configure, i, (struct span){bytes, len}, &changed_len, &why);
        if (changed == NULL) {
            char step[64];
            snprintf(step, sizeof step, "installer property for %s.%s", properties[i].section,
                     properties[i].key);
            configure->tell(configure, step, &why);
            continue;
        }
        free(bytes);
        bytes = changed;
        len = changed_len;
    }
    *made = file_replace(configure->config_path, (struct span){bytes, len}, err);
    free(bytes);
    return *made;
}
