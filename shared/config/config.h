/*
 * config: config.json, read strictly.
 *
 * Every key is optional; the defaults are in the table in config_read.c and in
 * ../config.json, which a test holds in step. An unknown key, a wrong type, a value out of range or
 * a key given twice is an error that names file, line, key and what would be right. The file may
 * begin with a UTF-8 BOM and use CRLF. At most CONFIG_FILE_MAX bytes.
 */
#ifndef HIPBRIDGE_CONFIG_H
#define HIPBRIDGE_CONFIG_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "base/zone.h"
#include "system/file.h"
#include "net/network.h"
#include "record/column.h"
#include "record/log.h"
#include "record/punch.h"
#include "pace/schedule.h"
#include "system/secret.h"

enum {
    CONFIG_FILE_MAX = 1 << 20,
    CONFIG_NETWORKS_MAX = 64,
    CONFIG_DEVICES_MAX = 1000,
    CONFIG_FILES_MAX = 64,
    CONFIG_PULLED_MAX = 200,
    CONFIG_HOSTS_MAX = 8,
    CONFIG_TEXT_MAX = 256,
    CONFIG_ALIASES_MAX = 4, /* of a terminal */
    CONFIG_SENSORS_MAX = 64,
    CONFIG_SENSOR_BYTES = 24,
};

enum config_tls { CONFIG_TLS_VERIFY, CONFIG_TLS_VERIFY_CA, CONFIG_TLS_ENCRYPT, CONFIG_TLS_OFF };
enum config_encoding {
    CONFIG_ENCODING_AUTO,
    CONFIG_ENCODING_UTF8,
    CONFIG_ENCODING_UTF16LE,
    CONFIG_ENCODING_UTF16BE,
    CONFIG_ENCODING_874,
    CONFIG_ENCODING_1252
};

struct config_device {
    char sn[PUNCH_SN_MAX + 1];
    char name[CONFIG_TEXT_MAX];
    bool has_address;
    struct address address;
    int timezone_minutes;          /* the listener's own when the device names none */
    const struct zone_rules *zone; /* likewise; NULL: always timezone_minutes */
    size_t alias_count;
    char aliases[CONFIG_ALIASES_MAX][PUNCH_SN_MAX + 1]; /* by which it speaks elsewhere */
};

struct config_host {
    char name[CONFIG_TEXT_MAX];
    int port;
};

struct config_listener {
    bool enabled;
    int port;
    bool open_firewall;
    size_t network_count;
    struct network networks[CONFIG_NETWORKS_MAX];
    bool reject_unknown;
    size_t device_count;
    struct config_device *devices; /* owned */
    char default_device_sn[PUNCH_SN_MAX + 1];
    int timezone_minutes;
    const struct zone_rules *zone; /* NULL: always timezone_minutes; else these are today's */
    int max_body_kb;
    int delay_s;
    int error_delay_s;
};

/* Log files whose name fits are of this terminal. */
struct config_file {
    char pattern[CONFIG_TEXT_MAX];
    char sn[PUNCH_SN_MAX + 1];
};

struct config_sync {
    bool enabled;
    char log_directory[FILE_PATH_MAX]; /* absolute */
    char file_pattern[CONFIG_TEXT_MAX];
    int archive_retain_days;               /* 0: archived logs are never removed */
    char archive_directory[FILE_PATH_MAX]; /* absolute; relative ones are below log_directory */
    struct schedule upload_times;
    char device_sn[PUNCH_SN_MAX + 1];
    bool skip_pushed;
    bool strip_zeros; /* of the logs' user ids */
    enum config_encoding encoding;
    struct log_columns columns;
    size_t file_count;
    struct config_file files[CONFIG_FILES_MAX];
};

enum config_protocol { CONFIG_PROTOCOL_ZK, CONFIG_PROTOCOL_FK };

/* A terminal that is read on its own port. */
struct config_pulled {
    struct address address;
    enum config_protocol protocol;
    int port; /* the protocol's own when none is named */
    bool datagrams;
    uint32_t comm_key;         /* 0 = none; wiped by config_free */
    bool key_plain;            /* it stands unprotected in the file */
    char sn[PUNCH_SN_MAX + 1]; /* who must answer there; "" = whoever does */
    char name[CONFIG_TEXT_MAX];
    int timezone_minutes; /* the listener's own when it names none */
    const struct zone_rules *zone;
    bool live;
};

struct config_pull {
    bool enabled;
    int every_min;
    size_t terminal_count;
    struct config_pulled *terminals; /* owned */
};

/* Which terminal the vendor's program means by this number (SENSORID, as text). */
struct config_sensor {
    char number[CONFIG_SENSOR_BYTES + 1];
    char sn[PUNCH_SN_MAX + 1];
};

/* The vendor's own database (an Access file), read as a source of punches. */
struct config_access {
    bool enabled;
    char path[FILE_PATH_MAX];         /* absolute; never "" where it is enabled */
    int every_s;                      /* between two passes */
    char table[CONFIG_TEXT_MAX];      /* "": the vendor's own name */
    char users[CONFIG_TEXT_MAX];      /* likewise */
    char device_sn[PUNCH_SN_MAX + 1]; /* of a row that names no terminal; "": it is set aside */
    size_t sensor_count;
    struct config_sensor sensors[CONFIG_SENSORS_MAX]; /* `terminals` in the file */
    bool include_typed;                               /* punches that an operator typed in, too */
};

/* How the table calls its columns, where that is another name than column_names has. */
struct config_columns {
    bool given[COLUMNS];
    char name[COLUMNS][COLUMN_BYTES + 1]; /* only where given; "": the table has none */
};

struct config_database {
    size_t host_count; /* 0: no database configured */
    struct config_host hosts[CONFIG_HOSTS_MAX];
    int port; /* of a host that names none */
    char user[CONFIG_TEXT_MAX];
    char password[SECRET_MAX]; /* in the clear; wiped by config_free */
    bool password_plain;       /* it stands unprotected in the file */
    char database[CONFIG_TEXT_MAX];
    char table[COLUMN_BYTES + 1];
    bool create_table;
    struct config_columns columns;
    bool status_tables;
    bool orders;
    enum config_tls tls;
    char tls_ca[FILE_PATH_MAX]; /* absolute, or "" */
    int connect_timeout_s;
    int idle_close_s; /* an idle connection is given back after so long; 0: kept */
    int batch_rows;
};

/* A text that is sealed in the file (secret.h), here in the clear; wiped by config_free. */
struct config_secret {
    char text[SECRET_MAX];
    bool plain; /* it stands unprotected in the file */
};

struct config_alarm {
    char url[1024];              /* "": no alarm */
    struct config_secret header; /* "Name: value" */
    char body[2048];             /* a template (status/alarm.h); "": its own */
};

struct config_outbox {
    char path[FILE_PATH_MAX]; /* absolute */
    int retain_days;
    int max_mb;
};

enum { CONFIG_ZONES_MAX = 16, CONFIG_ZONE_NAME = 64 };

/* Time zones that are named, each once. */
struct config_zone {
    char name[CONFIG_ZONE_NAME];
    struct zone_rules rules;
};

/* The whole; a module that needs one section takes that. */
struct config {
    char path[FILE_PATH_MAX]; /* the file this was read from */

    struct config_listener listener;

    struct config_sync sync;

    struct config_pull pull;

    struct config_access access;

    bool has_ignore_before;
    walltime ignore_before; /* "YYYY-MM-DD" or "YYYY-MM-DD HH:MM:SS" */

    struct config_database database;

    struct config_outbox outbox;

    struct config_alarm alarm;

    size_t zone_count;
    struct config_zone *zones[CONFIG_ZONES_MAX]; /* owned */

    char name[CONFIG_TEXT_MAX]; /* of this PC, for others; "": the computer's */
};

/*
 * The configuration that these bytes hold; `path` names them in errors and resolves relative paths.
 * The caller owns it and frees it with config_free. Fails with ERR_INVALID (the words name file,
 * line, key and what would be right), ERR_TOO_LARGE or ERR_MEMORY. Reads no file.
 */
struct config *config_parse(struct span bytes, const char *path, struct error *err);

/* Wipes the password and the keys. NULL is fine. */
void config_free(struct config *config);

/* The configured device of this serial number or alias, however its letters are written (a-z as
 * A-Z). NULL when there is none. */
const struct config_device *config_device(const struct config_listener *listener, const char *sn);

/*
 * How far the clock of this terminal (NULL: of one that is not listed) is ahead of UTC at this
 * moment, in minutes.
 */
int config_minutes(const struct config_listener *listener, const struct config_device *device,
                   int64_t utc_s);
int config_pulled_minutes(const struct config_pulled *terminal, int64_t utc_s);

/* The terminal that is to be read at this place, "192.168.1.202:4370"; NULL where none is, or none
 * is read at all. */
const struct config_pulled *config_pulled(const struct config_pull *pull, const char *place);

/* The terminal that the site says has this number in the vendor's program; NULL: it says none. */
const char *config_sensor_sn(const struct config_access *access, const char *number);

/* How the table calls this column; "": it is left out. */
const char *config_column(const struct config_database *database, enum table_column column);

#endif
