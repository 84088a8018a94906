#include "status/status_private.h"

#include <stdio.h>

#include "words/reason.h"

void status_out_of_memory(struct status_building *building)
{
    if (building->good) {
        building->good = error_set(building->err, ERR_MEMORY, 0, "no memory for the status");
    }
}

cJSON *status_add_object(struct status_building *building, cJSON *to, const char *name)
{
    cJSON *object = building->good ? cJSON_AddObjectToObject(to, name) : NULL;
    if (object == NULL) {
        status_out_of_memory(building);
    }
    return object;
}

cJSON *status_add_list(struct status_building *building, cJSON *to, const char *name)
{
    cJSON *list = building->good ? cJSON_AddArrayToObject(to, name) : NULL;
    if (list == NULL) {
        status_out_of_memory(building);
    }
    building->count = 0;
    building->list = list;
    return list;
}

cJSON *status_add_entry(struct status_building *building)
{
    cJSON *object = building->good ? cJSON_CreateObject() : NULL;
    if (object == NULL || !cJSON_AddItemToArray(building->list, object)) {
        cJSON_Delete(object);
        status_out_of_memory(building);
        return NULL;
    }
    building->count++;
    return object;
}

void status_add_null(struct status_building *building, cJSON *to, const char *name)
{
    if (building->good && cJSON_AddNullToObject(to, name) == NULL) {
        status_out_of_memory(building);
    }
}

void status_add_number(struct status_building *building, cJSON *to, const char *name, int64_t value)
{
    if (building->good && cJSON_AddNumberToObject(to, name, (double)value) == NULL) {
        status_out_of_memory(building);
    }
}

void status_add_text(struct status_building *building, cJSON *to, const char *name,
                     const char *text)
{
    if (text[0] == '\0') {
        status_add_null(building, to, name);
    } else if (building->good && cJSON_AddStringToObject(to, name, text) == NULL) {
        status_out_of_memory(building);
    }
}

void status_add_reason(struct status_building *building, cJSON *to, const char *name,
                       const char *text)
{
    char in_thai[32];
    char words[REASON_MAX];
    status_add_text(building, to, name, text);
    if (reason_thai(span_of(text), words, sizeof words)) {
        snprintf(in_thai, sizeof in_thai, "%s_th", name);
        status_add_text(building, to, in_thai, words);
    }
}

void status_add_bool(struct status_building *building, cJSON *to, const char *name, bool value)
{
    if (building->good && cJSON_AddBoolToObject(to, name, value) == NULL) {
        status_out_of_memory(building);
    }
}

void status_add_time(struct status_building *building, cJSON *to, const char *name, int64_t unix_s)
{
    if (unix_s == 0) {
        status_add_null(building, to, name);
    } else {
        status_add_number(building, to, name, unix_s);
    }
}
