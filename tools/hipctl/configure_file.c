#include "configure.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/config_edit.h"
#include "system/access.h"
#include "system/wide.h"

static const struct {
    const char *mark;    /* before its value in what the MSI says */
    const char *section; /* where it goes; NULL for what is no setting */
    const char *key;
    enum { KIND_TEXT, KIND_NUMBER, KIND_BOOLEAN } kind;
} properties[PROPERTY_COUNT] = {
    [PROPERTY_START] = {"|START=", NULL, NULL, KIND_TEXT},
    [PROPERTY_PORT] = {"|PORT=", "listener", "port", KIND_NUMBER},
    [PROPERTY_LOGDIR] = {"|LOGDIR=", "sync", "log_directory", KIND_TEXT},
    [PROPERTY_DBHOST] = {"|DBHOST=", "database", "host", KIND_TEXT},
    [PROPERTY_DBNAME] = {"|DBNAME=", "database", "database", KIND_TEXT},
    [PROPERTY_DBUSER] = {"|DBUSER=", "database", "user", KIND_TEXT},
    [PROPERTY_TLSCA] = {"|TLSCA=", "database", "tls_ca", KIND_TEXT},
    [PROPERTY_TLS] = {"|TLS=", "database", "tls", KIND_TEXT},
    [PROPERTY_SYNC] = {"|SYNC=", "sync", "enabled", KIND_BOOLEAN},
    [PROPERTY_CONFIG] = {"|CONFIG=", NULL, NULL, KIND_TEXT},
    [PROPERTY_DBPASSWORD] = {"|DBPASSWORD=", "database", "password", KIND_TEXT},
};

/* Of each property its text and its mark. */
enum { INPUT_MAX = PROPERTY_COUNT * (PROPERTY_MAX + 16) };

static bool read_input(char out[INPUT_MAX + 1], struct error *err)
{
    size_t used = 0;
    DWORD got = 0;
    bool more = true;
    while (more && used <= INPUT_MAX) {
        more = ReadFile(GetStdHandle(STD_INPUT_HANDLE), out + used, (DWORD)(INPUT_MAX + 1 - used),
                        &got, NULL);
        if (!more && GetLastError() != ERROR_BROKEN_PIPE) { /* which is a pipe's end */
            return wide_error(err, GetLastError(), "cannot read them");
        }
        more = more && got > 0;
        used += more ? got : 0;
    }
    if (used > INPUT_MAX) {
        return error_set(err, ERR_INVALID, 0, "they are too long");
    }
    out[used] = '\0';
    return utf8_valid((struct span){out, used}) ||
           error_set(err, ERR_INVALID, 0, "they are no UTF-8");
}

static bool take_properties(struct configure *configure, const char *at)
{
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        size_t mark = strlen(properties[i].mark);
        if (strncmp(at, properties[i].mark, mark) != 0) {
            return false;
        }
        at += mark;
        const char *end =
            i + 1 < PROPERTY_COUNT ? strstr(at, properties[i + 1].mark) : at + strlen(at);
        if (end == NULL || !span_copy((struct span){at, (size_t)(end - at)},
                                      configure->properties[i], PROPERTY_MAX)) {
            return false;
        }
        at = end;
    }
    return true;
}

bool configure_read_properties(struct configure *configure, struct error *err)
{
    char text[INPUT_MAX + 1];
    bool done = read_input(text, err) &&
                (take_properties(configure, text) ||
                 error_set(err, ERR_INVALID, 0,
                           "they are not as the MSI writes them, or one is longer than %d bytes",
                           PROPERTY_MAX - 1));
    secret_wipe(text, sizeof text);
    if (!done) {
        secret_wipe(configure->properties, sizeof configure->properties);
    }
    return done;
}

/*
 * A quotation mark in a value that is not written twice ends it for msiexec elsewhere than it was
 * meant, and the properties behind it are swallowed: the value then holds the next one's name.
 */
static bool is_whole(const char *value, struct error *err)
{
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        char name[24];
        snprintf(name, sizeof name, " %s", properties[i].mark + 1);
        if (strstr(value, name) != NULL) {
            return error_set(
                err, ERR_INVALID, 0,
                "it has swallowed what was written behind it (%s...); a quotation mark "
                "within a value is written twice",
                name + 1);
        }
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
    bool yes = false;
    if (!is_whole(value, err)) {
        return NULL;
    }
    if (properties[which].kind == KIND_BOOLEAN) {
        yes = strcmp(value, "1") == 0;
        edit.text = NULL;
        edit.boolean = &yes;
        if (!yes && strcmp(value, "0") != 0) {
            error_set(err, ERR_INVALID, 0, "\"%s\" is neither 1 nor 0", value);
            return NULL;
        }
    }
    if (properties[which].kind == KIND_NUMBER) {
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
        if (!secret_protect(value, sealed, sizeof sealed, err)) {
            return NULL;
        }
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

/* The file that the property names, which must be right. Without one, as it says so: what somebody
 * gave is not replaced by something else. */
static bool copy_whole(struct configure *configure, bool *made, struct error *err)
{
    const char *path = configure->properties[PROPERTY_CONFIG];
    char *bytes = NULL;
    size_t len = 0;
    if (!file_read(path, CONFIG_FILE_MAX, &bytes, &len, err)) {
        return error_prefix(err, "the installer's property CONFIG: ");
    }
    struct config *config = config_parse((struct span){bytes, len}, path, err);
    *made = config != NULL && file_replace(configure->config_path, (struct span){bytes, len}, err);
    config_free(config);
    secret_wipe(bytes, len);
    free(bytes);
    return *made;
}

/*
 * ProgramData lets every user make folders: a config.json that somebody laid there before the
 * installation would have the service of the system do his bidding. It is kept under another name,
 * and told.
 */
static bool put_aside_found(struct configure *configure, struct error *err)
{
    enum { NAMES_MAX = 100 };
    bool trusted = false;
    if (!file_exists(configure->config_path)) {
        return true;
    }
    if (!access_is_administrators(configure->config_path, &trusted, err) || trusted) {
        return trusted;
    }
    for (int i = 1; i <= NAMES_MAX; i++) {
        char aside[FILE_PATH_MAX];
        int length = snprintf(aside, sizeof aside, "%s.not-used-%d", configure->config_path, i);
        if (length < 0 || (size_t)length >= sizeof aside || file_exists(aside)) {
            continue;
        }
        if (!file_move(configure->config_path, aside, err)) {
            return false;
        }
        struct error why = ERROR_INIT;
        error_set(&why, ERR_DENIED, 0,
                  "the one that was there belongs to no administrator; it is not used and kept as "
                  "%s. If it is yours, write what it says into the new one",
                  aside);
        configure->tell(configure, "config.json that was found", &why);
        return true;
    }
    return error_set(err, ERR_EXISTS, 0, "%s belongs to no administrator, and cannot be put aside",
                     configure->config_path);
}

bool configure_file(struct configure *configure, bool *made, struct error *err)
{
    char model[FILE_PATH_MAX];
    char *bytes = NULL;
    size_t len = 0;
    bool taken;
    *made = false;
    if (!file_recover(configure->config_path, &taken, err)) {
        return false;
    }
    if (!put_aside_found(configure, err)) {
        return false;
    }
    if (file_exists(configure->config_path)) {
        return true;
    }
    if (configure->properties[PROPERTY_CONFIG][0] != '\0') {
        return copy_whole(configure, made, err);
    }
    if (!file_resolve(configure->program, "config.default.json", model, sizeof model)) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", configure->program);
    }
    if (!file_read(model, CONFIG_FILE_MAX, &bytes, &len, err)) {
        return false;
    }
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (properties[i].section == NULL || configure->properties[i][0] == '\0') {
            continue;
        }
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
