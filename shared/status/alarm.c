#include "status/alarm.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct body {
    char *text; /* NULL: only counted */
    size_t len;
};

static void put(struct body *body, struct span text)
{
    if (body->text != NULL) {
        memcpy(body->text + body->len, text.at, text.len);
    }
    body->len += text.len;
}

/* The text as it stands between quotation marks; free with cJSON_free. NULL: no memory. */
static char *escaped(const char *text)
{
    cJSON *string = cJSON_CreateString(text);
    char *quoted = string != NULL ? cJSON_PrintUnformatted(string) : NULL;
    cJSON_Delete(string);
    return quoted;
}

static void fill(struct body *body, const char *model, const char *const names[3],
                 char *const quoted[3])
{
    for (struct span rest = span_of(model); rest.len > 0;) {
        size_t taken = 0;
        for (size_t i = 0; i < 3 && taken == 0; i++) {
            size_t len = strlen(names[i]);
            if (rest.len >= len && memcmp(rest.at, names[i], len) == 0) {
                put(body, (struct span){quoted[i] + 1, strlen(quoted[i]) - 2});
                taken = len;
            }
        }
        if (taken == 0) {
            put(body, (struct span){rest.at, 1});
            taken = 1;
        }
        rest = (struct span){rest.at + taken, rest.len - taken};
    }
}

char *alarm_body(const char *model, const struct alarm *alarm, struct error *err)
{
    static const char *const names[3] = {"{level}", "{text}", "{name}"};
    char *quoted[3] = {escaped(alarm->level), escaped(alarm->text), escaped(alarm->name)};
    struct body body = {NULL, 0};
    if (quoted[0] != NULL && quoted[1] != NULL && quoted[2] != NULL) {
        fill(&body, model, names, quoted);
        body.text = malloc(body.len + 1);
        body.len = 0;
    }
    if (body.text != NULL) {
        fill(&body, model, names, quoted);
        body.text[body.len] = '\0';
    } else {
        error_set(err, ERR_MEMORY, 0, "no memory for the alarm");
    }
    for (size_t i = 0; i < 3; i++) {
        cJSON_free(quoted[i]);
    }
    return body.text;
}
