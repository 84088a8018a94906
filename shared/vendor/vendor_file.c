#include <string.h>

#include "vendor/vendor_private.h"

const char vendor_no_person[] = "the database has no person with this USERID";
const char vendor_no_badge[] = "the person has no number that can be one";
const char vendor_two_badges[] = "the database has two persons with this USERID";
const char vendor_shared_badge[] = "the database has two persons with this number";
const char vendor_changed_badge[] =
    "the person's number was changed in the database after this time: nobody can say whose punch "
    "it is";
const char vendor_no_terminal[] = "it does not say which terminal it is of, and none is configured";

/* ---- the file ---- */

static bool read_pages(struct vendor_file *file, uint32_t number, uint8_t *bytes, size_t pages,
                       uint32_t *held, struct error *err)
{
    size_t got = 0;
    if (!folder_read_at(file->file, (uint64_t)number * JET_PAGE, (char *)bytes, pages * JET_PAGE,
                        &got, err)) {
        return false;
    }
    *held = (uint32_t)(got / JET_PAGE);
    return *held > 0 || error_set(err, ERR_BUSY, 0, "the database file has become shorter");
}

/* How many pages to read with this one, which is not in the window; 0: it is somewhere else. */
static uint32_t pages_from(const struct vendor_file *file, uint32_t number, uint32_t alone)
{
    uint32_t end = file->first + file->held;
    if (number >= end && number - end <= VENDOR_WINDOW) {
        uint32_t more = file->held_most * 2;
        return more < VENDOR_WINDOW ? more : VENDOR_WINDOW;
    }
    return number > alone && number - alone <= VENDOR_WINDOW ? VENDOR_FEW : 0;
}

/*
 * Forward, many at once. A page elsewhere, to which a pointer leads, alone; should the next one go
 * on from there, the table may do so behind a gap, or there are pointers to neighbours: then a few
 * at once, and more as it goes on.
 */
static bool read_page(void *context, uint32_t number, uint8_t page[JET_PAGE], struct error *err)
{
    struct vendor_file *file = context;
    uint32_t held = 0;
    uint32_t alone = file->alone;
    file->alone = VENDOR_NO_PAGE;
    if (number < file->first || number - file->first >= file->held) {
        uint32_t pages = pages_from(file, number, alone);
        if (pages == 0) {
            file->alone = number;
            return read_pages(file, number, page, 1, &held, err);
        }
        file->held = 0;
        if (!read_pages(file, number, file->window, pages, &file->held, err)) {
            return false;
        }
        file->first = number;
        file->held_most = pages;
    }
    memcpy(page, file->window + (size_t)(number - file->first) * JET_PAGE, JET_PAGE);
    return true;
}

bool vendor_file_open(struct vendor_file *file, const char *path, struct error *err)
{
    struct folder_version version;
    size_t got = 0;
    file->file = folder_open_shared(path, &version, err);
    if (file->file == NULL) {
        return false;
    }
    file->size = (uint64_t)version.size;
    vendor_file_again(file);
    if (!folder_read_at(file->file, 0, (char *)file->window, JET_PAGE, &got, err) ||
        !jet_head(file->window, got, file->size, &file->head, err)) {
        return false;
    }
    file->pages = (struct jet_pages){file, (uint32_t)(file->size / JET_PAGE), read_page};
    return true;
}

void vendor_file_again(struct vendor_file *file)
{
    file->first = file->held = 0;
    file->held_most = VENDOR_WINDOW;
    file->alone = VENDOR_NO_PAGE;
}

void vendor_file_close(struct vendor_file *file)
{
    folder_close(file->file);
    file->file = NULL;
}

/* ---- what is meant ---- */

const char *vendor_name(const char *given, const char *usual)
{
    return given[0] != '\0' ? given : usual;
}

bool vendor_table(const struct jet_pages *pages, const char *name, struct jet_table *table,
                  struct error *err)
{
    if (jet_table_find(pages, name, table, err)) {
        return true;
    }
    if (err->kind == ERR_NOT_FOUND) {
        err->kind = ERR_INVALID;
    }
    return false;
}

const char *vendor_sn(const struct config_access *config, const struct jetpunch *punch)
{
    if (punch->sn[0] != '\0') {
        return punch->sn;
    }
    const char *sn = punch->sensor[0] != '\0' ? config_sensor_sn(config, punch->sensor) : NULL;
    return sn != NULL ? sn : config->device_sn;
}

const char *vendor_time(walltime time, char out[WALLTIME_TEXT_MAX])
{
    if (time == 0) {
        memcpy(out, "-", sizeof "-");
        return out;
    }
    return walltime_text(time, out);
}

void vendor_punch(const struct jetpunch *row, const char *user, const char *sn, struct span line,
                  struct punch *punch)
{
    *punch = (struct punch){.time = row->time,
                            .status = row->status,
                            .way = PUNCH_ACCESS,
                            .verify = row->verify,
                            .raw = line};
    (void)span_copy(span_of(user), punch->user_id, sizeof punch->user_id);
    (void)span_copy(span_of(sn), punch->device_sn, sizeof punch->device_sn);
    memcpy(punch->work_code, row->work_code, sizeof punch->work_code);
}
