/*
 * fkbody: what stands in the body of an FkWeb request or answer: a JSON text and the binaries that
 * it names, each with its length before it. Sources: ../docs/protocol.md, "The FK family".
 *
 * Everything is bounded before it is parsed. Portable; any thread.
 */
#ifndef HIPBRIDGE_FKBODY_H
#define HIPBRIDGE_FKBODY_H

#include <cjson/cJSON.h>

#include "base/text.h"

enum {
    FKBODY_JSON_MAX = 128 * 1024,
    FKBODY_DEPTH_MAX = 32, /* of objects and lists in one another */
    FKBODY_BINARIES_MAX = 64,
};

struct fkbody {
    struct span json; /* without its NUL; empty: no parameters */
    size_t binaries;
    struct span binary[FKBODY_BINARIES_MAX]; /* "BIN_1" is the first */
};

/*
 * Cuts a body into its parts, which point into it. False, with a reason (static), when a length
 * goes past the end, bytes are left over, or the JSON is longer than FKBODY_JSON_MAX.
 */
bool fkbody_cut(struct span bytes, struct fkbody *body, const char **reason);

/*
 * The JSON as an object, which the caller frees by cJSON_Delete. NULL with a reason when it is
 * none, nested deeper than FKBODY_DEPTH_MAX, no UTF-8, or followed by anything.
 */
cJSON *fkbody_parse(struct span json, const char **reason);

/*
 * Writes a body that has no binaries; `json` empty: no body. Returns its length; 0 as well when it
 * does not fit.
 */
size_t fkbody_write(const char *json, char *out, size_t size);

/* A member's text, or its number as text; "" when it is neither or does not fit. Returns out. */
const char *fkbody_text(const cJSON *object, const char *name, char *out, size_t size);

/* A member that is a whole number, or a text of one: -2^31 … 2^32-1. False for anything else. */
bool fkbody_number(const cJSON *object, const char *name, int64_t *value);

#endif
