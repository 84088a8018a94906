#include <mysql.h>

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cloud/cloud_private.h"

/*
 * The numbers that this program relies on, of MySQL (to 9) and MariaDB (to 11) and of the client
 * library, by what they mean for the rows: their own lists were gone through class by class. What
 * is not here goes by its SQLSTATE, and what that does not tell is tried again for as long as it
 * takes. The cure is for whoever reads the event, added to the server's own words.
 */
static const char grant[] = "Have the server's administrator run: GRANT SELECT, INSERT, UPDATE on "
                            "the database to this account";
static const char engine[] = "ALTER TABLE … ENGINE = InnoDB";

static const struct {
    unsigned int code;
    enum error_kind kind;
    const char *name;
    const char *cure; /* NULL: the words say enough */
} classes[] = {
    /* clang-format off */
    /* the server cannot just now, or this server cannot: tried again */
    {1021, ERR_UNREACHABLE, "ER_DISK_FULL", "The disk of the database server is full"},
    {1026, ERR_UNREACHABLE, "ER_ERROR_ON_WRITE", "The disk of the database server cannot be written to"},
    {1030, ERR_UNREACHABLE, "ER_GET_ERRNO", NULL},
    {1037, ERR_UNREACHABLE, "ER_OUTOFMEMORY", "The database server is out of memory"},
    {1038, ERR_UNREACHABLE, "ER_OUT_OF_SORTMEMORY", "The database server is out of memory"},
    {1040, ERR_UNREACHABLE, "ER_CON_COUNT_ERROR", "All the server's connections are taken (max_connections): they come free, or whoever runs it allows more"},
    {1041, ERR_UNREACHABLE, "ER_OUT_OF_RESOURCES", "The database server is out of memory"},
    {1047, ERR_UNREACHABLE, "ER_UNKNOWN_COM_ERROR", "This node of the cluster is not part of it just now"},
    {1053, ERR_UNREACHABLE, "ER_SERVER_SHUTDOWN", NULL},
    {1105, ERR_UNREACHABLE, "ER_UNKNOWN_ERROR", NULL},
    {1114, ERR_UNREACHABLE, "ER_RECORD_FILE_FULL", "The table or the disk of the database server is full"},
    {1129, ERR_UNREACHABLE, "ER_HOST_IS_BLOCKED", "The server has shut this PC's address out after failed connections: whoever runs it has to run FLUSH HOSTS"},
    {1135, ERR_UNREACHABLE, "ER_CANT_CREATE_THREAD", "The database server is out of memory or threads"},
    {1152, ERR_UNREACHABLE, "ER_ABORTING_CONNECTION", NULL},
    {1156, ERR_UNREACHABLE, "ER_NET_PACKETS_OUT_OF_ORDER", NULL},
    {1158, ERR_UNREACHABLE, "ER_NET_READ_ERROR", NULL},
    {1159, ERR_UNREACHABLE, "ER_NET_READ_INTERRUPTED", NULL},
    {1160, ERR_UNREACHABLE, "ER_NET_ERROR_ON_WRITE", NULL},
    {1161, ERR_UNREACHABLE, "ER_NET_WRITE_INTERRUPTED", NULL},
    {1180, ERR_UNREACHABLE, "ER_ERROR_DURING_COMMIT", NULL},
    {1184, ERR_UNREACHABLE, "ER_NEW_ABORTING_CONNECTION", NULL},
    {1203, ERR_UNREACHABLE, "ER_TOO_MANY_USER_CONNECTIONS", "The account has all the connections that it may have"},
    {1205, ERR_UNREACHABLE, "ER_LOCK_WAIT_TIMEOUT", "Somebody else holds the table"},
    {1206, ERR_UNREACHABLE, "ER_LOCK_TABLE_FULL", NULL},
    {1223, ERR_UNREACHABLE, "ER_CANT_UPDATE_WITH_READLOCK", "The server is locked for reading, as for a backup"},
    {1226, ERR_UNREACHABLE, "ER_USER_LIMIT_REACHED", "The account has used up what its host allows in an hour"},
    {1243, ERR_UNREACHABLE, "ER_UNKNOWN_STMT_HANDLER", NULL},
    {1290, ERR_UNREACHABLE, "ER_OPTION_PREVENTS_STATEMENT", "The server takes no writes just now"},
    {1296, ERR_UNREACHABLE, "ER_GET_ERRMSG", NULL},
    {1297, ERR_UNREACHABLE, "ER_GET_TEMPORARY_ERRMSG", NULL},
    {1317, ERR_UNREACHABLE, "ER_QUERY_INTERRUPTED", NULL},
    {1461, ERR_UNREACHABLE, "ER_MAX_PREPARED_STMT_COUNT_REACHED", "The server's prepared statements are used up by its clients (max_prepared_stmt_count): they come free, or whoever runs it allows more"},
    {1613, ERR_UNREACHABLE, "ER_XA_RBTIMEOUT", NULL},
    {1615, ERR_UNREACHABLE, "ER_NEED_REPREPARE", NULL},
    {1637, ERR_UNREACHABLE, "ER_TOO_MANY_CONCURRENT_TRXS", NULL},
    {1792, ERR_UNREACHABLE, "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION", "The server takes no writes just now"},
    {1836, ERR_UNREACHABLE, "ER_READ_ONLY_MODE", "The server takes no writes just now"},
    {1874, ERR_UNREACHABLE, "ER_INNODB_READ_ONLY", "The server takes no writes: whoever runs it has set innodb_read_only"},
    {1927, ERR_UNREACHABLE, "ER_CONNECTION_KILLED", NULL},
    {1969, ERR_UNREACHABLE, "ER_STATEMENT_TIMEOUT", "The server gives a statement too little time (max_statement_time)"},
    {3024, ERR_UNREACHABLE, "ER_QUERY_TIMEOUT", "The server gives a statement too little time (max_execution_time)"},
    {3032, ERR_UNREACHABLE, "ER_SERVER_OFFLINE_MODE", "The server lets only its administrators in just now (offline_mode)"},
    {3100, ERR_UNREACHABLE, "ER_RUN_HOOK_ERROR", NULL},
    {3168, ERR_UNREACHABLE, "ER_SERVER_ISNT_AVAILABLE", NULL},
    {3572, ERR_UNREACHABLE, "ER_LOCK_NOWAIT", NULL},
    {4031, ERR_UNREACHABLE, "ER_CLIENT_INTERACTION_TIMEOUT", NULL},
    /* another transaction was in the way: tried again at once */
    {1020, ERR_CONFLICT, "ER_CHECKREAD", NULL},
    {1213, ERR_CONFLICT, "ER_LOCK_DEADLOCK", NULL},
    {1412, ERR_CONFLICT, "ER_TABLE_DEF_CHANGED", NULL},
    {1614, ERR_CONFLICT, "ER_XA_RBDEADLOCK", NULL},
    {3101, ERR_CONFLICT, "ER_TRANSACTION_ROLLBACK_DURING_COMMIT", NULL},
    /* who we are, and what we may */
    {1044, ERR_LOGIN, "ER_DBACCESS_DENIED_ERROR", grant},
    {1045, ERR_LOGIN, "ER_ACCESS_DENIED_ERROR", NULL},
    {1130, ERR_LOGIN, "ER_HOST_NOT_PRIVILEGED", "The server does not let this PC's address in: at a hosted database add it to the addresses that may connect (\"remote access\", \"trusted sources\", a firewall rule); on a server of your own the account must be for that host or for '%'"},
    {1142, ERR_LOGIN, "ER_TABLEACCESS_DENIED_ERROR", grant},
    {1143, ERR_LOGIN, "ER_COLUMNACCESS_DENIED_ERROR", grant},
    {1227, ERR_LOGIN, "ER_SPECIFIC_ACCESS_DENIED_ERROR", NULL},
    {1251, ERR_LOGIN, "ER_NOT_SUPPORTED_AUTH_MODE", NULL},
    {1524, ERR_LOGIN, "ER_PLUGIN_IS_NOT_LOADED", NULL},
    {1698, ERR_LOGIN, "ER_ACCESS_DENIED_NO_PASSWORD_ERROR", NULL},
    {1820, ERR_LOGIN, "ER_MUST_CHANGE_PASSWORD", "The account's password has expired: have a new one set, then run `hipctl set-password`"},
    {1862, ERR_LOGIN, "ER_MUST_CHANGE_PASSWORD_LOGIN", "The account's password has expired: have a new one set, then run `hipctl set-password`"},
    {3118, ERR_LOGIN, "ER_ACCOUNT_HAS_BEEN_LOCKED", "The account is locked: ALTER USER … ACCOUNT UNLOCK"},
    {3159, ERR_LOGIN, "ER_SECURE_TRANSPORT_REQUIRED", "The server takes nobody without TLS: set database.tls to \"verify\" or \"verify-ca\""},
    {3955, ERR_LOGIN, "ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK", "The account is locked after wrong passwords: ALTER USER … ACCOUNT UNLOCK"},
    {4151, ERR_LOGIN, "ER_ACCOUNT_HAS_BEEN_LOCKED", "The account is locked: ALTER USER … ACCOUNT UNLOCK"},
    {2049, ERR_LOGIN, "CR_SECURE_AUTH", NULL},
    {2059, ERR_LOGIN, "CR_AUTH_PLUGIN_CANNOT_LOAD", NULL},
    {5010, ERR_LOGIN, "CR_PLUGIN_NOT_ALLOWED", NULL},
    /* where it should go */
    {1034, ERR_TABLE, "ER_NOT_KEYFILE", "The table is damaged: REPAIR TABLE"},
    {1036, ERR_TABLE, "ER_OPEN_AS_READONLY", NULL},
    {1046, ERR_TABLE, "ER_NO_DB_ERROR", "Name the database in database.database"},
    {1049, ERR_TABLE, "ER_BAD_DB_ERROR", "Correct database.database, or have the database made"},
    {1054, ERR_TABLE, "ER_BAD_FIELD_ERROR", NULL},
    {1071, ERR_TABLE, "ER_TOO_LONG_KEY", "The server's default engine or character set takes no key of this length: CREATE TABLE … ENGINE = InnoDB ROW_FORMAT = DYNAMIC"},
    {1115, ERR_TABLE, "ER_UNKNOWN_CHARACTER_SET", "The server is too old to know utf8mb4"},
    {1146, ERR_TABLE, "ER_NO_SUCH_TABLE", NULL},
    {1194, ERR_TABLE, "ER_CRASHED_ON_USAGE", "The table is damaged: REPAIR TABLE"},
    {1195, ERR_TABLE, "ER_CRASHED_ON_REPAIR", "The table is damaged: REPAIR TABLE"},
    {1288, ERR_TABLE, "ER_NON_UPDATABLE_TABLE", "It is a view: name the table itself in database.table"},
    {1305, ERR_TABLE, "ER_SP_DOES_NOT_EXIST", "A trigger of the table calls what is not there"},
    {1347, ERR_TABLE, "ER_WRONG_OBJECT", "It is no table: name one in database.table"},
    {1348, ERR_TABLE, "ER_NONUPDATEABLE_COLUMN", "It is a view: name the table itself in database.table"},
    {1356, ERR_TABLE, "ER_VIEW_INVALID", "It is a view: name the table itself in database.table"},
    {1364, ERR_TABLE, "ER_NO_DEFAULT_FOR_FIELD", "Give that column a default"},
    {1422, ERR_TABLE, "ER_COMMIT_NOT_ALLOWED_IN_SF_OR_TRG", "A trigger of the table ends transactions"},
    {1442, ERR_TABLE, "ER_CANT_UPDATE_USED_TABLE_IN_SF_OR_TRG", "A trigger of the table changes the table itself"},
    {1449, ERR_TABLE, "ER_NO_SUCH_USER", "A trigger or view belongs to an account that is not there: have it made anew"},
    {1471, ERR_TABLE, "ER_NON_INSERTABLE_TABLE", "It is a view: name the table itself in database.table"},
    {1785, ERR_TABLE, "ER_GTID_UNSAFE_NON_TRANSACTIONAL_TABLE", engine},
    {1814, ERR_TABLE, "ER_TABLESPACE_DISCARDED", NULL},
    {1932, ERR_TABLE, "ER_NO_SUCH_TABLE_IN_ENGINE", "The table is damaged"},
    {1906, ERR_TABLE, "ER_WARNING_NON_DEFAULT_VALUE_FOR_GENERATED_COLUMN", "That column is computed by the server and cannot be filled"},
    {3098, ERR_TABLE, "ER_BEFORE_DML_VALIDATION_ERROR", "On a group of servers a table needs a primary key and the engine InnoDB"},
    {3105, ERR_TABLE, "ER_NON_DEFAULT_VALUE_FOR_GENERATED_COLUMN", "That column is computed by the server and cannot be filled"},
    {3750, ERR_TABLE, "ER_TABLE_WITHOUT_PK", NULL},
    /* what it is: that row's own fault */
    {1048, ERR_DATA, "ER_BAD_NULL_ERROR", NULL},
    {1062, ERR_DATA, "ER_DUP_ENTRY", NULL},
    {1216, ERR_DATA, "ER_NO_REFERENCED_ROW", NULL},
    {1264, ERR_DATA, "ER_WARN_DATA_OUT_OF_RANGE", NULL},
    {1265, ERR_DATA, "WARN_DATA_TRUNCATED", NULL},
    {1292, ERR_DATA, "ER_TRUNCATED_WRONG_VALUE", NULL},
    {1300, ERR_DATA, "ER_INVALID_CHARACTER_STRING", NULL},
    {1365, ERR_DATA, "ER_DIVISION_BY_ZERO", NULL},
    {1366, ERR_DATA, "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD", NULL},
    {1367, ERR_DATA, "ER_ILLEGAL_VALUE_FOR_TYPE", NULL},
    {1406, ERR_DATA, "ER_DATA_TOO_LONG", NULL},
    {1452, ERR_DATA, "ER_NO_REFERENCED_ROW_2", NULL},
    {1526, ERR_DATA, "ER_NO_PARTITION_FOR_GIVEN_VALUE", NULL},
    {1591, ERR_DATA, "ER_NO_PARTITION_FOR_GIVEN_VALUE_SILENT", NULL},
    {1644, ERR_DATA, "ER_SIGNAL_EXCEPTION", NULL},
    {1690, ERR_DATA, "ER_DATA_OUT_OF_RANGE", NULL},
    {1748, ERR_DATA, "ER_ROW_DOES_NOT_MATCH_GIVEN_PARTITION_SET", NULL},
    {3140, ERR_DATA, "ER_INVALID_JSON_TEXT", NULL},
    {3819, ERR_DATA, "ER_CHECK_CONSTRAINT_VIOLATED", NULL},
    {1977, ERR_DATA, "ER_CANNOT_CONVERT_CHARACTER", NULL},
    {3854, ERR_DATA, "ER_CANNOT_CONVERT_STRING", NULL},
    {3988, ERR_DATA, "ER_IMPOSSIBLE_STRING_CONVERSION", NULL},
    {4025, ERR_DATA, "ER_CONSTRAINT_FAILED", NULL},
    /* how much: the batch is made smaller */
    {1153, ERR_TOO_LARGE, "ER_NET_PACKET_TOO_LARGE", NULL},
    {1197, ERR_TOO_LARGE, "ER_TRANS_CACHE_FULL", NULL},
    {1390, ERR_TOO_LARGE, "ER_PS_MANY_PARAM", NULL},
    {2020, ERR_TOO_LARGE, "CR_NET_PACKET_TOO_LARGE", NULL},

    /* clang-format on */
};

/* By the class of the SQLSTATE where the number is not known. */
static const struct {
    const char *state;
    enum error_kind kind;
} states[] = {
    {"22", ERR_DATA},  {"23", ERR_DATA},     {"28", ERR_LOGIN},
    {"42", ERR_TABLE}, {"40", ERR_CONFLICT}, {"08", ERR_UNREACHABLE},
};

static size_t class_of(unsigned int code)
{
    size_t i = 0;
    while (i < HB_COUNT(classes) && classes[i].code != code) {
        i++;
    }
    return i;
}

static bool of_the_library(unsigned int code)
{
    return (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR) ||
           (code >= CER_MIN_ERROR && code <= CER_MAX_ERROR);
}

enum error_kind cloud_error_kind(unsigned int code, const char *state)
{
    size_t at = class_of(code);
    if (at < HB_COUNT(classes)) {
        return classes[at].kind;
    }
    for (size_t i = 0; i < HB_COUNT(states); i++) {
        if (strncmp(states[i].state, state, 2) == 0) {
            return states[i].kind;
        }
    }
    return ERR_UNREACHABLE; /* not known: nothing is set aside for it, it is tried again */
}

bool cloud_error_known(long code)
{
    return code <= 0 || of_the_library((unsigned int)code) ||
           class_of((unsigned int)code) < HB_COUNT(classes);
}

bool cloud_error_shortage(long code)
{
    return code == ER_CON_COUNT_ERROR || code == ER_TOO_MANY_USER_CONNECTIONS;
}

bool cloud_error_answered(long code)
{
    return code > 0 && !of_the_library((unsigned int)code);
}

const char *cloud_error_cure(const struct config_database *config, unsigned int code)
{
    static const char without_tls[] =
        "Is the password right? An account that needs TLS is refused in the same words: then set "
        "database.tls to \"verify\" or \"verify-ca\"";
    size_t at = class_of(code);
    if (code == 1045 && config->tls == CONFIG_TLS_OFF) {
        return without_tls;
    }
    return at < HB_COUNT(classes) && classes[at].cure != NULL ? classes[at].cure : "";
}

/* On a cluster a transaction may be too large for it, for which there is no number of its own. */
static bool too_large(const struct cloud *cloud, unsigned int code, const char *words)
{
    return cloud->facts.cluster &&
           (code == 1180 || strstr(words, "riteset size") != NULL ||
            strstr(words, "rite set size") != NULL || strstr(words, "max_ws") != NULL);
}

static bool fail(struct cloud *cloud, unsigned int code, const char *state, const char *message,
                 const char *tried, struct error *err)
{
    if (wake_raised(cloud->wake)) {
        return error_set(err, ERR_STOPPED, 0, "%s: told to stop", tried);
    }
    char words[512];
    utf8_clean(span_of(message), words, sizeof words);
    const char *cure = cloud_error_cure(cloud->config, code);
    enum error_kind kind =
        too_large(cloud, code, words) ? ERR_TOO_LARGE : cloud_error_kind(code, state);
    return error_set(err, kind, (long)code, "%s: %s (%u)%s%s", tried,
                     words[0] != '\0' ? words : "no reason given", code,
                     cure[0] != '\0' ? ". " : "", cure);
}

bool cloud_fail_unknown(struct cloud *cloud, const char *name, const char *tried, struct error *err)
{
    char words[CONFIG_TEXT_MAX + 32];
    snprintf(words, sizeof words, "Unknown server host '%s'", name);
    return fail(cloud, CR_UNKNOWN_HOST, "HY000", words, tried, err);
}

/*
 * Where TLS was to come and the server sends an error in its greeting's place, the library gives a
 * number of its own and the server's in the words. Nobody has vouched for it: it may say that this
 * PC is shut out or what to wait for, and nothing of tables or rows. 0: it is no such.
 */
static unsigned int greeted_with(const char *message)
{
    static const char mark[] = "cannot be verified: ";
    const char *number = strstr(message, mark);
    unsigned long code = number != NULL ? strtoul(number + strlen(mark), NULL, 10) : 0;
    size_t at = class_of(code <= CR_MAX_ERROR ? (unsigned int)code : 0);
    bool credible = at < HB_COUNT(classes) &&
                    (classes[at].kind == ERR_UNREACHABLE || classes[at].kind == ERR_LOGIN);
    return credible ? classes[at].code : 0;
}

bool cloud_fail(struct cloud *cloud, const char *tried, struct error *err)
{
    const char *message = mysql_error(cloud->mysql);
    unsigned int code = mysql_errno(cloud->mysql);
    unsigned int greeted = of_the_library(code) ? greeted_with(message) : 0;
    return fail(cloud, greeted != 0 ? greeted : code, mysql_sqlstate(cloud->mysql), message, tried,
                err);
}

bool cloud_fail_statement(struct cloud *cloud, MYSQL_STMT *statement, const char *tried,
                          struct error *err)
{
    return fail(cloud, mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement),
                mysql_stmt_error(statement), tried, err);
}
