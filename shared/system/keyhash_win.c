#include "system/keyhash.h"

#include <windows.h>

#include <bcrypt.h>

enum { SHA256_BYTES = 32 };

/* Opened once, for all threads and until the end: that takes longer than a hash does, and where
 * somebody is forgotten each punch is one. */
static BCRYPT_ALG_HANDLE hmac;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

static BOOL CALLBACK open_hmac(PINIT_ONCE unused, PVOID status, PVOID *nothing)
{
    (void)unused, (void)nothing;
    *(NTSTATUS *)status = BCryptOpenAlgorithmProvider(&hmac, BCRYPT_SHA256_ALGORITHM, NULL,
                                                      BCRYPT_ALG_HANDLE_HMAC_FLAG);
    return *(NTSTATUS *)status >= 0;
}

bool keyhash(const uint8_t key[KEYHASH_KEY], const void *bytes, size_t len, uint64_t *hash,
             struct error *err)
{
    uint8_t digest[SHA256_BYTES];
    NTSTATUS status = 0;
    /* It writes to neither of its inputs, and asks for them without const. */
    if (!InitOnceExecuteOnce(&once, open_hmac, &status, NULL) ||
        (status = BCryptHash(hmac, (PUCHAR)key, KEYHASH_KEY, (PUCHAR)bytes, (ULONG)len, digest,
                             sizeof digest)) < 0) {
        return error_set(err, ERR_MEMORY, (int)status, "Windows cannot make a keyed hash (%#lx)",
                         (unsigned long)status);
    }
    *hash = 0;
    for (size_t i = 0; i < sizeof *hash; i++) {
        *hash = *hash << 8 | digest[i];
    }
    return true;
}
