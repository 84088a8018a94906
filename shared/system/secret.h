/*
 * secret: the database password at rest.
 *
 * On Windows DPAPI in machine scope with this program's own entropy: the text can be read on this
 * PC alone, by accounts that can read config.json. On the host (tests) a reversible stand-in that
 * protects nothing.
 */
#ifndef HIPBRIDGE_SECRET_H
#define HIPBRIDGE_SECRET_H

#include "base/error.h"

#define SECRET_PREFIX "dpapi:"
enum {
    SECRET_MAX = 256,
    SECRET_TEXT_MAX = 2048
}; /* bytes of the password; of its protected text */

/* Makes "dpapi:<base64>" of a password. */
bool secret_protect(const char *password, char *out, size_t size, struct error *err);

/* The reverse. Fails with ERR_INVALID when the text was made on another PC or is damaged. */
bool secret_reveal(const char *text, char *out, size_t size, struct error *err);

/* Wipes memory that held a password, in a way no compiler removes. */
void secret_wipe(void *memory, size_t size);

#endif
