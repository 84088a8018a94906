#include <errmsg.h>
#include <stdio.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/text.h"
#include "base/walltime.h"

static const char certificate_of_another[] =
    ". The server's certificate is for another name: write that name in database.host, or name the "
    "file of the authority that issued it (PEM) in database.tls_ca and set database.tls to "
    "\"verify-ca\", which looks at the authority alone";
static const char certificate_by_another[] =
    ". This PC does not trust the authority that issued the server's certificate: name the file of "
    "that authority's own certificate (PEM) in database.tls_ca (Windows fetches the authorities "
    "it knows from Windows Update as they are needed, which a PC that cannot reach it does not "
    "have)";
static const char certificate_too_old[] =
    ". The server's certificate has expired: whoever runs the server must renew it (or this PC's "
    "clock is wrong); database.tls \"encrypt\" takes it until then";

/* What of the library's words, Schannel's or OpenSSL's, tells which way a certificate is wrong. */
static const struct {
    const char *word;
    const char *advice;
} certificate_advice[] = {
    {"CN_NO_MATCH", certificate_of_another},
    {"ostname", certificate_of_another},
    {"Validation of SSL server", certificate_of_another},
    {"UNTRUSTED", certificate_by_another},
    {"CHAINING", certificate_by_another},
    {"self-signed", certificate_by_another},
    {"self signed", certificate_by_another},
    {"get local issuer", certificate_by_another},
    {"EXPIRED", certificate_too_old},
    {"expired", certificate_too_old},
};

const char *cloud_tls_advice(const struct config_database *config, const char *failure)
{
    if (config->tls == CONFIG_TLS_VERIFY || config->tls == CONFIG_TLS_VERIFY_CA) {
        for (size_t i = 0; i < HB_COUNT(certificate_advice); i++) {
            if (strstr(failure, certificate_advice[i].word) != NULL) {
                return certificate_advice[i].advice;
            }
        }
        if (config->tls == CONFIG_TLS_VERIFY_CA) {
            return ". database.tls is \"verify-ca\": the server's certificate must be issued by "
                   "the "
                   "authority in database.tls_ca";
        }
        return config->tls_ca[0] != '\0'
                   ? ". database.tls is \"verify\": the server's certificate must be issued by the "
                     "authority in database.tls_ca and name the host as database.host does"
                   : ". database.tls is \"verify\": the server's certificate must be issued by an "
                     "authority this PC trusts (or name its file in database.tls_ca) and name the "
                     "host as database.host does";
    }
    return config->tls == CONFIG_TLS_ENCRYPT
               ? ". database.tls is \"encrypt\": the server must offer TLS 1.2 or newer"
               : "";
}

/*
 * Who issued the server's certificate and when it ends, into the facts. It is what the server sent,
 * so its text is not trusted; under database.tls "encrypt" nobody has vouched for any of it, and
 * its fingerprint is held against the one remembered.
 */
static bool read_certificate(struct cloud *cloud, struct error *err)
{
#if CLOUD_CERTIFICATE_TOLD
    enum { FINGERPRINT_BITS = 256 };
    struct cloud_facts *facts = &cloud->facts;
    MARIADB_X509_INFO *info = NULL;
    if (mariadb_get_infov(cloud->mysql, MARIADB_TLS_PEER_CERT_INFO, (void *)&info,
                          (unsigned int)FINGERPRINT_BITS) != 0 ||
        info == NULL) {
        return error_set(err, ERR_UNREACHABLE, CR_SSL_CONNECTION_ERROR,
                         "the server's certificate cannot be read");
    }
    const struct civil until = {.year = info->not_after.tm_year + 1900,
                                .month = info->not_after.tm_mon + 1,
                                .day = info->not_after.tm_mday,
                                .hour = info->not_after.tm_hour,
                                .minute = info->not_after.tm_min,
                                .second = info->not_after.tm_sec};
    if (info->issuer != NULL) {
        utf8_clean(span_of(info->issuer), facts->tls_issuer, sizeof facts->tls_issuer);
    }
    if (!walltime_from_civil(&until, &facts->tls_until_s)) {
        facts->tls_until_s = 0;
    }
    return cloud_trust_check(cloud, info->fingerprint, err);
#else
    (void)cloud;
    (void)err;
    return true;
#endif
}

bool cloud_tls_check(struct cloud *cloud, struct error *err)
{
    enum { TLS_1_2 = 3 }; /* numbers of MARIADB_CONNECTION_TLS_VERSION_ID: SSLv3 is 0 */
    const char *cipher = mysql_get_ssl_cipher(cloud->mysql);
    const char *version = NULL;
    unsigned int number = 0;
    if (cipher == NULL) {
        snprintf(cloud->facts.tls, sizeof cloud->facts.tls, "no TLS");
        return cloud->config->tls == CONFIG_TLS_OFF ||
               error_set(err, ERR_UNREACHABLE, CR_SSL_CONNECTION_ERROR,
                         "the connection came up without TLS and was closed");
    }
    if (mariadb_get_infov(cloud->mysql, MARIADB_CONNECTION_TLS_VERSION, (void *)&version) != 0 ||
        mariadb_get_infov(cloud->mysql, MARIADB_CONNECTION_TLS_VERSION_ID, (void *)&number) != 0 ||
        version == NULL || number < TLS_1_2) {
        return error_set(err, ERR_UNREACHABLE, CR_SSL_CONNECTION_ERROR,
                         "the server offers %s, TLS 1.2 or newer is needed",
                         version != NULL ? version : "an unknown version of TLS");
    }
    snprintf(cloud->facts.tls, sizeof cloud->facts.tls, "%s%s%s", version,
             cipher[0] != '\0' ? " " : "", cipher);
    return read_certificate(cloud, err);
}
