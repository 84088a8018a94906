#include "status.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

/* Bounds of the lists: the text must not grow with what strangers send. */
enum { DEVICES_MAX = 1000, FILES_MAX = 50 };

/* `good` turns false when memory runs out or a note cannot be read; all that follows does nothing.
 */
struct building {
    struct outbox *outbox;
    const struct config *config;
    struct error *err;
    cJSON *list; /* what the visitors add to */
    size_t count;
    bool good;
};

static void out_of_memory(struct building *building)
{
    if (building->good) {
        building->good = error_set(building->err, ERR_MEMORY, 0, "no memory for the status");
    }
}

static cJSON *add_object(struct building *building, cJSON *to, const char *name)
{
    cJSON *object = building->good ? cJSON_AddObjectToObject(to, name) : NULL;
    if (object == NULL) {
        out_of_memory(building);
    }
    return object;
}

static cJSON *add_list(struct building *building, cJSON *to, const char *name)
{
    cJSON *list = building->good ? cJSON_AddArrayToObject(to, name) : NULL;
    if (list == NULL) {
        out_of_memory(building);
    }
    building->count = 0;
    building->list = list;
    return list;
}

/* An object at the end of the list being built. */
static cJSON *add_entry(struct building *building)
{
    cJSON *object = building->good ? cJSON_CreateObject() : NULL;
    if (object == NULL || !cJSON_AddItemToArray(building->list, object)) {
        cJSON_Delete(object);
        out_of_memory(building);
        return NULL;
    }
    building->count++;
    return object;
}

static void add_null(struct building *building, cJSON *to, const char *name)
{
    if (building->good && cJSON_AddNullToObject(to, name) == NULL) {
        out_of_memory(building);
    }
}

static void add_number(struct building *building, cJSON *to, const char *name, int64_t value)
{
    if (building->good && cJSON_AddNumberToObject(to, name, (double)value) == NULL) {
        out_of_memory(building);
    }
}

/* "" is null: there is none. */
static void add_text(struct building *building, cJSON *to, const char *name, const char *text)
{
    if (text[0] == '\0') {
        add_null(building, to, name);
    } else if (building->good && cJSON_AddStringToObject(to, name, text) == NULL) {
        out_of_memory(building);
    }
}

static void add_bool(struct building *building, cJSON *to, const char *name, bool value)
{
    if (building->good && cJSON_AddBoolToObject(to, name, value) == NULL) {
        out_of_memory(building);
    }
}

/* Unix seconds; 0 is null: never. */
static void add_time(struct building *building, cJSON *to, const char *name, int64_t unix_s)
{
    if (unix_s == 0) {
        add_null(building, to, name);
    } else {
        add_number(building, to, name, unix_s);
    }
}

/* ---- the notes that the service's threads leave ---- */

struct note {
    const char *field;
    const char *name;
    bool time; /* Unix seconds, as decimal digits */
};

static const struct note service_notes[] = {
    {"program_version", "service.version", false},
    {"started_s", "service.started_s", true},
};

static const struct note uploader_notes[] = {
    {"state", "uploader.state", false},
    {"host", "uploader.host", false},
    {"server", "uploader.server", false},
    {"tls", "uploader.tls", false},
    {"last_success_s", "uploader.last_success_s", true},
    {"last_error", "uploader.error", false},
};

static const struct note sync_notes[] = {
    {"last_run_s", "sync.last_run_s", true},
    {"next_run_s", "sync.next_run_s", true},
    {"summary", "sync.summary", false},
};

static void add_notes(struct building *building, cJSON *to, const struct note *notes, size_t count)
{
    char text[OUTBOX_NOTE_MAX + 1];
    for (size_t i = 0; building->good && i < count; i++) {
        building->good = outbox_noted(building->outbox, notes[i].name, text, building->err);
        if (notes[i].time) {
            add_time(building, to, notes[i].field, strtoll(text, NULL, 10));
        } else {
            add_text(building, to, notes[i].field, text);
        }
    }
}

/* ---- the parts ---- */

static void add_counts(struct building *building, cJSON *to)
{
    struct outbox_counts counts;
    if (!building->good) {
        return;
    }
    building->good = outbox_counts(building->outbox, &counts, building->err);
    if (!building->good) {
        return;
    }
    add_number(building, to, "waiting", counts.waiting);
    add_time(building, to, "oldest_waiting_s", counts.oldest_waiting_s);
    add_number(building, to, "uploaded", counts.uploaded);
    add_number(building, to, "refused", counts.refused);
    add_number(building, to, "rejected_lines", counts.rejected_lines);
    add_number(building, to, "last_id", counts.last_id);
    add_number(building, to, "cursor", counts.cursor);
    add_number(building, to, "bytes", counts.bytes);
}

static void add_device(struct building *building, const struct outbox_device *device)
{
    char last[WALLTIME_TEXT_MAX] = "";
    const struct config_device *known = config_device(building->config, device->sn);
    cJSON *entry = add_entry(building);
    if (device->last_punch != 0) {
        walltime_text(device->last_punch, last);
    }
    add_text(building, entry, "sn", device->sn);
    add_text(building, entry, "name", known != NULL ? known->name : "");
    add_bool(building, entry, "configured", known != NULL);
    add_text(building, entry, "address", device->address);
    add_text(building, entry, "push_version", device->push_version);
    add_text(building, entry, "info", device->info);
    add_time(building, entry, "first_seen_s", device->first_seen_s);
    add_time(building, entry, "last_seen_s", device->last_seen_s);
    add_number(building, entry, "punches", device->punches);
    add_text(building, entry, "last_punch", last);
}

static bool visit_device(void *context, const struct outbox_device *device)
{
    struct building *building = context;
    add_device(building, device);
    return building->good && building->count < DEVICES_MAX;
}

/* A terminal that is configured and was never seen is what somebody looks for. */
static void add_unseen_devices(struct building *building)
{
    const struct config *config = building->config;
    for (size_t i = 0; building->good && i < config->listener.device_count; i++) {
        struct outbox_device device;
        bool found = false;
        building->good = outbox_device(building->outbox, config->listener.devices[i].sn, &device,
                                       &found, building->err);
        if (building->good && !found && building->count < DEVICES_MAX) {
            memset(&device, 0, sizeof device);
            memcpy(device.sn, config->listener.devices[i].sn, sizeof device.sn);
            add_device(building, &device);
        }
    }
}

static bool visit_file(void *context, const struct outbox_file *file)
{
    struct building *building = context;
    cJSON *entry = add_entry(building);
    add_text(building, entry, "name", file->name);
    add_number(building, entry, "size", file->size);
    add_time(building, entry, "modified_s", file->modified_s);
    add_time(building, entry, "read_s", file->read_s);
    add_number(building, entry, "new", (int64_t)file->new_count);
    add_number(building, entry, "known", (int64_t)file->known_count);
    add_number(building, entry, "ignored", (int64_t)file->ignored_count);
    add_number(building, entry, "rejected", (int64_t)file->rejected_count);
    add_text(building, entry, "archived_as", file->archived_as);
    return building->good;
}

char *status_json(struct outbox *outbox, const struct config *config, const char *service,
                  int64_t now_s, struct error *err)
{
    struct building building = {.outbox = outbox, .config = config, .err = err, .good = true};
    char *text = NULL;
    cJSON *root = cJSON_CreateObject();
    if (root == NULL) {
        out_of_memory(&building);
    }
    add_number(&building, root, "version", STATUS_VERSION);
    add_number(&building, root, "now_s", now_s);
    add_text(&building, root, "service", service);
    add_notes(&building, root, service_notes, HB_COUNT(service_notes));
    add_counts(&building, add_object(&building, root, "outbox"));
    add_notes(&building, add_object(&building, root, "uploader"), uploader_notes,
              HB_COUNT(uploader_notes));
    add_notes(&building, add_object(&building, root, "sync"), sync_notes, HB_COUNT(sync_notes));
    add_list(&building, root, "devices");
    building.good =
        building.good && outbox_each_device(outbox, visit_device, &building, err) && building.good;
    add_unseen_devices(&building);
    add_list(&building, root, "files");
    building.good = building.good &&
                    outbox_each_file(outbox, FILES_MAX, visit_file, &building, err) &&
                    building.good;
    if (building.good) {
        text = cJSON_PrintUnformatted(root);
        if (text == NULL) {
            out_of_memory(&building);
        }
    }
    cJSON_Delete(root);
    return text;
}
