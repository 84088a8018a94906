#include <stdlib.h>

#include "status/concern.h"
#include "status/status_private.h"

static void add_concern(struct status_building *building, const struct concern *concern)
{
    char words[CONCERN_WORDS_MAX];
    char why[REASON_MAX];
    cJSON *entry = status_add_entry(building);
    const struct config_device *known = config_device(&building->config->listener, concern->about);
    status_add_text(building, entry, "code", concern->code);
    status_add_text(building, entry, "level", concern_level_name(concern->level));
    if (concern->event != 0) {
        status_add_number(building, entry, "event", concern->event);
    } else {
        status_add_null(building, entry, "event");
    }
    if (concern->count >= 0) {
        status_add_number(building, entry, "count", concern->count);
    } else {
        status_add_null(building, entry, "count");
    }
    status_add_time(building, entry, "since_s", concern->since_s);
    status_add_text(building, entry, "sn", concern->about);
    status_add_text(building, entry, "name", known != NULL ? known->name : "");
    status_add_text(building, entry, "reason", concern->reason);
    const char *in_thai = concern_reason(concern, true, why);
    if (in_thai != concern->reason) {
        status_add_text(building, entry, "reason_th", in_thai);
    }
    status_add_text(building, entry, "words",
                    concern_words(concern, building->config, false, words));
}

void status_add_concerns(struct status_building *building, cJSON *root)
{
    struct concern_list *list = building->good ? malloc(sizeof *list) : NULL;
    if (list == NULL) {
        status_out_of_memory(building);
        return;
    }
    building->good = concern_find(building->outbox, building->config, building->service,
                                  building->now_s, list, building->err);
    status_add_list(building, root, "concerns");
    for (size_t i = 0; building->good && i < list->count; i++) {
        add_concern(building, &list->concerns[i]);
    }
    if (building->good) {
        status_add_text(building, root, "level", concern_level_name(list->worst));
    }
    free(list);
}
