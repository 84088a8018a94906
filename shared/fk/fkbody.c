#include "fk/fkbody.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/portability.h"

enum { LENGTH_SIZE = 4 };

/* A part with its length before it. */
static bool cut(struct span *rest, struct span *part)
{
    if (rest->len < LENGTH_SIZE) {
        return false;
    }
    const unsigned char *at = (const unsigned char *)rest->at;
    uint32_t len =
        (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    if (len > rest->len - LENGTH_SIZE) {
        return false;
    }
    *part = (struct span){rest->at + LENGTH_SIZE, len};
    rest->at += LENGTH_SIZE + len;
    rest->len -= LENGTH_SIZE + len;
    return true;
}

bool fkbody_cut(struct span bytes, struct fkbody *body, const char **reason)
{
    struct span rest = bytes;
    *reason = NULL;
    body->json = (struct span){NULL, 0};
    body->binaries = 0;
    if (bytes.len == 0) {
        return true;
    }
    if (!cut(&rest, &body->json)) {
        *reason = "the body is shorter than it says";
        return false;
    }
    if (body->json.len > 0 && body->json.at[body->json.len - 1] == '\0') {
        body->json.len--;
    }
    if (body->json.len > FKBODY_JSON_MAX) {
        *reason = "the text in the body is too long";
        return false;
    }
    while (rest.len > 0) {
        if (body->binaries == FKBODY_BINARIES_MAX || !cut(&rest, &body->binary[body->binaries])) {
            *reason = "the body does not end where its last part does";
            return false;
        }
        body->binaries++;
    }
    return true;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/*
 * What cJSON would take, and must not: depths that cost more than they are worth, and a number that
 * begins with zeros, which would be another person's.
 */
static const char *objection(struct span json)
{
    size_t depth = 0;
    bool in_text = false;
    char before = '{';
    for (size_t i = 0; i < json.len; i++) {
        char byte = json.at[i];
        if (in_text && byte == '\\') {
            i++;
        } else if (byte == '"') {
            in_text = !in_text;
        } else if (in_text) {
            continue;
        } else if ((byte == '{' || byte == '[') && ++depth > FKBODY_DEPTH_MAX) {
            return "the JSON in the body is nested too deep";
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        } else if (byte == '0' && !is_digit(before) && before != '.' && i + 1 < json.len &&
                   is_digit(json.at[i + 1]) && before != 'e' && before != 'E' && before != '+') {
            return "a number in the JSON begins with zeros";
        }
        before = byte;
    }
    return NULL;
}

cJSON *fkbody_parse(struct span json, const char **reason)
{
    const char *end = NULL;
    json = span_trim(json);
    *reason = "the body holds no JSON object";
    if (json.len == 0 || json.len > FKBODY_JSON_MAX || memchr(json.at, '\0', json.len) != NULL) {
        return NULL;
    }
    if (!utf8_valid(json)) {
        *reason = "the text in the body is no UTF-8";
        return NULL;
    }
    const char *wrong = objection(json);
    if (wrong != NULL) {
        *reason = wrong;
        return NULL;
    }
    cJSON *object = cJSON_ParseWithLengthOpts(json.at, json.len, &end, false);
    if (object == NULL || !cJSON_IsObject(object) || end != json.at + json.len) {
        cJSON_Delete(object);
        return NULL;
    }
    *reason = NULL;
    return object;
}

size_t fkbody_write(const char *json, char *out, size_t size)
{
    size_t len = strlen(json) + 1;
    if (len == 1 || len > size || LENGTH_SIZE > size - len) {
        return 0;
    }
    for (int i = 0; i < LENGTH_SIZE; i++) {
        out[i] = (char)(len >> 8 * i & 0xff);
    }
    memcpy(out + LENGTH_SIZE, json, len);
    return LENGTH_SIZE + len;
}

/* ---- members ---- */

static bool is_whole(double number)
{
    return number >= -2147483648.0 && number <= 4294967295.0 && floor(number) == number;
}

const char *fkbody_text(const cJSON *object, const char *name, char *out, size_t size)
{
    const cJSON *member = cJSON_GetObjectItem(object, name);
    out[0] = '\0';
    if (cJSON_IsString(member)) {
        (void)span_copy(span_of(member->valuestring), out, size);
    } else if (cJSON_IsNumber(member) && is_whole(member->valuedouble)) {
        char digits[24];
        snprintf(digits, sizeof digits, "%.0f", member->valuedouble);
        (void)span_copy(span_of(digits), out, size);
    }
    return out;
}

bool fkbody_number(const cJSON *object, const char *name, int64_t *value)
{
    const cJSON *member = cJSON_GetObjectItem(object, name);
    if (cJSON_IsNumber(member)) {
        if (!is_whole(member->valuedouble)) {
            return false;
        }
        *value = (int64_t)member->valuedouble;
        return true;
    }
    if (!cJSON_IsString(member)) {
        return false;
    }
    struct span text = span_trim(span_of(member->valuestring));
    bool negative = text.len > 0 && text.at[0] == '-';
    int64_t number = 0;
    if (text.len == (negative ? 1U : 0U) || text.len > 11) {
        return false;
    }
    for (size_t i = negative ? 1 : 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        number = number * 10 + (text.at[i] - '0');
    }
    number = negative ? -number : number;
    if (!is_whole((double)number)) {
        return false;
    }
    *value = number;
    return true;
}
