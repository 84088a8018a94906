#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox/outbox_stats.h"
#include "status/status_private.h"

enum {
    DAY_S = 86400,
    DAYS = 8, /* today, and the same weekday before */
    HOURS = DAYS * 24,
    TERMINALS_MAX = 1000, /* further ones are counted among the others */
    SAMPLES_S = DAY_S,
};

struct series {
    char sn[PUNCH_SN_MAX + 1]; /* "" = the others */
    int64_t total;
    int64_t today;
};

struct status_hours {
    walltime from;
    size_t count;
    struct series series[TERMINALS_MAX + 1]; /* the last place: the others */
    size_t last;                             /* the one found last */

    /* those that are drawn: the largest, then the others together */
    size_t drawn;
    size_t which[STATUS_SERIES_MAX];
    int32_t punches[STATUS_SERIES_MAX][HOURS];
};

static struct series *series_of(struct status_hours *hours, const char *sn)
{
    for (size_t i = 0; i < hours->count; i++) {
        size_t place = (hours->last + 1 + i) % hours->count; /* they come in the same order */
        if (strcmp(hours->series[place].sn, sn) == 0) {
            hours->last = place;
            return &hours->series[place];
        }
    }
    if (hours->count == TERMINALS_MAX) {
        return &hours->series[TERMINALS_MAX];
    }
    struct series *series = &hours->series[hours->count];
    if (span_copy(span_of(sn), series->sn, sizeof series->sn)) {
        hours->last = hours->count++;
    }
    return series;
}

static bool sum_hour(void *context, const struct outbox_hour *hour)
{
    struct status_building *building = context;
    struct series *series = series_of(building->hours, hour->device_sn);
    series->total += hour->punches;
    series->today += hour->start >= building->today ? hour->punches : 0;
    return true;
}

static bool draw_hour(void *context, const struct outbox_hour *hour)
{
    struct status_building *building = context;
    struct status_hours *hours = building->hours;
    size_t place = (size_t)((hour->start - hours->from) / OUTBOX_HOUR_S);
    size_t which = 0;
    while (which < hours->drawn &&
           strcmp(hours->series[hours->which[which]].sn, hour->device_sn) != 0) {
        which++;
    }
    if (which == hours->drawn && hours->drawn < hours->count) {
        which = STATUS_SERIES_MAX - 1;
    }
    if (place < HOURS && which < STATUS_SERIES_MAX) {
        hours->punches[which][place] += (int32_t)hour->punches;
    }
    return true;
}

/* The largest first; the last place is the others', if there are more than places. */
static void choose(struct status_hours *hours)
{
    size_t places = hours->count <= STATUS_SERIES_MAX ? hours->count : STATUS_SERIES_MAX - 1;
    for (hours->drawn = 0; hours->drawn < places; hours->drawn++) {
        size_t best = hours->count;
        for (size_t i = 0; i < hours->count; i++) {
            bool taken = false;
            for (size_t k = 0; k < hours->drawn; k++) {
                taken = taken || hours->which[k] == i;
            }
            if (!taken &&
                (best == hours->count || hours->series[i].total > hours->series[best].total)) {
                best = i;
            }
        }
        hours->which[hours->drawn] = best;
    }
}

void status_read_hours(struct status_building *building)
{
    if (!building->good) {
        return;
    }
    struct status_hours *hours = building->hours = calloc(1, sizeof *hours);
    if (hours == NULL) {
        status_out_of_memory(building);
        return;
    }
    walltime end = building->today + DAY_S;
    hours->from = building->today - (walltime)(DAYS - 1) * DAY_S;
    building->good =
        outbox_each_hour(building->outbox, hours->from, end, sum_hour, building, building->err);
    choose(hours);
    building->good = building->good && outbox_each_hour(building->outbox, hours->from, end,
                                                        draw_hour, building, building->err);
}

void status_free_hours(struct status_building *building)
{
    free(building->hours);
    building->hours = NULL;
}

int64_t status_today_of(const struct status_building *building, const char *sn)
{
    const struct status_hours *hours = building->hours;
    for (size_t i = 0; hours != NULL && i < hours->count; i++) {
        if (strcmp(hours->series[i].sn, sn) == 0) {
            return hours->series[i].today;
        }
    }
    return 0;
}

/* ---- as JSON ---- */

static void add_numbers(struct status_building *building, cJSON *to, const char *name,
                        const int32_t *values, size_t count)
{
    cJSON *list = building->good ? cJSON_CreateIntArray(values, (int)count) : NULL;
    if (list == NULL || !cJSON_AddItemToObject(to, name, list)) {
        cJSON_Delete(list);
        status_out_of_memory(building);
    }
}

static void add_hours(struct status_building *building, cJSON *root)
{
    char from[WALLTIME_TEXT_MAX];
    struct status_hours *hours = building->hours;
    cJSON *object = status_add_object(building, root, "hours");
    status_add_text(building, object, "from", walltime_text(hours->from, from));
    status_add_list(building, object, "series");
    size_t shown = hours->drawn < hours->count ? STATUS_SERIES_MAX : hours->drawn;
    for (size_t i = 0; i < shown; i++) {
        const char *sn = i < hours->drawn ? hours->series[hours->which[i]].sn : "";
        const struct config_device *known = config_device(&building->config->listener, sn);
        cJSON *entry = status_add_entry(building);
        status_add_text(building, entry, "sn", sn);
        status_add_text(building, entry, "name", known != NULL ? known->name : "");
        add_numbers(building, entry, "punches", hours->punches[i], HOURS);
    }
}

static void add_today(struct status_building *building, cJSON *root)
{
    char date[WALLTIME_TEXT_MAX];
    int64_t punches = 0;
    int64_t before = 0;
    const struct status_hours *hours = building->hours;
    cJSON *object = status_add_object(building, root, "today");
    for (size_t i = 0; i < STATUS_SERIES_MAX; i++) {
        for (size_t k = 0; k < 24; k++) {
            before += hours->punches[i][k];
            punches += hours->punches[i][HOURS - 24 + k];
        }
    }
    /* Whole hours of yesterday, up to the one in which it is now. */
    walltime wall =
        building->now_s +
        (walltime)config_minutes(&building->config->listener, NULL, building->now_s) * 60;
    size_t hour = (size_t)((wall - building->today) / OUTBOX_HOUR_S);
    int64_t yesterday = 0;
    char until[8];
    for (size_t i = 0; i < STATUS_SERIES_MAX; i++) {
        for (size_t k = 0; k < hour && k < 24; k++) {
            yesterday += hours->punches[i][HOURS - 48 + k];
        }
    }
    snprintf(until, sizeof until, "%02zu:00", hour % 24);
    walltime_text(building->today, date);
    date[10] = '\0'; /* the date alone */
    status_add_text(building, object, "date", date);
    status_add_number(building, object, "timezone_minutes",
                      config_minutes(&building->config->listener, NULL, building->now_s));
    status_add_number(building, object, "punches", punches);
    status_add_number(building, object, "same_weekday_before", before);
    status_add_number(building, object, "yesterday_so_far", yesterday);
    status_add_text(building, object, "so_far_until", until);
}

static bool visit_sample(void *context, const struct outbox_sample *sample)
{
    struct status_building *building = context;
    cJSON *entry = status_add_entry(building);
    status_add_number(building, entry, "at_s", sample->at_s);
    status_add_number(building, entry, "waiting", sample->waiting);
    status_add_number(building, entry, "age_s", sample->age_s);
    return building->good;
}

static void add_delays(struct status_building *building, cJSON *root)
{
    struct outbox_delays delays = {{0}, 0};
    int64_t since_s = building->now_s - DAY_S;
    building->good =
        building->good &&
        outbox_delivered_since(building->outbox, since_s > 0 ? since_s : 0, &delays, building->err);
    status_add_list(building, root, "delays");
    for (size_t i = 0; building->good && i < OUTBOX_DELAYS; i++) {
        cJSON *entry = status_add_entry(building);
        if (i < OUTBOX_DELAYS - 1) {
            status_add_number(building, entry, "up_to_s", outbox_delay_bounds[i]);
        } else {
            status_add_null(building, entry, "up_to_s");
        }
        status_add_number(building, entry, "punches", delays.punches[i]);
    }
}

void status_add_pictures(struct status_building *building, cJSON *root)
{
    if (!building->good) {
        return;
    }
    add_today(building, root);
    add_hours(building, root);
    status_add_list(building, root, "samples");
    building->good = building->good &&
                     outbox_each_sample(building->outbox, building->now_s - SAMPLES_S,
                                        building->now_s, visit_sample, building, building->err) &&
                     building->good;
    add_delays(building, root);
}
