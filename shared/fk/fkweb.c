#include "fk/fkweb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/portability.h"
#include "fk/fkbody.h"

/* ---- headers ---- */

struct span *fkweb_header(struct fkweb_request *request, struct span name)
{
    const struct {
        const char *name;
        struct span *place;
    } headers[] = {
        {"request_code", &request->code},           {"dev_id", &request->dev_id},
        {"trans_id", &request->trans_id},           {"blk_no", &request->block},
        {"cmd_return_code", &request->return_code},
    };
    for (size_t i = 0; i < HB_COUNT(headers); i++) {
        if (span_equal_nocase(name, span_of(headers[i].name))) {
            return headers[i].place;
        }
    }
    return NULL;
}

/* Words of the terminal that are sent back to it, or shown: printable ASCII alone. */
static void copy_words(struct span words, char *out, size_t size)
{
    words = span_trim(words);
    for (size_t i = 0; i < words.len; i++) {
        if (words.at[i] < ' ' || words.at[i] > '~') {
            out[0] = '\0';
            return;
        }
    }
    (void)span_copy(words, out, size);
}

void fkweb_read(const struct fkweb_request *request, struct fkweb_call *call)
{
    static const struct {
        const char *code;
        enum fkweb_operation operation;
    } codes[] = {
        {"receive_cmd", FKWEB_POLL},
        {"send_cmd_result", FKWEB_RESULT},
        {"realtime_glog", FKWEB_GLOG},
        {"realtime_enroll_data", FKWEB_ENROLMENT},
    };
    struct span code = span_trim(request->code);
    struct span dev_id = span_trim(request->dev_id);
    struct span block = span_trim(request->block);
    memset(call, 0, sizeof *call);
    call->operation = FKWEB_OTHER;
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        if (span_equal_nocase(code, span_of(codes[i].code))) {
            call->operation = codes[i].operation;
        }
    }
    if (!punch_sn_valid(dev_id)) {
        call->operation = FKWEB_NOBODY;
    } else {
        (void)span_copy(dev_id, call->dev_id, sizeof call->dev_id);
    }
    copy_words(request->trans_id, call->trans_id, sizeof call->trans_id);
    copy_words(request->return_code, call->return_code, sizeof call->return_code);
    call->fine = strcmp(call->return_code, FKWEB_OK) == 0;
    if (block.len > 0 && (!span_to_int32(block, &call->block) || call->block < 0 ||
                          call->block > FKWEB_BLOCKS_MAX)) {
        call->block = -1;
    }
}

/* ---- bodies ---- */

/* The JSON of a body; NULL with a reason. */
static cJSON *open_body(struct span bytes, struct fkbody *body, const char **reason)
{
    return fkbody_cut(bytes, body, reason) ? fkbody_parse(body->json, reason) : NULL;
}

bool fkweb_is_whole(struct span bytes)
{
    struct fkbody body;
    const char *reason = NULL;
    cJSON *object = open_body(bytes, &body, &reason);
    cJSON_Delete(object);
    return object != NULL;
}

static enum fkrecord_layout layout_of(const cJSON *object)
{
    char library[FKWEB_WORDS_MAX + 1];
    fkbody_text(object, "fk_bin_data_lib", library, sizeof library);
    return fkrecord_by_library(span_of(library));
}

/* A mode as a number of 32 bits; some send the sign. */
static uint32_t mode_of(const cJSON *object, const char *name, bool *known)
{
    int64_t value = 0;
    *known = fkbody_number(object, name, &value);
    return *known ? (uint32_t)(value & INT64_C(0xffffffff)) : 0;
}

static const char *read_glog(const cJSON *object, struct punch *punch, bool *door)
{
    char user[PUNCH_USER_MAX + 2];
    char time[FKRECORD_TIME_MAX + 16];
    bool given = false;
    enum fkrecord_layout layout = layout_of(object);
    struct span id = span_trim(span_of(fkbody_text(object, "user_id", user, sizeof user)));
    uint32_t io = mode_of(object, "io_mode", &given);
    bool nobody = id.len == 0 || span_equal(id, SPAN("0"));

    *door = nobody && layout != FKRECORD_12A && layout != FKRECORD_12B && layout != FKRECORD_12C &&
            (io & 0xffffff) != 0;
    /* Absent is what the old scripts wrote, as everywhere in this program. */
    punch->status =
        given ? fkrecord_status(layout, io) : (cJSON_HasObjectItem(object, "io_mode") ? 255 : 0);
    uint32_t verify = mode_of(object, "verify_mode", &given);
    punch->verify = given ? fkrecord_verify(layout, verify)
                          : (cJSON_HasObjectItem(object, "verify_mode") ? 255 : 1);
    int64_t work = 0;
    if (fkbody_number(object, "work_code", &work) && work > 0) {
        snprintf(punch->work_code, sizeof punch->work_code, "%" PRId64, work);
    }
    if (!fkrecord_time(span_of(fkbody_text(object, "io_time", time, sizeof time)), &punch->time)) {
        return "io_time is no time";
    }
    if (nobody) {
        return "it names no user";
    }
    return punch_user_valid(id) && span_copy(id, punch->user_id, sizeof punch->user_id)
               ? NULL
               : "user_id cannot be a user's number";
}

enum fkweb_glog fkweb_glog(struct span bytes, struct punch *punch, char *raw, const char **reason)
{
    struct fkbody body;
    bool door = false;
    memset(punch, 0, sizeof *punch);
    cJSON *object = open_body(bytes, &body, reason);
    if (object == NULL) {
        return FKWEB_UNREADABLE;
    }
    punch->raw.len = utf8_clean(span_trim(body.json), raw, PUNCH_RAW_MAX + 1);
    punch->raw.at = raw;
    *reason = read_glog(object, punch, &door);
    cJSON_Delete(object);
    if (door) {
        return FKWEB_DOOR;
    }
    return *reason == NULL ? FKWEB_PUNCH : FKWEB_ASIDE;
}

bool fkweb_poll(struct span bytes, struct fkweb_poll *poll, const char **reason)
{
    struct fkbody body;
    char time[FKRECORD_TIME_MAX + 16];
    char words[FKWEB_WORDS_MAX + 1];
    memset(poll, 0, sizeof *poll);
    if (!fkbody_cut(bytes, &body, reason)) {
        return false;
    }
    if (body.json.len == 0) {
        return true;
    }
    cJSON *object = fkbody_parse(body.json, reason);
    if (object == NULL) {
        return false;
    }
    const cJSON *info = cJSON_GetObjectItem(object, "fk_info");
    poll->has_time =
        fkrecord_time(span_of(fkbody_text(object, "fk_time", time, sizeof time)), &poll->time);
    utf8_clean(span_of(fkbody_text(object, "fk_name", words, sizeof words)), poll->name,
               sizeof poll->name);
    if (cJSON_IsObject(info)) {
        utf8_clean(span_of(fkbody_text(info, "firmware", words, sizeof words)), poll->firmware,
                   sizeof poll->firmware);
        poll->layout = layout_of(info);
    }
    cJSON_Delete(object);
    return true;
}

/* ---- results of orders ---- */

static bool log_of(const cJSON *object, const struct fkbody *body, struct fkweb_log *log,
                   const char **reason)
{
    int64_t size = 0;
    log->layout = layout_of(object);
    if (!fkbody_number(object, "log_count", &log->count) || log->count < 0) {
        *reason = "the answer does not say how many records it holds";
        return false;
    }
    if (log->count == 0) {
        return true;
    }
    if (body->binaries != 1) {
        *reason = "the answer holds no records, or more than one lot of them";
        return false;
    }
    log->records = body->binary[0];
    if (cJSON_HasObjectItem(object, "one_log_size")) {
        if (!fkbody_number(object, "one_log_size", &size)) {
            size = 0;
        }
    } else {
        size = (int64_t)log->records.len / log->count;
    }
    if (size <= 0 || size > FKRECORD_SIZE_MAX ||
        (uint64_t)log->count * (uint64_t)size != log->records.len) {
        *reason = "the records are not as many, or not as large, as the answer says";
        return false;
    }
    log->size = (size_t)size;
    return true;
}

bool fkweb_log(struct span bytes, struct fkweb_log *log, const char **reason)
{
    struct fkbody body;
    memset(log, 0, sizeof *log);
    cJSON *object = open_body(bytes, &body, reason);
    bool read = object != NULL && log_of(object, &body, log, reason);
    cJSON_Delete(object);
    return read;
}

static int64_t count_of(const cJSON *object, const char *name)
{
    int64_t value = 0;
    return fkbody_number(object, name, &value) && value >= 0 ? value : -1;
}

bool fkweb_status(struct span bytes, struct fkweb_status *status, const char **reason)
{
    struct fkbody body;
    cJSON *object = open_body(bytes, &body, reason);
    memset(status, 0, sizeof *status);
    if (object == NULL) {
        return false;
    }
    int64_t total = count_of(object, "total_log_count");
    int64_t all = count_of(object, "all_log_count");
    status->users = count_of(object, "user_count");
    status->capacity = count_of(object, "total_log_max");
    if (all == status->capacity && total >= 0) { /* some give the room for all, not the number */
        all = -1;
    }
    status->records = total > all ? total : all;
    status->fingers = count_of(object, "fp_count");
    status->faces = count_of(object, "face_count");
    cJSON_Delete(object);
    return true;
}

/* ---- orders ---- */

const char *fkweb_order_name(enum fkweb_order order)
{
    static const char *const names[] = {
        [FKWEB_ORDER_STATUS] = "GET_DEVICE_STATUS",
        [FKWEB_ORDER_LOG] = "GET_LOG_DATA",
        [FKWEB_ORDER_SET_TIME] = "SET_TIME",
        [FKWEB_ORDER_RESET] = "",
    };
    return names[order];
}

size_t fkweb_order_body(enum fkweb_order order, walltime from, walltime to, walltime now,
                        char out[FKWEB_ORDER_MAX])
{
    char json[FKWEB_ORDER_MAX];
    char first[FKRECORD_TIME_MAX];
    char last[FKRECORD_TIME_MAX];
    switch (order) {
    case FKWEB_ORDER_LOG:
        if (from == 0 && to == 0) {
            return 0;
        }
        snprintf(json, sizeof json, "{\"begin_time\":\"%s\",\"end_time\":\"%s\"}",
                 fkrecord_time_text(from, first), fkrecord_time_text(to - 1, last));
        return fkbody_write(json, out, FKWEB_ORDER_MAX);
    case FKWEB_ORDER_SET_TIME:
        snprintf(json, sizeof json, "{\"time\":\"%s\"}", fkrecord_time_text(now, first));
        return fkbody_write(json, out, FKWEB_ORDER_MAX);
    case FKWEB_ORDER_STATUS:
    case FKWEB_ORDER_RESET:
        break;
    }
    return 0;
}
