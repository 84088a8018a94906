#include "status/concern_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox/outbox_event.h"
#include "outbox/outbox_reading.h"
#include "outbox/outbox_rejected.h"
#include "outbox/outbox_scan.h"
#include "outbox/outbox_stats.h"
#include "pace/certificate.h"
#include "record/event.h"
#include "terminals/clockwatch.h"
#include "terminals/silence.h"
#include "terminals/walk.h"

enum {
    SLOW_S = 2 * 60, /* a punch does not wait so long while the database takes rows */
    FULL_PERCENT = 98,
    FILES_MAX = 50,
    DAY_S = 86400,
    HOURLY_S = 75 * 60,  /* what lasts is told hourly */
    ACCESS_OLD_DAYS = 7, /* as hipctl check-access has it */
};

/* A place for one more, filled with what the kind says; NULL when there is none left. */
struct concern *concern_add(struct concern_finding *finding, const struct concern_kind *kind,
                            int64_t count)
{
    struct concern_list *list = finding->list;
    list->worst = kind->level > list->worst ? kind->level : list->worst;
    if (list->count == CONCERN_MAX || finding->of_kind == CONCERN_EACH_MAX) {
        return NULL;
    }
    finding->of_kind++;
    struct concern *concern = &list->concerns[list->count++];
    memset(concern, 0, sizeof *concern);
    concern->code = kind->code;
    concern->level = kind->level;
    concern->event = kind->event;
    concern->count = count;
    return concern;
}

void concern_set_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%.*s", (int)utf8_cut(span_of(text), size - 1), text);
}

/* Of what waits on this PC. */
static void add_waiting(struct concern_finding *finding, const struct concern_kind *kind,
                        const char *reason)
{
    struct concern *concern = concern_add(finding, kind, finding->counts.waiting);
    if (concern != NULL) {
        concern->since_s = finding->counts.oldest_waiting_s;
        concern_set_text(concern->reason, sizeof concern->reason, reason);
    }
}

/* ---- the kinds ---- */

static void find_stopped(struct concern_finding *finding, const struct concern_kind *kind)
{
    if (strcmp(finding->service, "running") == 0) {
        return;
    }
    struct concern *concern = concern_add(finding, kind, finding->counts.waiting);
    if (concern != NULL) {
        concern_set_text(concern->reason, sizeof concern->reason, finding->service);
    }
}

static void find_full(struct concern_finding *finding, const struct concern_kind *kind)
{
    int64_t max = (int64_t)finding->config->outbox.max_mb * 1048576;
    if (max > 0 && finding->counts.bytes >= max / 100 * FULL_PERCENT) {
        add_waiting(finding, kind, "");
    }
}

/* What keeps punches from the database, as the uploader says. */
static void find_trouble(struct concern_finding *finding, const struct concern_kind *kind)
{
    if (finding->config->database.host_count > 0 &&
        strcmp(finding->uploader_state, kind->state) == 0) {
        add_waiting(finding, kind, finding->uploader_error);
    }
}

static void find_no_database(struct concern_finding *finding, const struct concern_kind *kind)
{
    if (finding->config->database.host_count == 0) {
        add_waiting(finding, kind, "");
    }
}

static void find_backlog(struct concern_finding *finding, const struct concern_kind *kind)
{
    const struct outbox_counts *counts = &finding->counts;
    if (finding->config->database.host_count > 0 &&
        strcmp(finding->uploader_state, "connected") == 0 && counts->waiting > 0 &&
        finding->now_s - counts->oldest_waiting_s > SLOW_S) {
        add_waiting(finding, kind, "");
    }
}

/*
 * While it is connected to: what is known of a server that is away may have changed meanwhile. Only
 * "verify" and "verify-ca" care for a certificate's end.
 */
static bool certificate_matters(const struct concern_finding *finding)
{
    const struct config_database *database = &finding->config->database;
    bool looked_at = database->tls == CONFIG_TLS_VERIFY || database->tls == CONFIG_TLS_VERIFY_CA;
    return database->host_count > 0 && looked_at &&
           strcmp(finding->uploader_state, "connected") == 0 &&
           certificate_short(finding->tls_until_s, finding->now_s);
}

static void find_certificate_ends(struct concern_finding *finding, const struct concern_kind *kind)
{
    int64_t days = certificate_days_left(finding->tls_until_s, finding->now_s);
    if (certificate_matters(finding) && days >= 0) {
        (void)concern_add(finding, kind, days);
    }
}

static void find_certificate_ended(struct concern_finding *finding, const struct concern_kind *kind)
{
    if (certificate_matters(finding) &&
        certificate_days_left(finding->tls_until_s, finding->now_s) < 0) {
        struct concern *concern = concern_add(finding, kind, -1);
        if (concern != NULL) {
            concern->since_s = finding->tls_until_s;
        }
    }
}

static void find_refused(struct concern_finding *finding, const struct concern_kind *kind)
{
    if (finding->counts.refused > 0) {
        (void)concern_add(finding, kind, finding->counts.refused);
    }
}

static void find_lines(struct concern_finding *finding, const struct concern_kind *kind)
{
    int64_t lines = 0;
    finding->good = outbox_rejected_since(finding->outbox, finding->now_s - CONCERN_LATELY_S,
                                          &lines, finding->err);
    if (lines > 0) {
        (void)concern_add(finding, kind, lines);
    }
}

static bool count_file_lines(void *context, const struct outbox_file *file)
{
    struct concern_finding *finding = context;
    if (file->read_s >= finding->now_s - CONCERN_LATELY_S && file->rejected_count > 0) {
        finding->lines += (int64_t)file->rejected_count;
    }
    return true;
}

/* Where the newest are written. */
static bool take_place(void *context, const struct outbox_event *told)
{
    enum { PLACE = 3 };
    struct concern *concern = context;
    utf8_clean(concern_string_of(told, PLACE), concern->reason, sizeof concern->reason);
    return false;
}

static void find_file_lines(struct concern_finding *finding, const struct concern_kind *kind)
{
    finding->lines = 0;
    finding->good =
        outbox_each_file(finding->outbox, FILES_MAX, count_file_lines, finding, finding->err);
    struct concern *concern =
        finding->lines > 0 ? concern_add(finding, kind, finding->lines) : NULL;
    if (concern != NULL) {
        finding->good = finding->good && outbox_each_event(finding->outbox, EVENT_LINES_SET_ASIDE,
                                                           take_place, concern, finding->err);
    }
}

static void add_terminal(struct concern_finding *finding, const char *sn, int64_t since_s)
{
    struct concern *concern = concern_add(finding, finding->kind, -1);
    if (concern != NULL) {
        concern_set_text(concern->about, sizeof concern->about, sn);
        concern->since_s = since_s;
    }
}

static bool add_if_silent(void *context, const struct walk_terminal *terminal)
{
    struct concern_finding *finding = context;
    const struct outbox_device *device = terminal->device;
    if (terminal->seen && terminal->kind != WALK_STRANGER && silence_watches(device) &&
        silence_is(&finding->watch, terminal->listed != NULL, device->last_seen_s)) {
        add_terminal(finding, device->sn, device->last_seen_s);
    }
    return finding->of_kind < CONCERN_EACH_MAX;
}

static void find_silent(struct concern_finding *finding, const struct concern_kind *kind)
{
    (void)kind;
    finding->good = walk_terminals(finding->outbox, &finding->config->listener, add_if_silent,
                                   finding, finding->err);
}

static void find_never_seen(struct concern_finding *finding, const struct concern_kind *kind)
{
    const struct config_listener *listener = &finding->config->listener;
    (void)kind;
    for (size_t i = 0; finding->good && i < listener->device_count; i++) {
        struct outbox_device device;
        bool found = false;
        finding->good =
            outbox_device(finding->outbox, listener->devices[i].sn, &device, &found, finding->err);
        bool seen = found && device.last_seen_s != 0;
        if (finding->good && !seen && silence_is(&finding->watch, true, 0)) {
            add_terminal(finding, listener->devices[i].sn, 0);
        }
    }
}

static bool add_if_clock_is_off(void *context, const struct walk_terminal *terminal)
{
    struct concern_finding *finding = context;
    const struct outbox_device *device = terminal->device;
    int64_t ahead_s = device->audit.clock_ahead_s;
    bool lately = device->audit.clock_shown_s > finding->now_s - DAY_S;
    if (lately && (ahead_s > CLOCKWATCH_OFF_S || ahead_s < -CLOCKWATCH_OFF_S)) {
        struct concern *concern = concern_add(finding, finding->kind, -1);
        if (concern != NULL) {
            concern_set_text(concern->about, sizeof concern->about, device->sn);
            concern->since_s = device->audit.clock_shown_s;
            clockwatch_difference(ahead_s, concern->reason, sizeof concern->reason);
        }
    }
    return finding->of_kind < CONCERN_EACH_MAX;
}

static void find_clock_off(struct concern_finding *finding, const struct concern_kind *kind)
{
    (void)kind;
    finding->good = walk_terminals(finding->outbox, &finding->config->listener, add_if_clock_is_off,
                                   finding, finding->err);
}

/* ---- the log folder, as the last run found it ---- */

/* ---- this PC ---- */

static bool is_listed(const char *list, const char *address)
{
    struct span rest = span_of(list);
    struct span field;
    while (rest.len > 0 && span_field(&rest, ' ', &field)) {
        if (span_equal(field, span_of(address))) {
            return true;
        }
    }
    return false;
}

static bool note_any_device(void *context, const struct outbox_device *device)
{
    bool *some = context;
    *some = *some || device->last_seen_s != 0;
    return !*some;
}

static bool note_any_file(void *context, const struct outbox_file *file)
{
    (void)file;
    *(bool *)context = true;
    return false;
}

static void find_moved(struct concern_finding *finding, const struct concern_kind *kind)
{
    char called[OUTBOX_NOTE_MAX + 1];
    char own[OUTBOX_NOTE_MAX + 1];
    finding->good = outbox_noted(finding->outbox, OUTBOX_NOTE_PC_CALLED, called, finding->err) &&
                    outbox_noted(finding->outbox, OUTBOX_NOTE_PC_ADDRESSES, own, finding->err);
    if (finding->good && called[0] != '\0' && own[0] != '\0' && !is_listed(own, called)) {
        struct concern *concern = concern_add(finding, kind, -1);
        if (concern != NULL) {
            snprintf(concern->reason, sizeof concern->reason, "%.45s; now %.500s", called, own);
        }
    }
}

/* Nothing has come by any way, and nothing is known of anybody who might send. */
static void find_nothing(struct concern_finding *finding, const struct concern_kind *kind)
{
    bool some = finding->counts.last_id > 0;
    finding->good = finding->good &&
                    outbox_each_device(finding->outbox, note_any_device, &some, finding->err) &&
                    outbox_each_file(finding->outbox, 1, note_any_file, &some, finding->err);
    if (finding->good && !some) {
        (void)concern_add(finding, kind, -1);
    }
}

/*
 * Its newest punch is of long ago although the file is read: the vendor's program is not used any
 * more, or works with another file. The wall clock of that punch is this PC's to within a day.
 */
static void find_access_old(struct concern_finding *finding, const struct concern_kind *kind)
{
    struct outbox_reading reading;
    const struct config_access *access = &finding->config->access;
    if (!finding->good || !access->enabled ||
        !(finding->good = outbox_reading(finding->outbox, access->path, &reading, finding->err)) ||
        reading.state != OUTBOX_READING_WELL || reading.last == 0) {
        return;
    }
    int64_t days = (finding->now_s - reading.last) / DAY_S;
    struct concern *concern = days > ACCESS_OLD_DAYS ? concern_add(finding, kind, days) : NULL;
    if (concern != NULL) {
        concern_set_text(concern->reason, sizeof concern->reason, reading.path);
    }
}

static bool add_if_stuck(void *context, const struct outbox_scan_file *file)
{
    static const char *const why[] = {
        [OUTBOX_SCAN_NO_LOG] = "no line of it is a punch", [OUTBOX_SCAN_FAILED] = ""};
    struct concern_finding *finding = context;
    if (file->state == OUTBOX_SCAN_NO_LOG || file->state == OUTBOX_SCAN_FAILED) {
        if (finding->one == NULL) {
            finding->one = concern_add(finding, finding->kind, 0);
        }
        if (finding->one != NULL && finding->one->count++ == 0) {
            snprintf(finding->one->reason, sizeof finding->one->reason, "%.255s: %.500s",
                     file->name, why[file->state][0] != '\0' ? why[file->state] : file->detail);
        }
    }
    return true;
}

static void find_stuck(struct concern_finding *finding, const struct concern_kind *kind)
{
    (void)kind;
    if (finding->config->sync.enabled) {
        finding->good =
            outbox_each_scan_file(finding->outbox, 0, add_if_stuck, finding, finding->err);
    }
}

const struct concern_kind concern_kinds[] = {
    /* clang-format off */
    /* ---- somebody has to act ---- */
    {"service_stopped", CONCERN_BAD, EVENT_STOPPED, find_stopped, .words = "The service is not running"},
    {"cannot_listen", CONCERN_BAD, EVENT_CANNOT_LISTEN, concern_find_told, .words = "Terminals cannot be listened for", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_LISTENING, .reason = 2},
    {"address_changed", CONCERN_BAD, 0, find_moved, .words = "This PC has another address than terminals call it by"},
    {"cannot_store", CONCERN_BAD, EVENT_OUTBOX_CANNOT_STORE, concern_find_told, .words = "Punches cannot be stored on this PC; terminals keep them", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_OUTBOX_STORES_AGAIN, .reason = 1},
    {"outbox_full", CONCERN_BAD, EVENT_OUTBOX_CANNOT_STORE, find_full, .words = "The outbox on this PC is full; terminals keep their punches"},
    {"outbox_failed", CONCERN_BAD, EVENT_OUTBOX_FAILED, concern_find_told, .words = "The outbox on this PC cannot be read or written", .lasts_s = HOURLY_S, .reason = 1},
    {"login_refused", CONCERN_BAD, EVENT_DATABASE_LOGIN_REFUSED, find_trouble, .words = "The database refused the login; punches waiting: {n}", .state = "login refused"},
    {"table_unusable", CONCERN_BAD, EVENT_TABLE_UNUSABLE, find_trouble, .words = "The table in the database cannot be used; punches waiting: {n}", .state = "table unusable"},
    {"log_folder", CONCERN_BAD, EVENT_LOG_FOLDER_UNREADABLE, concern_find_told, .words = "The log folder cannot be read", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_LOG_FOLDER_BACK, .reason = 2},
    {"access_refused", CONCERN_BAD, EVENT_ACCESS_REFUSED, concern_find_told, .words = "The vendor's database is of a kind that cannot be read", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_ACCESS_BACK, .subject = 1, .reason = 2},
    {"pull_key", CONCERN_BAD, EVENT_PULL_KEY, concern_find_told, .words = "The terminal at {t} refuses the communication key", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_PULL_BACK, .terminal = 1, .reason = 2},
    {"pull_layout", CONCERN_BAD, EVENT_PULL_LAYOUT, concern_find_told, .words = "The records of the terminal at {t} are not understood; nothing was taken", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_PULL_BACK, .terminal = 1, .reason = 3},
    {"pull_stranger", CONCERN_BAD, EVENT_PULL_STRANGER, concern_find_told, .words = "Another terminal answers at {t}", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_PULL_BACK, .terminal = 1, .reason = 2},
    {"outbox_was_damaged", CONCERN_BAD, EVENT_OUTBOX_SALVAGED, concern_find_told, .words = "The outbox on this PC was damaged; punches may be missing", .lasts_s = CONCERN_LATELY_S, .subject = 2, .reason = 1},
    {"aside_full", CONCERN_BAD, EVENT_NO_ROOM_ASIDE, concern_find_told, .words = "There is no more room for lines of terminal {t} that are not understood; it keeps them", .lasts_s = HOURLY_S, .terminal = 1, .reason = 2},
    {"access_full", CONCERN_BAD, EVENT_ACCESS_NO_ROOM, concern_find_told, .words = "There is no more room to set aside rows of the vendor's database; they wait there", .lasts_s = HOURLY_S, .subject = 1, .reason = 2},
    {"aside_let_go", CONCERN_BAD, EVENT_LET_GO, concern_find_told, .words = "Lines of devices that are not listed were not understood, and found no room to be kept", .lasts_s = CONCERN_LATELY_S, .reason = 1},
    {"rows_refused", CONCERN_BAD, EVENT_ROWS_REFUSED, find_refused, .words = "The database refused punches: {n}"},
    /* ---- somebody has to look ---- */
    {"not_configured", CONCERN_WARN, EVENT_NO_DATABASE, find_no_database, .words = "No database is named yet; punches kept on this PC: {n}"},
    {"database_away", CONCERN_WARN, EVENT_DATABASE_UNREACHABLE, find_trouble, .words = "The database cannot be reached; punches waiting: {n}", .state = "waiting"},
    {"backlog", CONCERN_WARN, 0, find_backlog, .words = "Punches still on their way to the database: {n}"},
    {"certificate_ended", CONCERN_WARN, 0, find_certificate_ended, .words = "The database server's certificate has ended"},
    {"certificate_ends", CONCERN_WARN, 0, find_certificate_ends, .words = "Days until the database server's certificate ends: {n}"},
    {"pc_slept", CONCERN_WARN, EVENT_PC_SLEPT, concern_find_told, .words = "This PC slept, and terminals could not deliver", .lasts_s = DAY_S, .reason = 1},
    {"pc_clock", CONCERN_WARN, EVENT_PC_CLOCK, concern_find_told, .words = "This PC's clock was wrong", .lasts_s = DAY_S, .reason = 1},
    {"terminal_log_deleted", CONCERN_WARN, EVENT_TERMINAL_LOG_DELETED, concern_find_told, .words = "Attendance records were deleted on terminal {t}", .lasts_s = CONCERN_LATELY_S, .terminal = 1},
    {"punches_missing", CONCERN_WARN, EVENT_PUNCHES_MISSING, concern_find_told, .words = "Terminal {t} holds punches that have not come", .lasts_s = CONCERN_LATELY_S, .ended_by = EVENT_PUNCHES_ASKED_FOR, .terminal = 1, .reason = 2},
    {"punches_still_missing", CONCERN_WARN, EVENT_PUNCHES_ASKED_FOR, concern_find_told, .words = "Terminal {t} was asked to send what is missing and did not", .lasts_s = CONCERN_LATELY_S, .terminal = 1, .reason = 4, .lacking = 4},
    {"lines_rejected", CONCERN_WARN, EVENT_LINES_NOT_UNDERSTOOD, find_lines, .words = "Lines of terminals that need a person: {n}"},
    {"file_lines_rejected", CONCERN_WARN, EVENT_LINES_SET_ASIDE, find_file_lines, .words = "Lines of log files that need a person: {n}"},
    {"file_stuck", CONCERN_WARN, EVENT_LOG_FILE_FAILED, find_stuck, .words = "Log files that cannot be read or archived: {n}"},
    {"access_away", CONCERN_WARN, EVENT_ACCESS_UNREADABLE, concern_find_told, .words = "The vendor's database cannot be read", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_ACCESS_BACK, .reason = 2},
    {"access_rows", CONCERN_WARN, EVENT_ACCESS_ROWS_ASIDE, concern_find_told, .words = "Rows of the vendor's database were set aside", .lasts_s = CONCERN_LATELY_S, .subject = 1, .reason = 2},
    {"access_old", CONCERN_WARN, 0, find_access_old, .words = "Days since the newest punch in the vendor's database: {n}"},
    {"access_restless", CONCERN_WARN, EVENT_ACCESS_RESTLESS, concern_find_told, .words = "Pages of the vendor's database give no rows", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_ACCESS_BACK, .subject = 1},
    {"no_unique_key", CONCERN_WARN, EVENT_NO_UNIQUE_KEY, concern_find_told, .words = "The table in the database has no unique key over terminal, user and time", .lasts_s = CONCERN_WHILE, .reason = 2},
    {"table_odd", CONCERN_WARN, EVENT_TABLE_ODD, concern_find_told, .words = "The table in the database is used, but something about it is odd", .lasts_s = CONCERN_WHILE, .reason = 2},
    {"status_tables", CONCERN_WARN, EVENT_STATUS_TABLES, concern_find_told, .words = "Head office's status tables in the database cannot be written", .lasts_s = CONCERN_WHILE, .reason = 1},
    {"firewall", CONCERN_WARN, EVENT_FIREWALL, concern_find_told, .words = "Windows' firewall could not be opened for terminals", .lasts_s = CONCERN_WHILE, .reason = 2},
    {"page_unavailable", CONCERN_WARN, EVENT_PAGE_UNAVAILABLE, concern_find_told, .words = "The status page cannot be shown", .lasts_s = CONCERN_WHILE, .reason = 1},
    {"nothing_yet", CONCERN_WARN, 0, find_nothing, .words = "Nothing has arrived yet"},
    {"terminal_silent", CONCERN_WARN, EVENT_TERMINALS_SILENT, find_silent, .words = "Terminal {t} is silent"},
    {"terminal_never_seen", CONCERN_WARN, 0, find_never_seen, .words = "Terminal {t} has never been heard"},
    {"terminal_clock", CONCERN_WARN, EVENT_TERMINAL_CLOCK_OFF, find_clock_off, .words = "The clock of terminal {t} is wrong"},
    {"pull_away", CONCERN_WARN, EVENT_PULL_AWAY, concern_find_told, .words = "The terminal at {t} is not reached", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_PULL_BACK, .terminal = 1, .reason = 4},
    {"pull_refused", CONCERN_WARN, EVENT_PULL_REFUSED, concern_find_told, .words = "The terminal at {t} cannot be read", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_PULL_BACK, .terminal = 1, .reason = 3},
    {"pull_full", CONCERN_WARN, EVENT_PULL_FULL, concern_find_told, .words = "The memory of terminal {t} is nearly full", .lasts_s = CONCERN_LATELY_S, .terminal = 1, .reason = 2},
    {"pull_empty", CONCERN_WARN, EVENT_PULL_EMPTY, concern_find_told, .words = "Terminal {t} says that it holds no record", .lasts_s = CONCERN_LATELY_S, .terminal = 1},
    {"pull_spoilt", CONCERN_WARN, EVENT_PULL_SPOILT, concern_find_told, .words = "Many records of terminal {t} cannot be read", .lasts_s = CONCERN_LATELY_S, .terminal = 1, .reason = 2},
    {"terminal_twice", CONCERN_WARN, EVENT_TERMINAL_TWICE, concern_find_told, .words = "Two addresses speak for terminal {t} in turn", .lasts_s = DAY_S, .terminal = 1, .reason = 3},
    {"unlisted_waits", CONCERN_WARN, EVENT_UNLISTED_WAITS, concern_find_told, .words = "Devices that nobody listed bring punches and have to wait: the outbox is nearly full", .lasts_s = DAY_S, .reason = 1},
    {"strangers", CONCERN_WARN, EVENT_STRANGERS, concern_find_told, .words = "Many devices that nobody listed and that bring no punch have spoken to this PC", .lasts_s = DAY_S, .reason = 3},
    {"refused_requests", CONCERN_WARN, EVENT_REQUEST_REFUSED, concern_find_told, .words = "Addresses that wanted in and were refused: {n}", .lasts_s = DAY_S, .subject = 1, .reason = 3},
    {"other_family", CONCERN_WARN, EVENT_OTHER_FAMILY, concern_find_told, .words = "Terminals of another family that cannot be understood: {n}", .lasts_s = DAY_S, .subject = 1},
    {"not_guarded", CONCERN_WARN, EVENT_FILE_NOT_GUARDED, concern_find_told, .words = "Others than administrators may be able to read the service's files", .lasts_s = CONCERN_WHILE, .reason = 1},
    {"password_plain", CONCERN_WARN, EVENT_PASSWORD_NOT_PROTECTED, concern_find_told, .words = "A password in config.json could not be protected", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_PASSWORD_PROTECTED, .reason = 2},
    {"config_not_taken", CONCERN_WARN, EVENT_CONFIG_NOT_TAKEN, concern_find_told, .words = "The changed config.json was not taken", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_CONFIG_RELOADED, .reason = 1},
    {"alarm_failed", CONCERN_WARN, EVENT_ALARM_FAILED, concern_find_told, .words = "The alarm could not be sent", .lasts_s = CONCERN_WHILE, .ended_by = EVENT_ALARM_SENT, .reason = 1},
    {"crashed", CONCERN_WARN, EVENT_CRASHED, concern_find_told, .words = "The service fell and was started again", .lasts_s = CONCERN_LATELY_S, .reason = 1},
    /* clang-format on */
};

const size_t concern_kind_count = HB_COUNT(concern_kinds);

/* ---- all of them ---- */

static bool read_facts(struct concern_finding *finding)
{
    char until[OUTBOX_NOTE_MAX + 1];
    struct outbox *outbox = finding->outbox;
    struct error *err = finding->err;
    if (!outbox_counts(outbox, &finding->counts, err) ||
        !silence_watch_read(outbox, finding->config, finding->now_s, &finding->watch, err) ||
        !outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_STATE, finding->uploader_state, err) ||
        !outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_ERROR, finding->uploader_error, err) ||
        !outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, until, err)) {
        return false;
    }
    finding->tls_until_s = strtoll(until, NULL, 10);
    if (!outbox_noted(outbox, OUTBOX_NOTE_SERVICE_STARTED, until, err)) {
        return false;
    }
    finding->started_s = strtoll(until, NULL, 10);
    return true;
}

bool concern_find(struct outbox *outbox, const struct config *config, const char *service,
                  int64_t now_s, struct concern_list *list, struct error *err)
{
    struct concern_finding finding = {.outbox = outbox,
                                      .config = config,
                                      .service = service,
                                      .now_s = now_s,
                                      .err = err,
                                      .list = list};
    list->worst = CONCERN_GOOD;
    list->count = 0;
    finding.good = read_facts(&finding);
    for (size_t i = 0; finding.good && i < HB_COUNT(concern_kinds); i++) {
        finding.kind = &concern_kinds[i];
        finding.of_kind = 0;
        finding.one = NULL;
        concern_kinds[i].find(&finding, &concern_kinds[i]);
    }
    return finding.good;
}

const char *concern_level_name(enum concern_level level)
{
    static const char *const names[] = {
        [CONCERN_GOOD] = "good", [CONCERN_WARN] = "warn", [CONCERN_BAD] = "bad"};
    return names[level];
}

bool concern_kind(size_t index, const char **code, enum concern_level *level, int *event)
{
    if (index >= HB_COUNT(concern_kinds)) {
        return false;
    }
    *code = concern_kinds[index].code;
    *level = concern_kinds[index].level;
    *event = concern_kinds[index].event;
    return true;
}
