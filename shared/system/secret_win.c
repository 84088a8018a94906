#include <windows.h>

#include <wincrypt.h>

#include <stdlib.h>
#include <string.h>

#include "system/secret.h"
#include "system/wide.h"

/*
 * Mixed into the key, so that another program's DPAPI call does not open it by accident. It is no
 * secret: who may read config.json may read the password. It must never change: stored passwords
 * depend on it.
 */
static BYTE entropy[] = "HipBridge database password 1";

static DATA_BLOB entropy_blob(void)
{
    return (DATA_BLOB){sizeof entropy - 1, entropy};
}

bool secret_protect(const char *password, char *out, size_t size, struct error *err)
{
    char clear[SECRET_MAX];
    size_t len = strlen(password);
    static const char prefix[] = SECRET_PREFIX;
    size_t prefix_len = sizeof prefix - 1;
    if (len >= sizeof clear) {
        return error_set(err, ERR_INVALID, 0, "the password is longer than %d bytes",
                         SECRET_MAX - 1);
    }
    memcpy(clear, password, len + 1);
    DATA_BLOB in = {(DWORD)len, (BYTE *)clear};
    DATA_BLOB salt = entropy_blob();
    DATA_BLOB sealed = {0, NULL};
    BOOL done = CryptProtectData(&in, L"HIP Bridge", &salt, NULL, NULL,
                                 CRYPTPROTECT_UI_FORBIDDEN | CRYPTPROTECT_LOCAL_MACHINE, &sealed);
    DWORD code = done ? 0 : GetLastError();
    secret_wipe(clear, sizeof clear);
    if (!done) {
        return wide_error(err, code, "cannot protect the password");
    }
    if (size > prefix_len && size - prefix_len <= MAXDWORD) {
        DWORD room = (DWORD)(size - prefix_len);
        done = CryptBinaryToStringA(sealed.pbData, sealed.cbData,
                                    CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF, out + prefix_len,
                                    &room);
        code = done ? 0 : GetLastError();
        memcpy(out, prefix, prefix_len);
    } else {
        done = FALSE;
        code = ERROR_INSUFFICIENT_BUFFER;
    }
    LocalFree(sealed.pbData);
    return done || wide_error(err, code, "cannot write down the protected password");
}

bool secret_reveal(const char *text, char *out, size_t size, struct error *err)
{
    static const char prefix[] = SECRET_PREFIX;
    size_t prefix_len = sizeof prefix - 1;
    BYTE sealed[SECRET_TEXT_MAX];
    DWORD sealed_len = sizeof sealed;
    if (size > 0) {
        out[0] = '\0';
    }
    if (strncmp(text, prefix, prefix_len) != 0 ||
        !CryptStringToBinaryA(text + prefix_len, 0, CRYPT_STRING_BASE64, sealed, &sealed_len, NULL,
                              NULL)) {
        return error_set(err, ERR_INVALID, 0, "the protected password is damaged");
    }
    DATA_BLOB in = {sealed_len, sealed};
    DATA_BLOB salt = entropy_blob();
    DATA_BLOB clear = {0, NULL};
    if (!CryptUnprotectData(&in, NULL, &salt, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &clear)) {
        return error_set(err, ERR_INVALID, (long)GetLastError(),
                         "the protected password was made on another PC, or is damaged");
    }
    bool fits = clear.cbData < size;
    if (fits) {
        memcpy(out, clear.pbData, clear.cbData);
        out[clear.cbData] = '\0';
    }
    secret_wipe(clear.pbData, clear.cbData);
    LocalFree(clear.pbData);
    return fits || error_set(err, ERR_INVALID, 0, "the protected password is too long");
}

void secret_wipe(void *memory, size_t size)
{
    SecureZeroMemory(memory, size);
}
