#include <mysql.h>

#include <errmsg.h>
#include <stdio.h>
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
    const char *name;
    enum error_kind kind;
    const char *cure; /* NULL: the words say enough */
} classes[] = {
    /* clang-format off */
    /* the server cannot just now, or this server cannot: tried again */
    {1021, "ER_DISK_FULL", ERR_UNREACHABLE, "The disk of the database server is full"},
    {1026, "ER_ERROR_ON_WRITE", ERR_UNREACHABLE, "The disk of the database server cannot be written to"},
    {1030, "ER_GET_ERRNO", ERR_UNREACHABLE, NULL},
    {1037, "ER_OUTOFMEMORY", ERR_UNREACHABLE, "The database server is out of memory"},
    {1038, "ER_OUT_OF_SORTMEMORY", ERR_UNREACHABLE, "The database server is out of memory"},
    {1040, "ER_CON_COUNT_ERROR", ERR_UNREACHABLE, "All the server's connections are taken (max_connections): they come free, or whoever runs it allows more"},
    {1041, "ER_OUT_OF_RESOURCES", ERR_UNREACHABLE, "The database server is out of memory"},
    {1047, "ER_UNKNOWN_COM_ERROR", ERR_UNREACHABLE, "This node of the cluster is not part of it just now"},
    {1053, "ER_SERVER_SHUTDOWN", ERR_UNREACHABLE, NULL},
    {1105, "ER_UNKNOWN_ERROR", ERR_UNREACHABLE, NULL},
    {1114, "ER_RECORD_FILE_FULL", ERR_UNREACHABLE, "The table or the disk of the database server is full"},
    {1129, "ER_HOST_IS_BLOCKED", ERR_UNREACHABLE, "The server has shut this PC's address out after failed connections: whoever runs it has to run FLUSH HOSTS"},
    {1135, "ER_CANT_CREATE_THREAD", ERR_UNREACHABLE, "The database server is out of memory or threads"},
    {1152, "ER_ABORTING_CONNECTION", ERR_UNREACHABLE, NULL},
    {1156, "ER_NET_PACKETS_OUT_OF_ORDER", ERR_UNREACHABLE, NULL},
    {1158, "ER_NET_READ_ERROR", ERR_UNREACHABLE, NULL},
    {1159, "ER_NET_READ_INTERRUPTED", ERR_UNREACHABLE, NULL},
    {1160, "ER_NET_ERROR_ON_WRITE", ERR_UNREACHABLE, NULL},
    {1161, "ER_NET_WRITE_INTERRUPTED", ERR_UNREACHABLE, NULL},
    {1180, "ER_ERROR_DURING_COMMIT", ERR_UNREACHABLE, NULL},
    {1184, "ER_NEW_ABORTING_CONNECTION", ERR_UNREACHABLE, NULL},
    {1203, "ER_TOO_MANY_USER_CONNECTIONS", ERR_UNREACHABLE, "The account has all the connections that it may have"},
    {1205, "ER_LOCK_WAIT_TIMEOUT", ERR_UNREACHABLE, "Somebody else holds the table"},
    {1206, "ER_LOCK_TABLE_FULL", ERR_UNREACHABLE, NULL},
    {1223, "ER_CANT_UPDATE_WITH_READLOCK", ERR_UNREACHABLE, "The server is locked for reading, as for a backup"},
    {1226, "ER_USER_LIMIT_REACHED", ERR_UNREACHABLE, "The account has used up what its host allows in an hour"},
    {1243, "ER_UNKNOWN_STMT_HANDLER", ERR_UNREACHABLE, NULL},
    {1290, "ER_OPTION_PREVENTS_STATEMENT", ERR_UNREACHABLE, "The server takes no writes just now"},
    {1296, "ER_GET_ERRMSG", ERR_UNREACHABLE, NULL},
    {1297, "ER_GET_TEMPORARY_ERRMSG", ERR_UNREACHABLE, NULL},
    {1317, "ER_QUERY_INTERRUPTED", ERR_UNREACHABLE, NULL},
    {1461, "ER_MAX_PREPARED_STMT_COUNT_REACHED", ERR_UNREACHABLE, "The server's prepared statements are used up by its clients (max_prepared_stmt_count): they come free, or whoever runs it allows more"},
    {1613, "ER_XA_RBTIMEOUT", ERR_UNREACHABLE, NULL},
    {1615, "ER_NEED_REPREPARE", ERR_UNREACHABLE, NULL},
    {1637, "ER_TOO_MANY_CONCURRENT_TRXS", ERR_UNREACHABLE, NULL},
    {1792, "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION", ERR_UNREACHABLE, "The server takes no writes just now"},
    {1836, "ER_READ_ONLY_MODE", ERR_UNREACHABLE, "The server takes no writes just now"},
    {1874, "ER_INNODB_READ_ONLY", ERR_UNREACHABLE, "The server takes no writes: whoever runs it has set innodb_read_only"},
    {1927, "ER_CONNECTION_KILLED", ERR_UNREACHABLE, NULL},
    {1969, "ER_STATEMENT_TIMEOUT", ERR_UNREACHABLE, "The server gives a statement too little time (max_statement_time)"},
    {3024, "ER_QUERY_TIMEOUT", ERR_UNREACHABLE, "The server gives a statement too little time (max_execution_time)"},
    {3032, "ER_SERVER_OFFLINE_MODE", ERR_UNREACHABLE, "The server lets only its administrators in just now (offline_mode)"},
    {3100, "ER_RUN_HOOK_ERROR", ERR_UNREACHABLE, NULL},
    {3168, "ER_SERVER_ISNT_AVAILABLE", ERR_UNREACHABLE, NULL},
    {3572, "ER_LOCK_NOWAIT", ERR_UNREACHABLE, NULL},
    {4031, "ER_CLIENT_INTERACTION_TIMEOUT", ERR_UNREACHABLE, NULL},
    /* another transaction was in the way: tried again at once */
    {1020, "ER_CHECKREAD", ERR_CONFLICT, NULL},
    {1213, "ER_LOCK_DEADLOCK", ERR_CONFLICT, NULL},
    {1412, "ER_TABLE_DEF_CHANGED", ERR_CONFLICT, NULL},
    {1614, "ER_XA_RBDEADLOCK", ERR_CONFLICT, NULL},
    {3101, "ER_TRANSACTION_ROLLBACK_DURING_COMMIT", ERR_CONFLICT, NULL},
    /* who we are, and what we may */
    {1044, "ER_DBACCESS_DENIED_ERROR", ERR_LOGIN, grant},
    {1045, "ER_ACCESS_DENIED_ERROR", ERR_LOGIN, NULL},
    {1130, "ER_HOST_NOT_PRIVILEGED", ERR_LOGIN, "The server does not let this PC's address in: at a hosted database add it to the addresses that may connect (\"remote access\", \"trusted sources\", a firewall rule); on a server of your own the account must be for that host or for '%'"},
    {1142, "ER_TABLEACCESS_DENIED_ERROR", ERR_LOGIN, grant},
    {1143, "ER_COLUMNACCESS_DENIED_ERROR", ERR_LOGIN, grant},
    {1227, "ER_SPECIFIC_ACCESS_DENIED_ERROR", ERR_LOGIN, NULL},
    {1251, "ER_NOT_SUPPORTED_AUTH_MODE", ERR_LOGIN, NULL},
    {1524, "ER_PLUGIN_IS_NOT_LOADED", ERR_LOGIN, NULL},
    {1698, "ER_ACCESS_DENIED_NO_PASSWORD_ERROR", ERR_LOGIN, NULL},
    {1820, "ER_MUST_CHANGE_PASSWORD", ERR_LOGIN, "The account's password has expired: have a new one set, then run `hipctl set-password`"},
    {1862, "ER_MUST_CHANGE_PASSWORD_LOGIN", ERR_LOGIN, "The account's password has expired: have a new one set, then run `hipctl set-password`"},
    {3118, "ER_ACCOUNT_HAS_BEEN_LOCKED", ERR_LOGIN, "The account is locked: ALTER USER … ACCOUNT UNLOCK"},
    {3159, "ER_SECURE_TRANSPORT_REQUIRED", ERR_LOGIN, "The server takes nobody without TLS: set database.tls to \"verify\" or \"verify-ca\""},
    {3955, "ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK", ERR_LOGIN, "The account is locked after wrong passwords: ALTER USER … ACCOUNT UNLOCK"},
    {4151, "ER_ACCOUNT_HAS_BEEN_LOCKED", ERR_LOGIN, "The account is locked: ALTER USER … ACCOUNT UNLOCK"},
    {2049, "CR_SECURE_AUTH", ERR_LOGIN, NULL},
    {2059, "CR_AUTH_PLUGIN_CANNOT_LOAD", ERR_LOGIN, NULL},
    {5010, "CR_PLUGIN_NOT_ALLOWED", ERR_LOGIN, NULL},
    /* where it should go */
    {1034, "ER_NOT_KEYFILE", ERR_TABLE, "The table is damaged: REPAIR TABLE"},
    {1036, "ER_OPEN_AS_READONLY", ERR_TABLE, NULL},
    {1046, "ER_NO_DB_ERROR", ERR_TABLE, "Name the database in database.database"},
    {1049, "ER_BAD_DB_ERROR", ERR_TABLE, "Correct database.database, or have the database made"},
    {1054, "ER_BAD_FIELD_ERROR", ERR_TABLE, NULL},
    {1071, "ER_TOO_LONG_KEY", ERR_TABLE, "The server's default engine or character set takes no key of this length: CREATE TABLE … ENGINE = InnoDB ROW_FORMAT = DYNAMIC"},
    {1115, "ER_UNKNOWN_CHARACTER_SET", ERR_TABLE, "The server is too old to know utf8mb4"},
    {1146, "ER_NO_SUCH_TABLE", ERR_TABLE, NULL},
    {1194, "ER_CRASHED_ON_USAGE", ERR_TABLE, "The table is damaged: REPAIR TABLE"},
    {1195, "ER_CRASHED_ON_REPAIR", ERR_TABLE, "The table is damaged: REPAIR TABLE"},
    {1288, "ER_NON_UPDATABLE_TABLE", ERR_TABLE, "It is a view: name the table itself in database.table"},
    {1305, "ER_SP_DOES_NOT_EXIST", ERR_TABLE, "A trigger of the table calls what is not there"},
    {1347, "ER_WRONG_OBJECT", ERR_TABLE, "It is no table: name one in database.table"},
    {1348, "ER_NONUPDATEABLE_COLUMN", ERR_TABLE, "It is a view: name the table itself in database.table"},
    {1356, "ER_VIEW_INVALID", ERR_TABLE, "It is a view: name the table itself in database.table"},
    {1364, "ER_NO_DEFAULT_FOR_FIELD", ERR_TABLE, "Give that column a default"},
    {1422, "ER_COMMIT_NOT_ALLOWED_IN_SF_OR_TRG", ERR_TABLE, "A trigger of the table ends transactions"},
    {1442, "ER_CANT_UPDATE_USED_TABLE_IN_SF_OR_TRG", ERR_TABLE, "A trigger of the table changes the table itself"},
    {1449, "ER_NO_SUCH_USER", ERR_TABLE, "A trigger or view belongs to an account that is not there: have it made anew"},
    {1471, "ER_NON_INSERTABLE_TABLE", ERR_TABLE, "It is a view: name the table itself in database.table"},
    {1785, "ER_GTID_UNSAFE_NON_TRANSACTIONAL_TABLE", ERR_TABLE, engine},
    {1814, "ER_TABLESPACE_DISCARDED", ERR_TABLE, NULL},
    {1932, "ER_NO_SUCH_TABLE_IN_ENGINE", ERR_TABLE, "The table is damaged"},
    {1906, "ER_WARNING_NON_DEFAULT_VALUE_FOR_GENERATED_COLUMN", ERR_TABLE, "That column is computed by the server and cannot be filled"},
    {3098, "ER_BEFORE_DML_VALIDATION_ERROR", ERR_TABLE, "On a group of servers a table needs a primary key and the engine InnoDB"},
    {3105, "ER_NON_DEFAULT_VALUE_FOR_GENERATED_COLUMN", ERR_TABLE, "That column is computed by the server and cannot be filled"},
    {3750, "ER_TABLE_WITHOUT_PK", ERR_TABLE, NULL},
    /* what it is: that row's own fault */
    {1048, "ER_BAD_NULL_ERROR", ERR_DATA, NULL},
    {1062, "ER_DUP_ENTRY", ERR_DATA, NULL},
    {1216, "ER_NO_REFERENCED_ROW", ERR_DATA, NULL},
    {1264, "ER_WARN_DATA_OUT_OF_RANGE", ERR_DATA, NULL},
    {1265, "WARN_DATA_TRUNCATED", ERR_DATA, NULL},
    {1292, "ER_TRUNCATED_WRONG_VALUE", ERR_DATA, NULL},
    {1300, "ER_INVALID_CHARACTER_STRING", ERR_DATA, NULL},
    {1365, "ER_DIVISION_BY_ZERO", ERR_DATA, NULL},
    {1366, "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD", ERR_DATA, NULL},
    {1367, "ER_ILLEGAL_VALUE_FOR_TYPE", ERR_DATA, NULL},
    {1406, "ER_DATA_TOO_LONG", ERR_DATA, NULL},
    {1452, "ER_NO_REFERENCED_ROW_2", ERR_DATA, NULL},
    {1526, "ER_NO_PARTITION_FOR_GIVEN_VALUE", ERR_DATA, NULL},
    {1591, "ER_NO_PARTITION_FOR_GIVEN_VALUE_SILENT", ERR_DATA, NULL},
    {1644, "ER_SIGNAL_EXCEPTION", ERR_DATA, NULL},
    {1690, "ER_DATA_OUT_OF_RANGE", ERR_DATA, NULL},
    {1748, "ER_ROW_DOES_NOT_MATCH_GIVEN_PARTITION_SET", ERR_DATA, NULL},
    {3140, "ER_INVALID_JSON_TEXT", ERR_DATA, NULL},
    {3819, "ER_CHECK_CONSTRAINT_VIOLATED", ERR_DATA, NULL},
    {1977, "ER_CANNOT_CONVERT_CHARACTER", ERR_DATA, NULL},
    {3854, "ER_CANNOT_CONVERT_STRING", ERR_DATA, NULL},
    {3988, "ER_IMPOSSIBLE_STRING_CONVERSION", ERR_DATA, NULL},
    {4025, "ER_CONSTRAINT_FAILED", ERR_DATA, NULL},
    /* how much: the batch is made smaller */
    {1153, "ER_NET_PACKET_TOO_LARGE", ERR_TOO_LARGE, NULL},
    {1197, "ER_TRANS_CACHE_FULL", ERR_TOO_LARGE, NULL},
    {1390, "ER_PS_MANY_PARAM", ERR_TOO_LARGE, NULL},
    {2020, "CR_NET_PACKET_TOO_LARGE", ERR_TOO_LARGE, NULL},

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
