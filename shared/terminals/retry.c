#include "terminals/retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "iclock/envelope.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_refusal.h"
#include "outbox/outbox_rejected.h"

/* One record, while it is read again. */
struct retrying {
    struct outbox *outbox;
    const struct config *config;
    const struct retry_scope *scope;
    int64_t now_s;
    struct envelope envelope;

    int64_t id; /* of the last record that was visited */
    bool in_scope;
    bool fine;
    bool left;   /* it is still not understood */
    bool whole;  /* a delivery, of which rows may stay aside, */
    size_t kept; /* so many */
    const struct outbox_rejected *record;
    struct retry_outcome found; /* of this record */
    struct error *err;
};

/* Of a whole delivery each row that stays aside is a record of its own from now on. */
static bool keep_row(struct retrying *retrying, const struct iclock_effect *effect,
                     struct error *err)
{
    const struct outbox_rejected *record = retrying->record;
    enum outbox_kept kept = OUTBOX_SET_ASIDE;
    const struct outbox_rejection rejection = {
        .device_sn = record->device_sn,
        .bytes = effect->text,
        .reason = effect->reason,
        .method = record->method,
        .query = record->query,
        .stranger = record->stranger,
        .wall = record->wall,
        .time = effect->time,
        .user = effect->user,
    };
    if (effect->whole || !retrying->whole) {
        retrying->left = true;
        return true;
    }
    if (!outbox_reject(retrying->outbox, &rejection, retrying->now_s, &kept, err)) {
        return false;
    }
    retrying->left = retrying->left || kept == OUTBOX_NO_ROOM;
    retrying->kept++;
    return true;
}

static bool take(void *context, const struct iclock_effect *effect, struct error *err)
{
    struct retrying *retrying = context;
    enum outbox_added added;
    switch (effect->kind) {
    case ICLOCK_EFFECT_PUNCH:
        if (!outbox_append(retrying->outbox, effect->punch, 0, retrying->now_s, &added, err)) {
            return false;
        }
        retrying->found.punches += added == OUTBOX_NEW;
        retrying->found.known += added != OUTBOX_NEW;
        return true;
    case ICLOCK_EFFECT_REFUSAL:
        retrying->found.refusals += (size_t)effect->records;
        return outbox_refusal_note(retrying->outbox, effect->sn, (int32_t)effect->number,
                                   effect->records, retrying->now_s, err);
    case ICLOCK_EFFECT_ASIDE:
        return keep_row(retrying, effect, err);
    case ICLOCK_EFFECT_PACKET:
    case ICLOCK_EFFECT_STAMP:
    case ICLOCK_EFFECT_INFO:
    case ICLOCK_EFFECT_COMMAND_SENT:
    case ICLOCK_EFFECT_COMMAND_RESULT:
    case ICLOCK_EFFECT_CLOCK_SET:
    case ICLOCK_EFFECT_LOG_DELETED:
        break; /* what a terminal says of itself was taken when it came */
    }
    return true;
}

/* The request that brought it; `line` is for one of an older version, which kept nothing of it. */
static bool request_of(const struct outbox_rejected *record, char *line, size_t size,
                       struct iclock_request *request)
{
    struct span target = record->query;
    bool got = strcmp(record->method, "GET") == 0;
    bool old = record->method[0] == '\0';
    if (!got && !old && strcmp(record->method, "POST") != 0) {
        return false; /* not of this protocol */
    }
    if (target.len == 0) {
        int length = snprintf(line, size, "/iclock/cdata?SN=%s&table=ATTLOG", record->device_sn);
        target = (struct span){line, length > 0 ? (size_t)length : 0};
    }
    /* A type has a slash, an encoding none (intake_effect.c). */
    struct span type = span_of(record->content_type);
    bool typed = strchr(record->content_type, '/') != NULL;
    *request = (struct iclock_request){.method = got ? ICLOCK_GET : ICLOCK_POST,
                                       .body = record->bytes,
                                       .content_type = type,
                                       .content_encoding = typed ? (struct span){"", 0} : type,
                                       .now_s = record->rejected_s};
    (void)span_field(&target, '?', &request->path);
    request->query = target;
    return true;
}

static bool in_scope(const struct retry_scope *scope, const struct outbox_rejected *record)
{
    walltime time = record->time != 0 ? record->time : record->wall;
    return (scope->sn == NULL || strcmp(scope->sn, record->device_sn) == 0) &&
           time >= scope->from && time < scope->to;
}

static bool read_again(struct retrying *retrying, const struct iclock_request *request)
{
    struct iclock_reply reply; /* told to nobody */
    const struct outbox_rejected *record = retrying->record;
    const struct config_listener *listener = &retrying->config->listener;
    const struct config_device *device = config_device(listener, record->device_sn);
    const struct iclock_settings settings = {
        .default_device_sn = record->device_sn,
        .timezone_minutes = config_minutes(listener, NULL, retrying->now_s),
    };
    struct iclock_device known = {.timezone_minutes =
                                      config_minutes(listener, device, retrying->now_s)};
    struct outbox_device row;
    struct iclock_request opened;
    struct iclock_call call;
    bool found = false;
    if (!outbox_device(retrying->outbox, record->device_sn, &row, &found, retrying->err)) {
        return false;
    }
    known.identity = found && terminal_checks_identity(row.kind);
    envelope_open(&retrying->envelope, request, (size_t)listener->max_body_kb * 1024, &opened);
    iclock_read(&opened, &settings, &call);
    if (call.doubt == NULL && strcmp(call.sn, record->device_sn) != 0) {
        retrying->left = true; /* nobody's, or another one's than it was taken for */
        return true;
    }
    retrying->whole = opened.body.at != record->bytes.at || opened.body.len != record->bytes.len ||
                      memchr(record->bytes.at, '\n', record->bytes.len) != NULL;
    if (!iclock_answer(&call, &settings, &known, take, retrying, &reply, retrying->err)) {
        return false;
    }
    bool understood = reply.punches + reply.refusals + reply.others + retrying->kept > 0;
    retrying->left = retrying->left || reply.status != 200 || !understood;
    return retrying->left || retrying->found.punches + retrying->found.known == 0 ||
           outbox_rejected_was_read(retrying->outbox, record->device_sn, record->bytes,
                                    retrying->err);
}

static bool visit(void *context, const struct outbox_rejected *record)
{
    struct retrying *retrying = context;
    struct iclock_request request;
    char line[PUNCH_SN_MAX + 64];
    retrying->id = record->id;
    retrying->record = record;
    retrying->in_scope = in_scope(retrying->scope, record);
    if (!retrying->in_scope) {
        return true;
    }
    if (!request_of(record, line, sizeof line, &request)) {
        retrying->left = true;
        return true;
    }
    retrying->fine = read_again(retrying, &request);
    return retrying->fine;
}

static bool settle(struct retrying *retrying, struct error *err)
{
    size_t count = 0;
    const struct outbox_settling settling = {.id = retrying->id, .reason = "read again"};
    return outbox_settle_rejected(retrying->outbox, &settling, retrying->now_s, &count, err);
}

/* For the service that runs beside it: its counts lack what came now. */
static bool note_retried(struct retrying *retrying, struct error *err)
{
    char text[48];
    snprintf(text, sizeof text, "%" PRId64 " %" PRId64, retrying->now_s, retrying->id);
    return outbox_note(retrying->outbox, OUTBOX_NOTE_RETRIED, text, err);
}

/* The next record; *found false: there is none. */
static bool step(struct retrying *retrying, bool *found, struct retry_outcome *outcome,
                 struct error *err)
{
    retrying->in_scope = retrying->left = retrying->whole = false;
    retrying->kept = 0;
    retrying->fine = true;
    memset(&retrying->found, 0, sizeof retrying->found);
    bool done = outbox_begin(retrying->outbox, err) &&
                outbox_rejected_next(retrying->outbox, retrying->id, visit, retrying, found, err) &&
                retrying->fine;
    done = done && (retrying->found.punches == 0 || note_retried(retrying, err));
    bool settled = done && *found && retrying->in_scope && !retrying->left;
    done = done && (!settled || settle(retrying, err)) && outbox_commit(retrying->outbox, err);
    if (!done) {
        outbox_rollback(retrying->outbox);
        return false;
    }
    outcome->read += *found && retrying->in_scope;
    outcome->settled += settled;
    outcome->punches += retrying->found.punches;
    outcome->known += retrying->found.known;
    outcome->refusals += retrying->found.refusals;
    return true;
}

static bool note_newest(void *context, const struct outbox_rejected *record)
{
    *(int64_t *)context = record->id;
    return false;
}

bool retry_rejected(struct outbox *outbox, const struct config *config,
                    const struct retry_scope *scope, int64_t now_s, struct retry_outcome *outcome,
                    struct error *err)
{
    struct retrying retrying = {
        .outbox = outbox, .config = config, .scope = scope, .now_s = now_s, .err = err};
    int64_t newest = 0; /* what is kept on the way is read another time */
    bool found = true;
    memset(outcome, 0, sizeof *outcome);
    bool fine = outbox_each_rejected(outbox, 1, false, note_newest, &newest, err);
    while (found && fine && retrying.id < newest) {
        fine = step(&retrying, &found, outcome, err);
    }
    envelope_empty(&retrying.envelope);
    return fine;
}
