/*
 * concerns FOLDER: every concern and every event, for the tests that read them in Thai. Made by the
 * product's own code from outboxes in which all that can be wrong is, some of it at a time:
 *
 *   FOLDER/<group>.json         status.json, as the page asks for it
 *   FOLDER/<group>/outbox.db, config.json   the same for hipctl
 *   FOLDER/<group>.th.txt       each concern of it in a Thai sentence
 *   FOLDER/kinds.txt            the code of each concern, a line each
 *   FOLDER/told.txt             each event: its number and its strings as the Event Log of a Thai
 *                               Windows has them, by tabs
 *
 * The reasons are of formats that tests/project/test_reasons.py finds in the source; strings that
 * are no reasons (names, counts, times) are as the service gives them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/config.h"
#include "outbox/outbox.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_reading.h"
#include "outbox/outbox_rejected.h"
#include "outbox/outbox_scan.h"
#include "record/event.h"
#include "status/concern.h"
#include "status/status.h"
#include "terminals/clockwatch.h"
#include "words/reason.h"

enum { HOUR_S = 3600, DAY_S = 86400, ZONE_S = 7 * HOUR_S, STARTED_AGO_S = 9 * HOUR_S };

#define SN "CDQ9192960001"
#define PLACE "192.168.1.202:4370"
#define MDB "C:\\HIPPremiumTime-2.0.4\\db\\Pm2014.mdb"
#define CONFIG "C:\\ProgramData\\HipBridge\\config.json"
#define OUTBOX "C:\\ProgramData\\HipBridge\\outbox.db"
#define ALOG "D:\\Premium\\alog"

static struct error err;
static int64_t now_s;

static void must(bool done, const char *what)
{
    if (!done) {
        fprintf(stderr, "concerns: %s: %s\n", what, err.text);
        exit(1);
    }
}

/* ---- each event, as the service tells it ---- */

static const struct telling {
    int event;
    const char *strings[EVENT_STRINGS_MAX];
} tellings[] = {
    /* clang-format off */
    {EVENT_STARTED, {"1.2.0", CONFIG, OUTBOX}},
    {EVENT_STOPPED, {"17"}},
    {EVENT_START_FAILED, {"cannot open " OUTBOX ": Access is denied (5)"}},
    {EVENT_OUTBOX_SALVAGED, {"database disk image is malformed; who was forgotten (hipctl forget) can't be read in it: forget them again.", OUTBOX ".damaged-1", "12", "5236"}},
    {EVENT_CRASHED, {"2026-01-15 08:00:00", "C:\\ProgramData\\HipBridge\\crash-1.dmp"}},
    {EVENT_CONFIG_INVALID, {CONFIG ", line 7: database.port is \"x\"; it must be a whole number from 1 to 65535."}},
    {EVENT_PASSWORD_PROTECTED, {CONFIG}},
    {EVENT_PASSWORD_NOT_PROTECTED, {CONFIG, "cannot write " CONFIG ": Access is denied (5)"}},
    {EVENT_FILE_NOT_GUARDED, {"cannot make an access list for " OUTBOX ": Access is denied (5)"}},
    {EVENT_SETUP_INCOMPLETE, {NULL}}, /* hipctl's steps, in its own words */
    {EVENT_CONFIG_RELOADED, {CONFIG, "The changed config.json is in use, but for listener.enabled, listener.port and outbox.path: they wait for a restart."}},
    {EVENT_CONFIG_NOT_TAKEN, {CONFIG ", line 7: database.port is \"x\"; it must be a whole number from 1 to 65535."}},
    {EVENT_LEVEL_CHANGED, {NULL, NULL, NULL}}, /* of the concerns themselves */
    {EVENT_HELD_BACK, {"210", "4"}},
    {EVENT_ALARM_FAILED, {"the server answered 500"}},
    {EVENT_ALARM_SENT, {NULL}}, /* what alarm.body says */
    {EVENT_PC_SLEPT, {"2026-11-30 01:10:00 \xE2\x80\x93 2026-11-30 06:55:02"}},
    {EVENT_LISTENING, {"8090"}},
    {EVENT_CANNOT_LISTEN, {"8090", "cannot initialise http.sys for port 8090: Access is denied (5)"}},
    {EVENT_PAGE_UNAVAILABLE, {"cannot start the status page's thread: Access is denied (5)"}},
    {EVENT_FIREWALL, {"8090", "cannot reach Windows Firewall: Access is denied (5)"}},
    {EVENT_REQUEST_REFUSED, {"203.0.113.9", "-", "the address is in none of the allowed networks", "4"}},
    {EVENT_OUTBOX_CANNOT_STORE, {"cannot store a punch in the outbox " OUTBOX ": database or disk is full (13)"}},
    {EVENT_OUTBOX_STORES_AGAIN, {"9"}},
    {EVENT_LINES_NOT_UNDERSTOOD, {SN, "3", "the record's user number is no text"}},
    {EVENT_TERMINAL_CLOCK_SET, {SN, "2026-01-15 08:00:00"}},
    {EVENT_TERMINAL_LOG_DELETED, {SN, "?"}},
    {EVENT_OTHER_FAMILY, {"192.168.1.77", "4"}},
    {EVENT_PUNCHES_MISSING, {SN, "5", "90", "2026-01-14 08:00:00", "2026-01-15 08:00:00"}},
    {EVENT_PUNCHES_ASKED_FOR, {"CDQ9192960002", "5", "3", "2"}},
    {EVENT_TERMINAL_CLOCK_OFF, {SN, "2026-01-15 10:03:00", "2026-01-15 08:00:00", "2:03:00 ahead"}},
    {EVENT_PC_CLOCK, {"it has jumped from 2026-01-15 08:00:00 to 2026-01-15 09:00:00 UTC"}},
    {EVENT_TERMINALS_SILENT, {"2", SN " 2026-01-15 08:00; CDQ9192960002 2026-01-15 08:01; +7"}},
    {EVENT_TERMINALS_HEARD, {SN " 2026-01-15 08:00"}},
    {EVENT_TERMINAL_TWICE, {SN, "192.168.1.20", "192.168.1.99"}},
    {EVENT_DELIVERY_UNREADABLE, {SN, "3", "the records do not fit the layout that their size names"}},
    {EVENT_LAYOUT_NOT_KNOWN, {SN, "too few records to tell their layout"}},
    {EVENT_STRANGERS, {"40", "X1", "203.0.113.7"}},
    {EVENT_BODY_NOT_UNDERSTOOD, {SN, "3", "it is packed, and cannot be unpacked"}},
    {EVENT_NO_ROOM_ASIDE, {SN, "5"}},
    {EVENT_LET_GO, {"X1", "5"}},
    {EVENT_UNLISTED_WAITS, {"X1", "5"}},
    {EVENT_SYNC_SUMMARY, {"2", "14", "3", "0", "1", "2", "4", "0"}},
    {EVENT_LINES_SET_ASIDE, {ALOG "\\a.txt", "3", ALOG "\\processed\\a.txt.rejected.txt"}},
    {EVENT_LOG_FOLDER_UNREADABLE, {ALOG, "cannot read the folder " ALOG ": The system cannot find the path specified (3)"}},
    {EVENT_LOG_FILE_IN_USE, {ALOG "\\a.txt"}},
    {EVENT_LOG_FOLDER_BACK, {ALOG}},
    {EVENT_LOG_FILE_FAILED, {ALOG "\\a.txt", "no line of it could be understood as a punch. \"hipctl check-log\" shows why; it is looked at again when it changes."}},
    {EVENT_ARCHIVE_EXPIRED, {"4", "90"}},
    {EVENT_ACCESS_SUMMARY, {MDB, "214655", "211843", "2790", "22", "17", "2020-01-15 08:00:00", "2026-01-15 08:00:00"}},
    {EVENT_ACCESS_UNREADABLE, {MDB, "cannot open " MDB ": The system cannot find the file specified (2)"}},
    {EVENT_ACCESS_REFUSED, {MDB, "the database is encrypted with a password, so that its pages cannot be read"}},
    {EVENT_ACCESS_ROWS_ASIDE, {MDB, "17"}},
    {EVENT_ACCESS_RESTLESS, {MDB, "1", "0"}},
    {EVENT_ACCESS_BACK, {MDB}},
    {EVENT_ACCESS_NO_ROOM, {MDB, "17"}},
    {EVENT_DATABASE_CONNECTED, {"db.example:3306", "10.11.11-MariaDB", "no TLS", "12"}},
    {EVENT_DATABASE_UNREACHABLE, {"cannot connect to the database at db.example:3306: Can't connect to server (10060). The server takes no writes just now", "12"}},
    {EVENT_DATABASE_LOGIN_REFUSED, {"cannot connect to the database at db.example: Access denied for user 'a'@'b' (using password: YES) (1045)", "12"}},
    {EVENT_ROWS_REFUSED, {"2", "cannot put rows into the database: Data too long for column 'user_id' at row 1 (1406)"}},
    {EVENT_TABLE_UNUSABLE, {"table att_log cannot be used: it has no column device_sn (device_sn). Name its own in database.columns, or run: ALTER TABLE att_log ADD device_sn VARCHAR(50)", "12"}},
    {EVENT_NO_DATABASE, {CONFIG}},
    {EVENT_NO_UNIQUE_KEY, {"att_log", "ALTER TABLE `att_log` ADD UNIQUE KEY (`device_sn`, `user_id`, `check_time`)"}},
    {EVENT_OUTBOX_FAILED, {"cannot read waiting punches in the outbox " OUTBOX ": database is locked (5)"}},
    {EVENT_TABLE_ODD, {"att_log", "Its column check_status ends at 127 and terminals send up to 255: such punches are refused. ALTER TABLE att_log MODIFY check_status INT NOT NULL."}},
    {EVENT_BRIDGE_RENAMED, {"3f2a", "77b1", "no memory"}},
    {EVENT_STATUS_TABLES, {"cannot write the status tables: CREATE command denied to user 'a'@'b' (1142)", "Have the server's administrator run: GRANT SELECT, INSERT, UPDATE on the database to this account"}},
    {EVENT_ORDER_DONE, {"resend " SN, "expired: it was given more than a day ago"}},
    {EVENT_ORDERS_UNREADABLE, {"cannot read the orders of head office: SELECT command denied to user 'a'@'b' (1142)", "Have the server's administrator run: GRANT SELECT, INSERT, UPDATE on the database to this account"}},
    {EVENT_PULL_SUMMARY, {"โรงอาหาร (" SN ")", "5236", "3", "0", "12", "41"}},
    {EVENT_PULL_AWAY, {PLACE, "โรงอาหาร (" SN ")", "20", "nobody answers there: it is off, or not reachable from this PC"}},
    {EVENT_PULL_KEY, {"192.168.1.203:4370", "-"}},
    {EVENT_PULL_LAYOUT, {"192.168.1.204:4370", "-", "its records make no sense in any layout that is known, or are too few to tell which it is", OUTBOX ".pull-1.bin"}},
    {EVENT_PULL_STRANGER, {"192.168.1.205:4370", "CDQ9", "CDQ1"}},
    {EVENT_PULL_REFUSED, {"192.168.1.206:4370", "-", "it does not tell its serial number: write one as \"sn\" in pull.terminals"}},
    {EVENT_PULL_BACK, {"192.168.1.207:4370", "-"}},
    {EVENT_PULL_FULL, {SN, "97000", "100000"}},
    {EVENT_PULL_EMPTY, {SN, "61", "3"}},
    {EVENT_PULL_SPOILT, {SN, "61", "100"}},
    /* clang-format on */
};

static size_t count_of(const struct telling *telling)
{
    size_t count = 0;
    while (count < EVENT_STRINGS_MAX && telling->strings[count] != NULL) {
        count++;
    }
    return count;
}

/* ---- what is wrong ---- */

static void note(struct outbox *outbox, enum outbox_note which, const char *text)
{
    must(outbox_note(outbox, which, text, &err), "note");
}

static void note_time(struct outbox *outbox, enum outbox_note which, int64_t unix_s)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, unix_s);
    note(outbox, which, text);
}

static void punches(struct outbox *outbox, int count, const char *raw, int64_t arrived_s)
{
    for (int i = 0; i < count; i++) {
        struct punch one = {.time = now_s + ZONE_S - 3 * DAY_S + i, .raw = span_of(raw)};
        enum outbox_added added;
        snprintf(one.device_sn, sizeof one.device_sn, SN);
        snprintf(one.user_id, sizeof one.user_id, "1001");
        must(outbox_append(outbox, &one, 0, arrived_s, &added, &err), "append");
    }
}

static void uploader(struct outbox *outbox, const char *state, const char *why)
{
    note(outbox, OUTBOX_NOTE_UPLOADER_STATE, state);
    note(outbox, OUTBOX_NOTE_UPLOADER_HOST, "db.example:3306");
    note(outbox, OUTBOX_NOTE_UPLOADER_SERVER, "10.11.11-MariaDB");
    note(outbox, OUTBOX_NOTE_UPLOADER_TLS, "no TLS");
    note(outbox, OUTBOX_NOTE_UPLOADER_ERROR, why);
}

static void terminal(struct outbox *outbox, const char *sn, int64_t seen_s, int64_t ahead_s)
{
    struct outbox_device device = {.first_seen_s = now_s - 90 * DAY_S,
                                   .last_seen_s = seen_s,
                                   .punches = 5210,
                                   .last_punch = now_s + ZONE_S - HOUR_S,
                                   .push_version = "2.4.1",
                                   .address = "192.168.1.20"};
    snprintf(device.sn, sizeof device.sn, "%s", sn);
    device.audit.clock_ahead_s = ahead_s;
    device.audit.clock_shown_s = now_s - 1200;
    must(outbox_device_save(outbox, &device, &err), "terminal");
}

static void settle(struct outbox *outbox)
{
    must(outbox_devices_settle(outbox, &err), "terminals");
}

/* All that an event stands for, and what is seen in the facts, where the database is away. */
static void all_that_was_told(struct outbox *outbox)
{
    uploader(outbox, "waiting",
             "cannot connect to the database at db.example:3306: Can't connect to server (10060)");
    note(outbox, OUTBOX_NOTE_PC_CALLED, "192.168.1.10");
    note(outbox, OUTBOX_NOTE_PC_ADDRESSES, "192.168.1.44");
    punches(outbox, 3, "1", now_s - HOUR_S);
    must(
        outbox_refuse(
            outbox, 1, 1406,
            "cannot put rows into the database: Data too long for column 'user_id' at row 1 (1406)",
            now_s - 60, &err),
        "refuse");
    must(outbox_reject_line(outbox, SN, SPAN("?"), "the record's user number is no text",
                            now_s - 60, &err),
         "reject");
    terminal(outbox, SN, now_s - 5, 7380);
    terminal(outbox, "CDQ9192960002", now_s - 3 * HOUR_S, 0);
    settle(outbox);
    struct outbox_file file;
    must(outbox_file_begin(outbox, "a.txt", &file, &err), "file");
    file.read_s = now_s - HOUR_S;
    file.rejected_count = 3;
    must(outbox_file_save(outbox, &file, &err), "file");
    struct outbox_scan run = {0};
    struct outbox_scan_file stuck = {.name = "notes.txt", .state = OUTBOX_SCAN_NO_LOG};
    must(outbox_scan_begin(outbox, now_s - HOUR_S, &run, &err) &&
             outbox_scan_note(outbox, &stuck, &err),
         "scan");
    struct outbox_reading reading = {.state = OUTBOX_READING_WELL,
                                     .looked_s = now_s - 95,
                                     .read_s = now_s - 95,
                                     .pages = 4608,
                                     .last = now_s + ZONE_S - 30 * DAY_S,
                                     .path = MDB};
    must(outbox_reading_save(outbox, &reading, &err), "vendor's database");
    for (size_t i = 0; i < HB_COUNT(tellings); i++) {
        /* What ends another is not told: all of it lasts. */
        switch (tellings[i].event) {
        case EVENT_PASSWORD_PROTECTED:
        case EVENT_CONFIG_RELOADED:
        case EVENT_ALARM_SENT:
        case EVENT_LEVEL_CHANGED:
        case EVENT_LISTENING:
        case EVENT_OUTBOX_STORES_AGAIN:
        case EVENT_LOG_FOLDER_BACK:
        case EVENT_ACCESS_BACK:
        case EVENT_PULL_BACK:
            continue;
        default:
            must(concern_note(outbox, tellings[i].event, count_of(&tellings[i]),
                              tellings[i].strings, now_s - 60, &err),
                 "event");
        }
    }
}

static void login_refused(struct outbox *outbox)
{
    punches(outbox, 3, "1", now_s - HOUR_S);
    uploader(outbox, "login refused",
             "cannot connect to the database at db.example: Access denied for user 'a'@'b' (1045)");
}

static void table_unusable(struct outbox *outbox)
{
    punches(outbox, 1, "1", now_s - HOUR_S);
    uploader(outbox, "table unusable",
             "table att_log cannot be used: it has no column device_sn (device_sn). Name its "
             "own in database.columns, or run: ALTER TABLE att_log ADD device_sn VARCHAR(50)");
}

static void behind(struct outbox *outbox)
{
    punches(outbox, 3, "1", now_s - HOUR_S);
    uploader(outbox, "connected", "");
    note(outbox, OUTBOX_NOTE_UPLOADER_TLS_ISSUER, "CN=Example");
    note_time(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, now_s + 3 * DAY_S + HOUR_S);
}

static void ended(struct outbox *outbox)
{
    uploader(outbox, "connected", "");
    note_time(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, now_s - 3 * DAY_S);
}

static void begun(struct outbox *outbox)
{
    note(outbox, OUTBOX_NOTE_UPLOADER_STATE, "not configured");
    note(outbox, OUTBOX_NOTE_PC_VENDOR, MDB);
}

static void full(struct outbox *outbox)
{
    static char raw[60000];
    memset(raw, 'x', sizeof raw - 1);
    uploader(outbox, "connected", "");
    punches(outbox, 30, raw, now_s - 10);
}

static const struct group {
    const char *name, *service, *database;
    int max_mb;
    void (*furnish)(struct outbox *outbox);
} groups[] = {
    {"told", "running", "db.example", 2048, all_that_was_told},
    {"login", "running", "db.example", 2048, login_refused},
    {"table", "running", "db.example", 2048, table_unusable},
    {"behind", "running", "db.example", 2048, behind},
    {"ended", "running", "db.example", 2048, ended},
    {"begun", "running", "", 2048, begun},
    {"full", "running", "db.example", 1, full},
    {"stopped", "stopped", "db.example", 2048, ended},
};

static const char config_form[] =
    "{\"database\":{\"host\":\"%s\",\"tls\":\"verify\"},\"outbox\":{\"max_mb\":%d},"
    "\"sync\":{\"log_directory\":\"D:\\\\Premium\\\\alog\"},"
    "\"access\":{\"enabled\":%s,\"path\":\"C:\\\\HIPPremiumTime-2.0.4\\\\db\\\\Pm2014.mdb\"},"
    "\"pull\":{\"terminals\":[{\"address\":\"192.168.1.202\"},{\"address\":\"192.168.1.203\"},"
    "{\"address\":\"192.168.1.204\"},{\"address\":\"192.168.1.205\"},"
    "{\"address\":\"192.168.1.206\"}]},"
    "\"listener\":{\"devices\":[{\"sn\":\"" SN "\",\"name\":\"โรงอาหาร\"},"
    "{\"sn\":\"CDQ9192960002\"},{\"sn\":\"CDQ9192960003\"}]}}";

static void write(const char *path, const char *text)
{
    FILE *out = fopen(path, "wb");
    must(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0, path);
}

static void write_words(struct outbox *outbox, const struct config *config,
                        const struct group *group, const char *path)
{
    char words[CONCERN_WORDS_MAX];
    struct concern_list *list = malloc(sizeof *list);
    FILE *out = fopen(path, "wb");
    must(list != NULL && out != NULL, path);
    must(concern_find(outbox, config, group->service, now_s, list, &err), "concerns");
    for (size_t i = 0; i < list->count; i++) {
        fprintf(out, "%s\t%s\n", list->concerns[i].code,
                concern_words(&list->concerns[i], config, true, words));
    }
    must(fclose(out) == 0, path);
    free(list);
}

static void make(const struct group *group, const char *folder)
{
    char path[FILE_PATH_MAX];
    char text[sizeof config_form + 64];
    snprintf(text, sizeof text, config_form, group->database, group->max_mb,
             group->database[0] != '\0' ? "true" : "false");
    struct config *config = config_parse(span_of(text), CONFIG, &err);
    must(config != NULL, "configuration");
    snprintf(path, sizeof path, "%s/%s", folder, group->name);
    must(file_make_folder(path, &err), "folder");
    snprintf(path, sizeof path, "%s/%s/config.json", folder, group->name);
    write(path, text);
    snprintf(path, sizeof path, "%s/%s/outbox.db", folder, group->name);
    remove(path);
    struct outbox *outbox = outbox_open(path, NULL, &err);
    must(outbox != NULL, "outbox");
    must(outbox_begin(outbox, &err), "begin");
    note(outbox, OUTBOX_NOTE_SERVICE_VERSION, HIPBRIDGE_VERSION);
    note_time(outbox, OUTBOX_NOTE_SERVICE_STARTED, now_s - STARTED_AGO_S);
    char watched[80];
    snprintf(watched, sizeof watched, "%" PRId64 " %" PRId64 " 0", now_s - STARTED_AGO_S, now_s);
    note(outbox, OUTBOX_NOTE_TERMINALS_WATCHED, watched);
    group->furnish(outbox);
    must(outbox_commit(outbox, &err), "commit");
    char *json = status_json(outbox, config, group->service, now_s, &err);
    must(json != NULL, "status");
    snprintf(path, sizeof path, "%s/%s.th.txt", folder, group->name);
    write_words(outbox, config, group, path);
    outbox_close(outbox);
    snprintf(path, sizeof path, "%s/%s.json", folder, group->name);
    write(path, json);
    free(json);
    config_free(config);
}

/* ---- for whoever reads it ---- */

static void write_events(const char *folder)
{
    char path[FILE_PATH_MAX];
    snprintf(path, sizeof path, "%s/told.txt", folder);
    FILE *out = fopen(path, "wb");
    must(out != NULL, path);
    for (size_t i = 0; i < HB_COUNT(tellings); i++) {
        char words[REASON_MAX];
        fprintf(out, "%d", tellings[i].event);
        for (size_t j = 0; j < count_of(&tellings[i]); j++) {
            fprintf(out, "\t%s", reason_shown(tellings[i].strings[j], true, words));
        }
        fputs("\n", out);
    }
    must(fclose(out) == 0, path);
}

static void write_kinds(const char *folder)
{
    char path[FILE_PATH_MAX];
    snprintf(path, sizeof path, "%s/kinds.txt", folder);
    FILE *out = fopen(path, "wb");
    must(out != NULL, path);
    const char *code;
    enum concern_level level;
    int event;
    for (size_t i = 0; concern_kind(i, &code, &level, &event); i++) {
        fprintf(out, "%s\n", code);
    }
    must(fclose(out) == 0, path);
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fputs("usage: concerns FOLDER\n", stderr);
        return 2;
    }
    now_s = (int64_t)time(NULL);
    for (size_t i = 0; i < HB_COUNT(groups); i++) {
        make(&groups[i], arguments[1]);
    }
    write_events(arguments[1]);
    write_kinds(arguments[1]);
    return 0;
}
