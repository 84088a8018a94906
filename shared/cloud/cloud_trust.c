#include <assert.h>
#include <errmsg.h>
#include <stdio.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/hash.h"
#include "base/text.h"

/*
 * What is remembered is a text that the caller keeps: for each host sixteen hexadecimal digits that
 * stand for its name and port, a colon, and its certificate's fingerprint (SHA-256), entries
 * separated by a blank. Of fixed length, so that all hosts that can be configured have room.
 */
enum { HOST_DIGITS = 16, KEY_DIGITS = 64, ENTRY = HOST_DIGITS + 1 + KEY_DIGITS };

static_assert((ENTRY + 1) * CONFIG_HOSTS_MAX < CLOUD_TRUST_MAX, "all hosts have room");

static bool host_digits(const struct config_host *host, char out[HOST_DIGITS + 1])
{
    char text[CONFIG_TEXT_MAX + 8];
    int len = snprintf(text, sizeof text, "%s:%d", host->name, host->port);
    for (int i = 0; i < len; i++) {
        text[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    }
    /* Host names are the administrator's own: nobody else can choose them. */
    uint64_t hash = hash_bytes(HASH_BEGIN, text, (size_t)len);
    return snprintf(out, HOST_DIGITS + 1, "%016llx", (unsigned long long)hash) == HOST_DIGITS;
}

/* Where the host's fingerprint is in the remembered text; NULL: it is not. */
static const char *remembered(const struct cloud *cloud, const struct config_host *host)
{
    char digits[HOST_DIGITS + 1];
    const char *at = host_digits(host, digits) ? strstr(cloud->trust, digits) : NULL;
    return at != NULL && at[HOST_DIGITS] == ':' && strlen(at) >= ENTRY ? at + HOST_DIGITS + 1
                                                                       : NULL;
}

void cloud_remember(struct cloud *cloud, const char *text)
{
    snprintf(cloud->trust, sizeof cloud->trust, "%s", text);
}

const char *cloud_remembered(const struct cloud *cloud)
{
    return cloud->trust;
}

void cloud_trust_anew(struct cloud *cloud)
{
    cloud->trust_anew = true;
}

/* The library's way to write it: digits, perhaps with colons between. */
static bool digits_of(const char *fingerprint, char out[KEY_DIGITS + 1])
{
    size_t used = 0;
    for (const char *at = fingerprint; *at != '\0'; at++) {
        bool letter = (*at >= 'a' && *at <= 'f') || (*at >= 'A' && *at <= 'F');
        if (!letter && !(*at >= '0' && *at <= '9')) {
            if (*at != ':') {
                return false;
            }
            continue;
        }
        if (used == KEY_DIGITS) {
            return false;
        }
        out[used++] = *at >= 'A' && *at <= 'F' ? (char)(*at + 32) : *at;
    }
    out[used] = '\0';
    return used == KEY_DIGITS;
}

bool cloud_trust_check(struct cloud *cloud, const char *fingerprint, struct error *err)
{
    char key[KEY_DIGITS + 1];
    cloud->facts.tls_key[0] = '\0';
    if (!digits_of(fingerprint, key)) {
        return error_set(err, ERR_UNREACHABLE, CR_SSL_CONNECTION_ERROR,
                         "the key of the server at %s cannot be read", cloud->facts.host);
    }
    snprintf(cloud->facts.tls_key, sizeof cloud->facts.tls_key, "%s", key);
    if (cloud->config->tls != CONFIG_TLS_ENCRYPT || cloud->trust_anew) {
        return true;
    }
    const char *known = remembered(cloud, cloud->trying);
    return known == NULL || memcmp(known, key, KEY_DIGITS) == 0 ||
           error_set(err, ERR_UNREACHABLE, CR_SSL_CONNECTION_ERROR,
                     "the server at %s shows another key (%.16s…) than the one that was remembered "
                     "at the first login (%.16s…), and the password was not sent. Has whoever runs "
                     "it given it a new certificate? Then run `hipctl test-db --trust`. If not, "
                     "somebody else answers in its place",
                     cloud->facts.host, key, known);
}

void cloud_trust_keep(struct cloud *cloud)
{
    char kept[CLOUD_TRUST_MAX] = "";
    size_t used = 0;
    if (cloud->config->tls != CONFIG_TLS_ENCRYPT || cloud->facts.tls_key[0] == '\0') {
        return;
    }
    /* Only what is configured stays. */
    for (size_t i = 0; i < cloud->config->host_count; i++) {
        const struct config_host *host = &cloud->config->hosts[i];
        const char *key = host == cloud->trying ? cloud->facts.tls_key : remembered(cloud, host);
        char digits[HOST_DIGITS + 1];
        if (key != NULL && host_digits(host, digits)) {
            used += (size_t)snprintf(kept + used, sizeof kept - used, "%s%s:%.64s",
                                     used > 0 ? " " : "", digits, key);
        }
    }
    memcpy(cloud->trust, kept, sizeof kept);
}
