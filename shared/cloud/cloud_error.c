#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>

#include "base/text.h"
#include "cloud/cloud_private.h"

/* Error numbers of servers and library; those above the range of this library's header by number.
 */
static const struct {
    unsigned int code;
    enum error_kind kind;
} kinds[] = {
    /* the server cannot just now, or this server cannot */
    {ER_DISK_FULL, ERR_UNREACHABLE},
    {ER_RECORD_FILE_FULL, ERR_UNREACHABLE},
    {ER_GET_ERRNO, ERR_UNREACHABLE},
    {ER_OUTOFMEMORY, ERR_UNREACHABLE},
    {ER_CON_COUNT_ERROR, ERR_UNREACHABLE},
    {ER_UNKNOWN_COM_ERROR, ERR_UNREACHABLE}, /* Galera: not yet part of the cluster */
    {ER_SERVER_SHUTDOWN, ERR_UNREACHABLE},
    {ER_HOST_IS_BLOCKED, ERR_UNREACHABLE},
    {ER_TOO_MANY_USER_CONNECTIONS, ERR_UNREACHABLE},
    {ER_USER_LIMIT_REACHED, ERR_UNREACHABLE},
    {ER_LOCK_WAIT_TIMEOUT, ERR_UNREACHABLE},
    {ER_LOCK_TABLE_FULL, ERR_UNREACHABLE},
    {ER_LOCK_DEADLOCK, ERR_UNREACHABLE},
    {ER_QUERY_INTERRUPTED, ERR_UNREACHABLE},
    {ER_OPTION_PREVENTS_STATEMENT, ERR_UNREACHABLE},
    {ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ERR_UNREACHABLE},
    {1836, ERR_UNREACHABLE}, /* ER_READ_ONLY_MODE */
    {ER_NEED_REPREPARE, ERR_UNREACHABLE},
    {ER_UNKNOWN_STMT_HANDLER, ERR_UNREACHABLE},
    {3100, ERR_UNREACHABLE}, /* ER_RUN_HOOK_ERROR: group replication */
    {3101, ERR_UNREACHABLE}, /* ER_TRANSACTION_ROLLBACK_DURING_COMMIT */
    /* who we are */
    {ER_ACCESS_DENIED_ERROR, ERR_LOGIN},
    {ER_DBACCESS_DENIED_ERROR, ERR_LOGIN},
    {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ERR_LOGIN},
    {ER_HOST_NOT_PRIVILEGED, ERR_LOGIN},
    {ER_TABLEACCESS_DENIED_ERROR, ERR_LOGIN},
    {ER_COLUMNACCESS_DENIED_ERROR, ERR_LOGIN},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, ERR_LOGIN},
    {ER_NOT_SUPPORTED_AUTH_MODE, ERR_LOGIN},
    {ER_MUST_CHANGE_PASSWORD, ERR_LOGIN},
    {1862, ERR_LOGIN}, /* ER_MUST_CHANGE_PASSWORD_LOGIN */
    {ER_PLUGIN_IS_NOT_LOADED, ERR_LOGIN},
    {3118, ERR_LOGIN}, /* ER_ACCOUNT_HAS_BEEN_LOCKED, MySQL */
    {3955, ERR_LOGIN}, /* ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK */
    {4151, ERR_LOGIN}, /* ER_ACCOUNT_HAS_BEEN_LOCKED, MariaDB */
    {CR_AUTH_PLUGIN_CANNOT_LOAD, ERR_LOGIN},
    {CR_SECURE_AUTH, ERR_LOGIN},
    {5010, ERR_LOGIN}, /* the server asks for a way to log in that is not among auth_plugins */
    /* where it should go */
    {ER_BAD_DB_ERROR, ERR_TABLE},
    {ER_NO_DB_ERROR, ERR_TABLE},
    {ER_NO_SUCH_TABLE, ERR_TABLE},
    {ER_BAD_FIELD_ERROR, ERR_TABLE},
    {ER_NO_DEFAULT_FOR_FIELD, ERR_TABLE},
    {ER_OPEN_AS_READONLY, ERR_TABLE},
    {ER_NO_SUCH_TABLE_IN_ENGINE, ERR_TABLE},
    {ER_CRASHED_ON_USAGE, ERR_TABLE},
    {ER_CRASHED_ON_REPAIR, ERR_TABLE},
    {ER_NOT_KEYFILE, ERR_TABLE},
    {ER_NON_INSERTABLE_TABLE, ERR_TABLE},
    {ER_NON_UPDATABLE_TABLE, ERR_TABLE},
    /* what it is */
    {ER_DATA_TOO_LONG, ERR_DATA},
    {WARN_DATA_TRUNCATED, ERR_DATA},
    {ER_TRUNCATED_WRONG_VALUE, ERR_DATA},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ERR_DATA},
    {ER_WARN_DATA_OUT_OF_RANGE, ERR_DATA},
    {ER_CANNOT_CONVERT_CHARACTER, ERR_DATA},
    {ER_NO_PARTITION_FOR_GIVEN_VALUE, ERR_DATA},
    {ER_SIGNAL_EXCEPTION, ERR_DATA}, /* a trigger said no */
    {ER_CONSTRAINT_FAILED, ERR_DATA},
    {3819, ERR_DATA}, /* ER_CHECK_CONSTRAINT_VIOLATED, MySQL */
    /* how much */
    {ER_NET_PACKET_TOO_LARGE, ERR_TOO_LARGE},
    {ER_PS_MANY_PARAM, ERR_TOO_LARGE},
    {CR_NET_PACKET_TOO_LARGE, ERR_TOO_LARGE},
};

/* By the class of the SQLSTATE where the number is not known. */
static const struct {
    const char *state;
    enum error_kind kind;
} classes[] = {
    {"22", ERR_DATA},  {"23", ERR_DATA},        {"28", ERR_LOGIN},
    {"42", ERR_TABLE}, {"40", ERR_UNREACHABLE}, {"08", ERR_UNREACHABLE},
};

enum error_kind cloud_error_kind(unsigned int code, const char *state)
{
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        if (kinds[i].code == code) {
            return kinds[i].kind;
        }
    }
    for (size_t i = 0; i < HB_COUNT(classes); i++) {
        if (strncmp(classes[i].state, state, 2) == 0) {
            return classes[i].kind;
        }
    }
    return ERR_UNREACHABLE; /* not known: nothing is set aside for it, it is tried again */
}

static bool fail(struct cloud *cloud, unsigned int code, const char *state, const char *message,
                 const char *tried, struct error *err)
{
    if (wake_raised(cloud->wake)) {
        return error_set(err, ERR_STOPPED, 0, "%s: told to stop", tried);
    }
    char words[512];
    utf8_clean(span_of(message), words, sizeof words);
    return error_set(err, cloud_error_kind(code, state), (long)code, "%s: %s (%u)", tried,
                     words[0] != '\0' ? words : "no reason given", code);
}

bool cloud_fail(struct cloud *cloud, const char *tried, struct error *err)
{
    return fail(cloud, mysql_errno(cloud->mysql), mysql_sqlstate(cloud->mysql),
                mysql_error(cloud->mysql), tried, err);
}

bool cloud_fail_statement(struct cloud *cloud, MYSQL_STMT *statement, const char *tried,
                          struct error *err)
{
    return fail(cloud, mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement),
                mysql_stmt_error(statement), tried, err);
}
