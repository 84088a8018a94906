#include "status/concern.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox/outbox_rejected.h"
#include "outbox/outbox_stats.h"
#include "pace/certificate.h"
#include "record/event.h"
#include "terminals/silence.h"

enum {
    SLOW_S = 2 * 60, /* a punch does not wait so long while the database takes rows */
    FULL_PERCENT = 98,
    FILES_MAX = 50,
};

struct finding;

struct kind {
    const char *code;
    enum concern_level level;
    int event; /* 0: none is reported for it */
    void (*find)(struct finding *finding, const struct kind *kind);
    const char *state; /* find_trouble: the uploader's state that it is */
    const char *words; /* English; {n} is the count, {t} the terminal */
};

struct finding {
    struct outbox *outbox;
    const struct config *config;
    const char *service;
    int64_t now_s;
    struct error *err;
    struct concern_list *list;
    size_t of_kind; /* listed of the kind that is being looked for */
    const struct kind *kind;
    bool good; /* false: the outbox cannot be read; all that follows does nothing */

    struct outbox_counts counts;
    struct silence_watch watch;
    char uploader_state[OUTBOX_NOTE_MAX + 1];
    char uploader_error[OUTBOX_NOTE_MAX + 1];
    int64_t tls_until_s; /* end of the database server's certificate; 0: not known */
    int64_t lines;       /* find_file_lines */
};

/* A place for one more, filled with what the kind says; NULL when there is none left. */
static struct concern *add(struct finding *finding, const struct kind *kind, int64_t count)
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

static void set_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%.*s", (int)utf8_cut(span_of(text), size - 1), text);
}

/* Of what waits on this PC. */
static void add_waiting(struct finding *finding, const struct kind *kind, const char *reason)
{
    struct concern *concern = add(finding, kind, finding->counts.waiting);
    if (concern != NULL) {
        concern->since_s = finding->counts.oldest_waiting_s;
        set_text(concern->reason, sizeof concern->reason, reason);
    }
}

/* ---- the kinds ---- */

static void find_stopped(struct finding *finding, const struct kind *kind)
{
    if (strcmp(finding->service, "running") == 0) {
        return;
    }
    struct concern *concern = add(finding, kind, finding->counts.waiting);
    if (concern != NULL) {
        set_text(concern->reason, sizeof concern->reason, finding->service);
    }
}

static void find_full(struct finding *finding, const struct kind *kind)
{
    int64_t max = (int64_t)finding->config->outbox.max_mb * 1048576;
    if (max > 0 && finding->counts.bytes >= max / 100 * FULL_PERCENT) {
        add_waiting(finding, kind, "");
    }
}

/* What keeps punches from the database, as the uploader says. */
static void find_trouble(struct finding *finding, const struct kind *kind)
{
    if (finding->config->database.host_count > 0 &&
        strcmp(finding->uploader_state, kind->state) == 0) {
        add_waiting(finding, kind, finding->uploader_error);
    }
}

static void find_no_database(struct finding *finding, const struct kind *kind)
{
    if (finding->config->database.host_count == 0) {
        add_waiting(finding, kind, "");
    }
}

static void find_backlog(struct finding *finding, const struct kind *kind)
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
 * "verify" cares for a certificate's end.
 */
static bool certificate_matters(const struct finding *finding)
{
    const struct config_database *database = &finding->config->database;
    return database->host_count > 0 && database->tls == CONFIG_TLS_VERIFY &&
           strcmp(finding->uploader_state, "connected") == 0 &&
           certificate_short(finding->tls_until_s, finding->now_s);
}

static void find_certificate_ends(struct finding *finding, const struct kind *kind)
{
    int64_t days = certificate_days_left(finding->tls_until_s, finding->now_s);
    if (certificate_matters(finding) && days >= 0) {
        (void)add(finding, kind, days);
    }
}

static void find_certificate_ended(struct finding *finding, const struct kind *kind)
{
    if (certificate_matters(finding) &&
        certificate_days_left(finding->tls_until_s, finding->now_s) < 0) {
        struct concern *concern = add(finding, kind, -1);
        if (concern != NULL) {
            concern->since_s = finding->tls_until_s;
        }
    }
}

static void find_refused(struct finding *finding, const struct kind *kind)
{
    if (finding->counts.refused > 0) {
        (void)add(finding, kind, finding->counts.refused);
    }
}

static void find_lines(struct finding *finding, const struct kind *kind)
{
    int64_t lines = 0;
    finding->good = outbox_rejected_since(finding->outbox, finding->now_s - CONCERN_LATELY_S,
                                          &lines, finding->err);
    if (lines > 0) {
        (void)add(finding, kind, lines);
    }
}

static bool count_file_lines(void *context, const struct outbox_file *file)
{
    struct finding *finding = context;
    if (file->read_s >= finding->now_s - CONCERN_LATELY_S) {
        finding->lines += (int64_t)file->rejected_count;
    }
    return true;
}

static void find_file_lines(struct finding *finding, const struct kind *kind)
{
    finding->lines = 0;
    finding->good =
        outbox_each_file(finding->outbox, FILES_MAX, count_file_lines, finding, finding->err);
    if (finding->lines > 0) {
        (void)add(finding, kind, finding->lines);
    }
}

static void add_terminal(struct finding *finding, const char *sn, int64_t since_s)
{
    struct concern *concern = add(finding, finding->kind, -1);
    if (concern != NULL) {
        set_text(concern->about, sizeof concern->about, sn);
        concern->since_s = since_s;
    }
}

static bool add_if_silent(void *context, const struct outbox_device *device)
{
    struct finding *finding = context;
    bool configured = config_device(&finding->config->listener, device->sn) != NULL;
    if (device->last_seen_s != 0 && silence_is(&finding->watch, configured, device->last_seen_s)) {
        add_terminal(finding, device->sn, device->last_seen_s);
    }
    return finding->of_kind < CONCERN_EACH_MAX;
}

static void find_silent(struct finding *finding, const struct kind *kind)
{
    (void)kind;
    finding->good = outbox_each_device(finding->outbox, add_if_silent, finding, finding->err);
}

static void find_never_seen(struct finding *finding, const struct kind *kind)
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

static const struct kind kinds[] = {
    /* clang-format off */
    {"service_stopped",     CONCERN_BAD,  EVENT_STOPPED,                find_stopped,           NULL, "The service is not running"},
    {"outbox_full",         CONCERN_BAD,  EVENT_OUTBOX_CANNOT_STORE,    find_full,              NULL, "The outbox on this PC is full; terminals keep their punches"},
    {"login_refused",       CONCERN_BAD,  EVENT_DATABASE_LOGIN_REFUSED, find_trouble,           "login refused", "The database refused the login; punches waiting: {n}"},
    {"table_unusable",      CONCERN_BAD,  EVENT_TABLE_UNUSABLE,         find_trouble,           "table unusable", "The table in the database cannot be used; punches waiting: {n}"},
    {"rows_refused",        CONCERN_BAD,  EVENT_ROWS_REFUSED,           find_refused,           NULL, "The database refused punches: {n}"},
    {"not_configured",      CONCERN_WARN, EVENT_NO_DATABASE,            find_no_database,       NULL, "No database is named yet; punches kept on this PC: {n}"},
    {"database_away",       CONCERN_WARN, EVENT_DATABASE_UNREACHABLE,   find_trouble,           "waiting", "The database cannot be reached; punches waiting: {n}"},
    {"backlog",             CONCERN_WARN, 0,                            find_backlog,           NULL, "Punches still on their way to the database: {n}"},
    {"certificate_ended",   CONCERN_WARN, 0,                            find_certificate_ended, NULL, "The database server's certificate has ended"},
    {"certificate_ends",    CONCERN_WARN, 0,                            find_certificate_ends,  NULL, "Days until the database server's certificate ends: {n}"},
    {"lines_rejected",      CONCERN_WARN, EVENT_LINES_NOT_UNDERSTOOD,   find_lines,             NULL, "Lines of terminals that need a person: {n}"},
    {"file_lines_rejected", CONCERN_WARN, EVENT_LINES_SET_ASIDE,        find_file_lines,        NULL, "Lines of log files that need a person: {n}"},
    {"terminal_silent",     CONCERN_WARN, EVENT_TERMINALS_SILENT,       find_silent,            NULL, "Terminal {t} is silent"},
    {"terminal_never_seen", CONCERN_WARN, 0,                            find_never_seen,        NULL, "Terminal {t} has never been heard"},
    /* clang-format on */
};

/* ---- all of them ---- */

static bool read_facts(struct finding *finding)
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
    return true;
}

bool concern_find(struct outbox *outbox, const struct config *config, const char *service,
                  int64_t now_s, struct concern_list *list, struct error *err)
{
    struct finding finding = {.outbox = outbox,
                              .config = config,
                              .service = service,
                              .now_s = now_s,
                              .err = err,
                              .list = list};
    list->worst = CONCERN_GOOD;
    list->count = 0;
    finding.good = read_facts(&finding);
    for (size_t i = 0; finding.good && i < HB_COUNT(kinds); i++) {
        finding.kind = &kinds[i];
        finding.of_kind = 0;
        kinds[i].find(&finding, &kinds[i]);
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
    if (index >= HB_COUNT(kinds)) {
        return false;
    }
    *code = kinds[index].code;
    *level = kinds[index].level;
    *event = kinds[index].event;
    return true;
}

/* ---- words ---- */

static void put(char *out, size_t size, struct span text)
{
    size_t len = strlen(out);
    size_t cut = utf8_cut(text, size - 1 - len);
    memcpy(out + len, text.at, cut);
    out[len + cut] = '\0';
}

static const char *words_of(const char *code)
{
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        if (strcmp(kinds[i].code, code) == 0) {
            return kinds[i].words;
        }
    }
    return code;
}

const char *concern_words(const struct concern *concern, const struct config *config,
                          char out[CONCERN_WORDS_MAX])
{
    char count[24];
    const struct config_device *known = config_device(&config->listener, concern->about);
    bool named = known != NULL && known->name[0] != '\0';
    snprintf(count, sizeof count, "%" PRId64, concern->count);
    out[0] = '\0';
    for (const char *at = words_of(concern->code); *at != '\0';) {
        if (strncmp(at, "{n}", 3) == 0) {
            put(out, CONCERN_WORDS_MAX, span_of(count));
            at += 3;
        } else if (strncmp(at, "{t}", 3) == 0) {
            put(out, CONCERN_WORDS_MAX, span_of(concern->about));
            if (named) {
                put(out, CONCERN_WORDS_MAX, SPAN(" ("));
                put(out, CONCERN_WORDS_MAX, span_of(known->name));
                put(out, CONCERN_WORDS_MAX, SPAN(")"));
            }
            at += 3;
        } else {
            put(out, CONCERN_WORDS_MAX, (struct span){at, 1});
            at++;
        }
    }
    if (concern->reason[0] != '\0') {
        put(out, CONCERN_WORDS_MAX, SPAN(": "));
        put(out, CONCERN_WORDS_MAX, span_of(concern->reason));
    }
    return out;
}
