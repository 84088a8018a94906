#include "system/keyhash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

bool keyhash(const uint8_t key[KEYHASH_KEY], const void *bytes, size_t len, uint64_t *hash,
             struct error *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    if (HMAC(EVP_sha256(), key, KEYHASH_KEY, bytes, len, digest, &count) == NULL ||
        count < sizeof *hash) {
        return error_set(err, ERR_MEMORY, 0, "OpenSSL cannot make a keyed hash");
    }
    *hash = 0;
    for (size_t i = 0; i < sizeof *hash; i++) {
        *hash = *hash << 8 | digest[i];
    }
    return true;
}
