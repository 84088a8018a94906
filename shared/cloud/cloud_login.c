#include <mysql.h>

#include <errmsg.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/text.h"
#include "net/resolve.h"

/*
 * A login begins with a plugin of our own, which the library calls before its first byte: the
 * library alone would go on without TLS where a server offers none, and its plugins then take the
 * line to be safe because TLS was wanted. It lets the library make TLS and say who we are, looks at
 * the TLS, and only then lets the server name the way in which the password is to be proved.
 */
static const char first_plugin[] = "hipbridge_login";

/*
 * The ways in which a password may be proved. Over TLS those of today's servers; without it none
 * that ever shows the password, or gives it to whatever key the server hands over.
 */
static const char plugins_over_tls[] =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";
static const char plugins_in_the_clear[] = "mysql_native_password,client_ed25519";

/*
 * A plugin and what it is called with, as the library has them in <mysql/client_plugin.h> and
 * <mysql/plugin_auth.h>: the one includes a header that Debian's package does not ship, the other
 * needs <windows.h>. Newer versions have more functions at the end of a plugin.
 */
struct packets {
    int (*read)(struct packets *packets, unsigned char **packet);
    int (*write)(struct packets *packets, const unsigned char *packet, int len);
    void (*info)(struct packets *packets, void *info);
};

struct plugin {
    int type;
    unsigned int interface_version;
    const char *name;
    const char *author;
    const char *description;
    unsigned int version[3];
    const char *license;
    void *api;
    int (*init)(char *, size_t, int, va_list);
    int (*end)(void);
    int (*options)(const char *option, const void *value);
    int (*authenticate)(struct packets *packets, MYSQL *mysql);
    void *later[2];
};

/* What authenticate returns: see the error or the packet last read; that packet ended the login. */
enum { LOGIN_OPEN = 0, LOGIN_DONE = -2 };

enum { PLUGIN_AUTHENTICATION = 2, PLUGIN_INTERFACE = 0x100 };

enum { SERVER_HAS_TLS = 2048 }; /* CLIENT_SSL, of the greeting */

/* The one that this thread is working for: the library's hooks have no argument of their own. */
static _Thread_local struct cloud *current;

void cloud_work_for(struct cloud *cloud)
{
    current = cloud;
}

static int wait_for_socket(my_socket socket, my_bool read, int timeout)
{
    /* Milliseconds, but for the library's part for OpenSSL, which hands its seconds over. All times
     * that are set here are whole seconds, so the two cannot be taken for each other. */
    int timeout_ms = timeout < 1000 ? timeout * 1000 : timeout;
    wake_watch(current->wake, (intptr_t)socket);
    return wake_wait(current->wake, (intptr_t)socket, read != 0, timeout_ms);
}

static int authenticate(struct packets *packets, MYSQL *mysql)
{
    struct cloud *cloud = current;
    const bool tls = cloud->config->tls != CONFIG_TLS_OFF;
    unsigned char *packet = NULL;
    if (cloud->login_begun) {
        return LOGIN_OPEN; /* a server that asks for it anew */
    }
    if (tls && (mysql->server_capabilities & SERVER_HAS_TLS) == 0) {
        error_set(
            &cloud->refused, ERR_UNREACHABLE, CR_SSL_CONNECTION_ERROR,
            "the server at %s offers no TLS, so that nothing was sent to it. Have TLS switched "
            "on there; in a network of your own, database.tls \"off\" does without",
            cloud->facts.host);
        return LOGIN_OPEN;
    }
    /* By this the library makes TLS, says who we are and hears how that is to be proved. */
    cloud->login_begun = true;
    int got = packets->read(packets, &packet);
    if (got < 0 && mysql_errno(mysql) != 0) {
        return LOGIN_OPEN; /* the server's or the library's own refusal */
    }
    /* What was asked for is tried only where it is on the list, which it is from here on. */
    if (!cloud_tls_check(cloud, &cloud->refused) ||
        mysql_optionsv(mysql, MARIADB_OPT_RESTRICTED_AUTH,
                       tls ? plugins_over_tls : plugins_in_the_clear) != 0) {
        return LOGIN_OPEN;
    }
    return got > 0 && packet[0] == 0 ? LOGIN_DONE : LOGIN_OPEN;
}

static struct plugin first = {
    .type = PLUGIN_AUTHENTICATION,
    .interface_version = PLUGIN_INTERFACE,
    .name = first_plugin,
    .author = "HIP Bridge",
    .description = "Sees to it that TLS stands before a login",
    .version = {1, 0, 0},
    .license = "MIT",
    .authenticate = authenticate,
};

bool cloud_login_register(void)
{
    static bool done;
    MYSQL *mysql = done ? NULL : mysql_init(NULL);
    if (mysql != NULL) {
        done = mysql_client_register_plugin(mysql, (struct st_mysql_client_plugin *)&first) != NULL;
        mysql_close(mysql);
    }
    return done;
}

static bool set_options(struct cloud *cloud, struct error *err)
{
    static const char tried[] = "cannot set up the database connection";
    const struct config_database *config = cloud->config;
    MYSQL *mysql = cloud->mysql;
    unsigned int connect_s = (unsigned int)config->connect_timeout_s;
    /* Where there is another host, one that hangs is not waited for. */
    unsigned int io_s = config->host_count > 1 ? connect_s : connect_s * CLOUD_IO_CONNECTS;
    unsigned int off = 0;
    unsigned int protocol = MYSQL_PROTOCOL_TCP;
    my_bool no = 0;
    my_bool tls = config->tls != CONFIG_TLS_OFF;
    my_bool verify = config->tls == CONFIG_TLS_VERIFY;
    bool chain = verify || config->tls == CONFIG_TLS_VERIFY_CA;

    /* A server may name a plugin for the login: what is not built in is not looked for elsewhere
     * than beside this program. */
    char plugins[FILE_PATH_MAX];
    if (!file_program_folder(plugins, sizeof plugins, err)) {
        return false;
    }
    const struct {
        enum mysql_option option;
        const void *value;
    } options[] = {
        {MYSQL_OPT_PROTOCOL, &protocol},
        {MYSQL_OPT_CONNECT_TIMEOUT, &connect_s},
        {MYSQL_OPT_READ_TIMEOUT, &io_s},
        {MYSQL_OPT_WRITE_TIMEOUT, &io_s},
        {MYSQL_OPT_RECONNECT, &no},
        {MYSQL_OPT_LOCAL_INFILE, &off},
        {MYSQL_SET_CHARSET_NAME, "utf8mb4"},
        {MYSQL_PLUGIN_DIR, plugins},
        {MYSQL_DEFAULT_AUTH, first_plugin},
        {MARIADB_OPT_RESTRICTED_AUTH, first_plugin}, /* until TLS was looked at */
        {MYSQL_OPT_SSL_ENFORCE, &tls},
        {MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify},
    };
    for (size_t i = 0; i < HB_COUNT(options); i++) {
        if (mysql_optionsv(mysql, options[i].option, options[i].value) != 0) {
            return cloud_fail(cloud, tried, err);
        }
    }
    if (mysql_optionsv(mysql, MARIADB_OPT_IO_WAIT, wait_for_socket) != 0 ||
        (chain && config->tls_ca[0] != '\0' &&
         mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, config->tls_ca) != 0)) {
        return cloud_fail(cloud, tried, err);
    }
    return true;
}

/* Why the library could not log in. */
static bool fail_login(struct cloud *cloud, const char *tried, struct error *err)
{
    const struct config_database *config = cloud->config;
    unsigned int code = mysql_errno(cloud->mysql);
    if (cloud->refused.kind != ERR_NONE && !wake_raised(cloud->wake)) {
        return error_set(err, cloud->refused.kind, cloud->refused.code, "%s: %s", tried,
                         cloud->refused.text);
    }
    if (code == CR_PLUGIN_NOT_ALLOWED && !wake_raised(cloud->wake)) {
        const char *words =
            !cloud->login_begun ? "the server has no choice of ways to log in, so that nothing was "
                                  "sent to it: MySQL 5.5.7 or MariaDB 5.2 is the least"
            : config->tls == CONFIG_TLS_OFF
                ? "this account's way to log in needs TLS, since without it the password could be "
                  "read: set database.tls to \"verify\" or \"verify-ca\" (without TLS only "
                  "mysql_native_password and ed25519 are taken)"
                : "the server asks for a way to log in that this program does not take. It takes "
                  "mysql_native_password and ed25519, and over TLS caching_sha2_password and "
                  "sha256_password";
        return error_set(err, ERR_LOGIN, (long)code, "%s: %s", tried, words);
    }
    cloud_fail(cloud, tried, err);
    if (code == CR_SSL_CONNECTION_ERROR && err != NULL) {
        size_t used = strlen(err->text);
        snprintf(err->text + used, sizeof err->text - used, "%s",
                 cloud_tls_advice(config, mysql_error(cloud->mysql)));
    }
    return false;
}

bool cloud_login(struct cloud *cloud, const struct config_host *at, const char *tried,
                 struct error *err)
{
    const struct config_database *config = cloud->config;
    cloud->trying = at;
    cloud->login_begun = false;
    error_clear(&cloud->refused);
    if (!set_options(cloud, err)) {
        return false;
    }
    /* The library would block until the system knows, and a stop with it. */
    if (resolve_await(at->name, cloud->wake) != RESOLVE_KNOWN) {
        return cloud_fail_unknown(cloud, at->name, tried, err);
    }
    if (mysql_real_connect(cloud->mysql, at->name, config->user, config->password, config->database,
                           (unsigned int)at->port, NULL, 0) == NULL) {
        return fail_login(cloud, tried, err);
    }
    cloud_trust_keep(cloud);
    return true;
}
