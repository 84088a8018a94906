#include "status/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox/outbox_pull.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_reading.h"
#include "outbox/outbox_stats.h"
#include "status/concern.h"
#include "terminals/silence.h"
#include "terminals/walk.h"

enum { DEVICES_MAX = 1000, TEXT_FIRST = 8192, LINE_MAX = 512 };

struct writing {
    char *text;
    size_t len, size;
    bool good; /* false: no memory; all that follows does nothing */
};

static bool make_room(struct writing *writing, size_t more)
{
    size_t size = writing->size;
    while (size - writing->len < more) {
        size *= 2;
    }
    if (size == writing->size) {
        return true;
    }
    char *text = realloc(writing->text, size);
    if (text == NULL) {
        writing->good = false;
        return false;
    }
    writing->text = text;
    writing->size = size;
    return true;
}

HB_PRINTF(2, 3) static void put(struct writing *writing, const char *format, ...)
{
    int len = -1;
    va_list arguments;
    va_start(arguments, format);
    if (writing->good && make_room(writing, LINE_MAX)) {
        len = vsnprintf(writing->text + writing->len, LINE_MAX, format, arguments);
    }
    va_end(arguments);
    writing->good = len >= 0 && len < LINE_MAX;
    if (writing->good) {
        writing->len += (size_t)len;
    }
}

static void put_family(struct writing *writing, const char *name, const char *type,
                       const char *help)
{
    put(writing, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: the text between the quotes. */
static void put_escaped(struct writing *writing, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"') {
            put(writing, "\\%c", *text);
        } else if (*text == '\n') {
            put(writing, "\\n");
        } else {
            put(writing, "%c", *text);
        }
    }
}

/* ---- single figures ---- */

static void put_counts(struct writing *writing, const struct outbox_counts *counts)
{
    const struct {
        const char *name;
        const char *help;
        int64_t value;
    } figures[] = {
        {"hipbridge_outbox_waiting_punches", "Punches not yet in the database.", counts->waiting},
        {"hipbridge_outbox_oldest_waiting_timestamp_seconds",
         "When the oldest waiting punch arrived, Unix time; 0 when none waits.",
         counts->oldest_waiting_s},
        {"hipbridge_outbox_uploaded_punches", "Punches in the database that are kept here too.",
         counts->uploaded},
        {"hipbridge_outbox_refused_punches", "Punches that the database refused.", counts->refused},
        {"hipbridge_outbox_rejected_lines", "Lines kept that were no punches.",
         counts->rejected_lines},
        {"hipbridge_outbox_size_bytes", "Size of the outbox file.", counts->bytes},
    };
    for (size_t i = 0; i < HB_COUNT(figures); i++) {
        put_family(writing, figures[i].name, "gauge", figures[i].help);
        put(writing, "%s %" PRId64 "\n", figures[i].name, figures[i].value);
    }
}

static bool put_notes(struct writing *writing, struct outbox *outbox, struct error *err)
{
    static const struct {
        const char *name;
        const char *help;
        enum outbox_note note;
    } times[] = {
        {"hipbridge_start_timestamp_seconds", "When the service was last started, Unix time.",
         OUTBOX_NOTE_SERVICE_STARTED},
        {"hipbridge_database_last_success_timestamp_seconds",
         "When punches last reached the database, Unix time.", OUTBOX_NOTE_UPLOADER_LAST_SUCCESS},
        {"hipbridge_database_certificate_end_timestamp_seconds",
         "When the database server's certificate ends, Unix time; 0 when not known.",
         OUTBOX_NOTE_UPLOADER_TLS_UNTIL},
        {"hipbridge_sync_last_run_timestamp_seconds",
         "When the log folder was last looked through, Unix time.", OUTBOX_NOTE_SYNC_LAST_RUN},
    };
    char text[OUTBOX_NOTE_MAX + 1];
    put_family(writing, "hipbridge_build_info", "gauge", "The version that runs.");
    put(writing, "hipbridge_build_info{version=\"%s\"} 1\n", HIPBRIDGE_VERSION);
    if (!outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_STATE, text, err)) {
        return false;
    }
    put_family(writing, "hipbridge_database_connected", "gauge",
               "Whether the last try to reach the database went well.");
    put(writing, "hipbridge_database_connected %d\n", strcmp(text, "connected") == 0);
    for (size_t i = 0; i < HB_COUNT(times); i++) {
        if (!outbox_noted(outbox, times[i].note, text, err)) {
            return false;
        }
        put_family(writing, times[i].name, "gauge", times[i].help);
        put(writing, "%s %lld\n", times[i].name, strtoll(text, NULL, 10));
    }
    return true;
}

static bool put_delays(struct writing *writing, struct outbox *outbox, struct error *err)
{
    static const char name[] = "hipbridge_punch_to_row_seconds";
    struct outbox_delays delays;
    int64_t sum = 0;
    if (!outbox_delivered_since(outbox, 0, &delays, err)) {
        return false;
    }
    put_family(writing, name, "histogram", "Time from a punch to its row in the database.");
    for (size_t i = 0; i < OUTBOX_DELAYS; i++) {
        sum += delays.punches[i];
        if (i < OUTBOX_DELAYS - 1) {
            put(writing, "%s_bucket{le=\"%" PRId64 "\"} %" PRId64 "\n", name,
                outbox_delay_bounds[i], sum);
        } else {
            put(writing, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n", name, sum);
        }
    }
    put(writing, "%s_sum %" PRId64 "\n%s_count %" PRId64 "\n", name, delays.delay_s, name, sum);
    return true;
}

/* ---- terminals ---- */

struct listing {
    struct writing *writing;
    const struct config *config;
    const struct device_family *family;
    struct silence_watch watch;
    size_t count;
};

struct device_family {
    const char *name;
    const char *type;
    const char *help;
    int64_t (*value)(const struct listing *listing, const struct outbox_device *device);
};

static int64_t punches_of(const struct listing *listing, const struct outbox_device *device)
{
    (void)listing;
    return device->punches;
}

static int64_t last_seen_of(const struct listing *listing, const struct outbox_device *device)
{
    (void)listing;
    return device->last_seen_s;
}

static int64_t silent_of(const struct listing *listing, const struct outbox_device *device)
{
    bool configured = config_device(&listing->config->listener, device->sn) != NULL;
    return silence_watches(device) && silence_is(&listing->watch, configured, device->last_seen_s);
}

/* Strangers are a number of their own. */
static bool put_device(void *context, const struct walk_terminal *terminal)
{
    struct listing *listing = context;
    const struct outbox_device *device = terminal->device;
    const struct config_device *known = terminal->listed;
    if (terminal->kind == WALK_STRANGER ||
        (terminal->kind == WALK_BRINGS && listing->count >= DEVICES_MAX)) {
        return false;
    }
    put(listing->writing, "%s{sn=\"", listing->family->name);
    put_escaped(listing->writing, device->sn);
    put(listing->writing, "\",name=\"");
    put_escaped(listing->writing, known != NULL ? known->name : "");
    put(listing->writing, "\"} %" PRId64 "\n", listing->family->value(listing, device));
    listing->count++;
    return listing->writing->good;
}

static bool put_devices(struct writing *writing, struct outbox *outbox, const struct config *config,
                        int64_t now_s, struct error *err)
{
    static const struct device_family families[] = {
        {"hipbridge_terminal_punches_total", "counter",
         "Punches received from the terminal, each once.", punches_of},
        {"hipbridge_terminal_last_seen_timestamp_seconds", "gauge",
         "When the terminal last spoke, Unix time.", last_seen_of},
        {"hipbridge_terminal_silent", "gauge", "Whether the terminal is missed.", silent_of},
    };
    struct silence_watch watch;
    struct outbox_device last;
    int64_t strangers = 0;
    if (!walk_strangers(outbox, &config->listener, now_s, &strangers, &last, err)) {
        return false;
    }
    put_family(writing, "hipbridge_strangers", "gauge",
               "Devices of the last day that are not listed and never brought a punch.");
    put(writing, "hipbridge_strangers %" PRId64 "\n", strangers);
    if (!silence_watch_read(outbox, config, now_s, &watch, err)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(families); i++) {
        struct listing listing = {writing, config, &families[i], watch, 0};
        put_family(writing, families[i].name, families[i].type, families[i].help);
        if (!walk_terminals(outbox, &config->listener, put_device, &listing, err)) {
            return false;
        }
    }
    return true;
}

/* ---- terminals that are read ---- */

struct pull_family {
    const char *name;
    const char *help;
    int64_t (*value)(const struct outbox_pull *pull);
};

struct pull_listing {
    struct writing *writing;
    const struct pull_family *family;
    const struct config_pull *pull;
};

static int64_t read_well(const struct outbox_pull *pull)
{
    return pull->why[0] == '\0';
}

static int64_t records_held(const struct outbox_pull *pull)
{
    return pull->held > 0 ? pull->held : 0;
}

static int64_t last_read(const struct outbox_pull *pull)
{
    return pull->read_s;
}

static bool put_pull(void *context, const struct outbox_pull *pull)
{
    struct pull_listing *listing = context;
    if (config_pulled(listing->pull, pull->place) == NULL) {
        return true;
    }
    put(listing->writing, "%s{address=\"", listing->family->name);
    put_escaped(listing->writing, pull->place);
    put(listing->writing, "\",sn=\"");
    put_escaped(listing->writing, pull->sn);
    put(listing->writing, "\"} %" PRId64 "\n", listing->family->value(pull));
    return listing->writing->good;
}

static bool put_pulls(struct writing *writing, struct outbox *outbox, const struct config *config,
                      struct error *err)
{
    static const struct pull_family families[] = {
        {"hipbridge_pull_well", "Whether the last visit to the terminal went well.", read_well},
        {"hipbridge_pull_records", "Records that the terminal says it holds.", records_held},
        {"hipbridge_pull_last_read_timestamp_seconds",
         "When its log was last read whole, Unix time.", last_read},
    };
    for (size_t i = 0; i < HB_COUNT(families); i++) {
        struct pull_listing listing = {writing, &families[i], &config->pull};
        put_family(writing, families[i].name, "gauge", families[i].help);
        if (!outbox_each_pull(outbox, put_pull, &listing, err)) {
            return false;
        }
    }
    return true;
}

/* ---- the vendor's database ---- */

/* Nothing where it is not read: there is none. */
static bool put_access(struct writing *writing, struct outbox *outbox,
                       const struct config_access *access, struct error *err)
{
    struct outbox_reading reading;
    if (!access->enabled) {
        return true;
    }
    if (!outbox_reading(outbox, access->path, &reading, err)) {
        return false;
    }
    if (reading.path[0] == '\0') {
        return true;
    }
    const struct {
        const char *name;
        const char *type;
        const char *help;
        int64_t value;
    } figures[] = {
        {"hipbridge_access_well", "gauge",
         "Whether the last look at the vendor's database read it.",
         reading.state == OUTBOX_READING_WELL},
        {"hipbridge_access_last_read_timestamp_seconds", "gauge",
         "When the vendor's database was last read, Unix time.", reading.read_s},
        {"hipbridge_access_new_punches_total", "counter",
         "Punches that came by the vendor's database first.", reading.fresh},
        {"hipbridge_access_rows_set_aside_total", "counter",
         "Rows of the vendor's database that were set aside, each once.", reading.aside},
        {"hipbridge_access_pages_waiting", "gauge",
         "Pages that were another than in the look before.", reading.waiting},
        {"hipbridge_access_pages_held", "gauge",
         "Pages that never rest or are damaged, and give nothing.",
         reading.restless + reading.damaged},
    };
    for (size_t i = 0; i < HB_COUNT(figures); i++) {
        put_family(writing, figures[i].name, figures[i].type, figures[i].help);
        put(writing, "%s %" PRId64 "\n", figures[i].name, figures[i].value);
    }
    return true;
}

/* Each code once, however many terminals it is about. */
static bool put_concerns(struct writing *writing, struct outbox *outbox,
                         const struct config *config, int64_t now_s, struct error *err)
{
    static const char name[] = "hipbridge_concern";
    struct concern_list *list = malloc(sizeof *list);
    if (list == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for the metrics");
    }
    bool found = concern_find(outbox, config, "running", now_s, list, err);
    if (found) {
        put_family(writing, "hipbridge_level", "gauge", "0 all is well, 1 to be watched, 2 bad.");
        put(writing, "hipbridge_level %d\n", (int)list->worst);
        put_family(writing, name, "gauge", "What is wrong, by its code in status.json.");
        for (size_t i = 0; i < list->count; i++) {
            if (i == 0 || strcmp(list->concerns[i].code, list->concerns[i - 1].code) != 0) {
                put(writing, "%s{code=\"%s\"} 1\n", name, list->concerns[i].code);
            }
        }
    }
    free(list);
    return found;
}

char *metrics_text(struct outbox *outbox, const struct config *config, int64_t now_s,
                   struct error *err)
{
    struct outbox_counts counts;
    struct writing writing = {.text = malloc(TEXT_FIRST), .size = TEXT_FIRST};
    writing.good = writing.text != NULL;
    bool read = outbox_counts(outbox, &counts, err) && put_notes(&writing, outbox, err);
    if (read) {
        put_counts(&writing, &counts);
    }
    read = read && put_concerns(&writing, outbox, config, now_s, err) &&
           put_delays(&writing, outbox, err) && put_devices(&writing, outbox, config, now_s, err) &&
           put_pulls(&writing, outbox, config, err) &&
           put_access(&writing, outbox, &config->access, err);
    if (read && !writing.good) {
        error_set(err, ERR_MEMORY, 0, "no memory for the metrics");
    }
    if (!read || !writing.good) {
        free(writing.text);
        return NULL;
    }
    return writing.text;
}
