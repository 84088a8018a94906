#include <stdio.h>
#include <string.h>

#include "pace/certificate.h"
#include "record/event.h"
#include "outbox/outbox_stats.h"
#include "status/status_private.h"

enum {
    SLOW_S = 2 * 60, /* a punch does not wait so long while the database takes rows */
    FULL_PERCENT = 98,
};

/* As a person has to act: nothing, keep an eye on it, now. */
enum level { GOOD, WARN, BAD };

static const char *const level_names[] = {[GOOD] = "good", [WARN] = "warn", [BAD] = "bad"};

struct concern {
    const char *code;
    enum level level;
    int event;          /* 0: none is reported for it */
    int64_t count;      /* what the words are about; negative: nothing is counted */
    int64_t since_s;    /* Unix; 0 = not known */
    const char *sn;     /* "" = of no terminal */
    const char *reason; /* "" = none */
};

static void add(struct status_building *building, struct concern concern, enum level *worst)
{
    cJSON *entry = status_add_entry(building);
    const struct config_device *known =
        concern.sn[0] != '\0' ? config_device(&building->config->listener, concern.sn) : NULL;
    *worst = concern.level > *worst ? concern.level : *worst;
    status_add_text(building, entry, "code", concern.code);
    status_add_text(building, entry, "level", level_names[concern.level]);
    if (concern.event != 0) {
        status_add_number(building, entry, "event", concern.event);
    } else {
        status_add_null(building, entry, "event");
    }
    if (concern.count >= 0) {
        status_add_number(building, entry, "count", concern.count);
    } else {
        status_add_null(building, entry, "count");
    }
    status_add_time(building, entry, "since_s", concern.since_s);
    status_add_text(building, entry, "sn", concern.sn);
    status_add_text(building, entry, "name", known != NULL ? known->name : "");
    status_add_text(building, entry, "reason", concern.reason);
}

/* What keeps punches from the database, as the uploader says; NULL: nothing does. */
static const struct concern *trouble_of(const char *state)
{
    static const struct {
        const char *state;
        struct concern concern;
    } troubles[] = {
        {"login refused",
         {.code = "login_refused", .level = BAD, .event = EVENT_DATABASE_LOGIN_REFUSED}},
        {"table unusable", {.code = "table_unusable", .level = BAD, .event = EVENT_TABLE_UNUSABLE}},
        {"waiting", {.code = "database_away", .level = WARN, .event = EVENT_DATABASE_UNREACHABLE}},
    };
    for (size_t i = 0; i < HB_COUNT(troubles); i++) {
        if (strcmp(state, troubles[i].state) == 0) {
            return &troubles[i].concern;
        }
    }
    return NULL;
}

static void add_way(struct status_building *building, enum level *worst)
{
    const struct outbox_counts *counts = &building->counts;
    const struct concern *trouble = trouble_of(building->uploader_state);
    struct concern concern = {
        .count = counts->waiting, .since_s = counts->oldest_waiting_s, .sn = "", .reason = ""};
    if (building->config->database.host_count == 0) {
        concern.code = "not_configured";
        concern.level = WARN;
        concern.event = EVENT_NO_DATABASE;
    } else if (trouble != NULL) {
        concern.code = trouble->code;
        concern.level = trouble->level;
        concern.event = trouble->event;
        concern.reason = building->uploader_error;
    } else if (counts->waiting > 0 && building->now_s - counts->oldest_waiting_s > SLOW_S) {
        concern.code = "backlog";
        concern.level = WARN;
    } else {
        return;
    }
    add(building, concern, worst);
}

/*
 * While it is connected to: what is known of a server that is away may have changed meanwhile. Only
 * "verify" cares for a certificate's end.
 */
static void add_certificate(struct status_building *building, enum level *worst)
{
    const struct config *config = building->config;
    int64_t days = certificate_days_left(building->tls_until_s, building->now_s);
    if (config->database.host_count == 0 || config->database.tls != CONFIG_TLS_VERIFY ||
        strcmp(building->uploader_state, "connected") != 0 ||
        !certificate_short(building->tls_until_s, building->now_s)) {
        return;
    }
    add(building,
        (struct concern){.code = days < 0 ? "certificate_ended" : "certificate_ends",
                         .level = WARN,
                         .count = days < 0 ? -1 : days,
                         .since_s = days < 0 ? building->tls_until_s : 0,
                         .sn = "",
                         .reason = ""},
        worst);
}

static void add_bad(struct status_building *building, enum level *worst)
{
    const struct outbox_counts *counts = &building->counts;
    int64_t max = (int64_t)building->config->outbox.max_mb * 1048576;
    if (strcmp(building->service, "running") != 0) {
        add(building,
            (struct concern){.code = "service_stopped",
                             .level = BAD,
                             .event = EVENT_STOPPED,
                             .count = counts->waiting,
                             .sn = "",
                             .reason = building->service},
            worst);
    }
    if (max > 0 && counts->bytes >= max / 100 * FULL_PERCENT) {
        add(building,
            (struct concern){.code = "outbox_full",
                             .level = BAD,
                             .event = EVENT_OUTBOX_CANNOT_STORE,
                             .count = counts->waiting,
                             .since_s = counts->oldest_waiting_s,
                             .sn = "",
                             .reason = ""},
            worst);
    }
}

static void add_aside(struct status_building *building, enum level *worst)
{
    int64_t lines = 0;
    building->good =
        building->good && outbox_rejected_since(building->outbox, building->now_s - STATUS_LATELY_S,
                                                &lines, building->err);
    if (building->counts.refused > 0) {
        add(building,
            (struct concern){.code = "rows_refused",
                             .level = BAD,
                             .event = EVENT_ROWS_REFUSED,
                             .count = building->counts.refused,
                             .sn = "",
                             .reason = ""},
            worst);
    }
    const struct concern kinds[] = {
        {.code = "lines_rejected", .event = EVENT_LINES_NOT_UNDERSTOOD, .count = lines},
        {.code = "file_lines_rejected",
         .event = EVENT_LINES_SET_ASIDE,
         .count = building->file_lines},
    };
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        struct concern concern = kinds[i];
        concern.level = WARN;
        concern.sn = concern.reason = "";
        if (concern.count > 0) {
            add(building, concern, worst);
        }
    }
}

static void add_silent(struct status_building *building, enum level *worst)
{
    for (size_t i = 0; i < building->silent_count; i++) {
        const struct status_silent *silent = &building->silent[i];
        bool heard = silent->last_seen_s != 0;
        add(building,
            (struct concern){.code = heard ? "terminal_silent" : "terminal_never_seen",
                             .level = WARN,
                             .event = heard ? EVENT_TERMINALS_SILENT : 0,
                             .count = -1,
                             .since_s = silent->last_seen_s,
                             .sn = silent->sn,
                             .reason = ""},
            worst);
    }
}

/* Reds stand before ambers; among equals, what holds up most comes first. */
static void sort(cJSON *list)
{
    cJSON *first_amber = NULL;
    cJSON *next = NULL;
    int place = 0;
    for (cJSON *one = list->child; one != NULL; one = next) {
        next = one->next;
        bool bad = strcmp(cJSON_GetObjectItemCaseSensitive(one, "level")->valuestring,
                          level_names[BAD]) == 0;
        if (!bad && first_amber == NULL) {
            first_amber = one;
        }
        if (bad && first_amber != NULL) {
            (void)cJSON_InsertItemInArray(list, place, cJSON_DetachItemViaPointer(list, one));
        }
        place += bad;
    }
}

void status_add_concerns(struct status_building *building, cJSON *root)
{
    enum level worst = GOOD;
    cJSON *list = status_add_list(building, root, "concerns");
    add_bad(building, &worst);
    add_way(building, &worst);
    add_certificate(building, &worst);
    add_aside(building, &worst);
    add_silent(building, &worst);
    if (building->good) {
        sort(list);
    }
    status_add_text(building, root, "level", level_names[worst]);
}
