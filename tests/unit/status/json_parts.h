/* json_parts: members of a JSON object held against their texts, a line each. */
#ifndef HIPBRIDGE_TEST_JSON_PARTS_H
#define HIPBRIDGE_TEST_JSON_PARTS_H

#include <cjson/cJSON.h>

#include "check.h"

struct part {
    const char *field;
    const char *expected;
};

static inline void check_parts(const cJSON *tree, const struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *got = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(tree, parts[i].field));
        CHECK_TEXT(parts[i].field, parts[i].expected, got != NULL ? got : "(not there)");
        cJSON_free(got);
    }
}

#endif
