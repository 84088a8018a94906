#include <string.h>

#include "system/secret.h"

/* The stand-in writes each byte's hexadecimal digits, mixed with this: reversible, and not mistaken
 * for a password. */
enum { MASK = 0x5A };

static const char digits[] = "0123456789abcdef";

static int digit_value(char c)
{
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

bool secret_protect(const char *password, char *out, size_t size, struct error *err)
{
    static const char prefix[] = SECRET_PREFIX;
    size_t prefix_len = sizeof prefix - 1;
    size_t len = strlen(password);
    if (len >= SECRET_MAX) {
        return error_set(err, ERR_INVALID, 0, "the password is longer than %d bytes",
                         SECRET_MAX - 1);
    }
    if (size < prefix_len + 2 * len + 1) {
        return error_set(err, ERR_INVALID, 0, "cannot write down the protected password");
    }
    memcpy(out, prefix, prefix_len);
    char *at = out + prefix_len;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)((unsigned char)password[i] ^ MASK);
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 15];
    }
    *at = '\0';
    return true;
}

bool secret_reveal(const char *text, char *out, size_t size, struct error *err)
{
    static const char prefix[] = SECRET_PREFIX;
    size_t prefix_len = sizeof prefix - 1;
    size_t len = 0;
    if (size > 0) {
        out[0] = '\0';
    }
    if (strncmp(text, prefix, prefix_len) != 0) {
        return error_set(err, ERR_INVALID, 0, "the protected password is damaged");
    }
    const char *at = text + prefix_len;
    for (; at[0] != '\0'; at += 2) {
        int high = digit_value(at[0]);
        int low = high < 0 ? -1 : digit_value(at[1]);
        if (low < 0 || len + 1 >= size) {
            break;
        }
        out[len++] = (char)((high * 16 + low) ^ MASK);
        out[len] = '\0';
    }
    if (at[0] == '\0') {
        return true;
    }
    if (size > 0) {
        secret_wipe(out, len);
        out[0] = '\0';
    }
    return error_set(err, ERR_INVALID, 0,
                     "the protected password was made on another PC, or is damaged");
}

void secret_wipe(void *memory, size_t size)
{
    /* a volatile write is never taken for a dead one */
    volatile unsigned char *at = memory;
    while (size-- > 0) {
        *at++ = 0;
    }
}
