/*
 * fkweb: the input is the body of an FkWeb request, read as each of those that there are.
 */
#include "fk/fkbody.h"
#include "fk/fkweb.h"
#include "fuzz.h"

enum { LATE = 1900000000 };

static void read_log(struct span body)
{
    struct fkweb_log log;
    const char *reason = NULL;
    if (!fkweb_log(body, &log, &reason)) {
        MUST(reason != NULL && reason[0] != '\0');
        return;
    }
    MUST(log.count >= 0);
    if (log.count == 0) {
        return;
    }
    MUST(log.size > 0 && log.size <= FKRECORD_SIZE_MAX);
    MUST(log.records.len == (uint64_t)log.count * log.size);
    MUST(log.records.at >= body.at && log.records.at + log.records.len <= body.at + body.len);
    enum fkrecord_layout layout = fkrecord_choose(log.records, log.size, log.layout, LATE, &reason);
    for (int64_t i = 0; layout != FKRECORD_NONE && i < log.count; i++) {
        struct punch punch;
        char raw[FKRECORD_RAW_MAX + 1];
        if (fkrecord_read(layout, log.records.at + (size_t)i * log.size, LATE, &punch, raw,
                          &reason) == FKRECORD_PUNCH) {
            must_be_punch(&punch, NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char raw[PUNCH_RAW_MAX + 1];
    struct span body = {(const char *)data, size};
    struct fkweb_status status;
    struct fkweb_poll poll;
    struct punch punch;
    const char *reason = NULL;

    enum fkweb_glog glog = fkweb_glog(body, &punch, raw, &reason);
    if (glog == FKWEB_PUNCH) {
        must_be_punch(&punch, NULL);
    }
    MUST(glog == FKWEB_PUNCH || glog == FKWEB_DOOR || reason != NULL);
    MUST((glog != FKWEB_UNREADABLE) == fkweb_is_whole(body));
    MUST(punch.raw.len <= PUNCH_RAW_MAX && utf8_valid(punch.raw));
    if (fkweb_poll(body, &poll, &reason)) {
        MUST(utf8_valid(span_of(poll.name)) && utf8_valid(span_of(poll.firmware)));
    }
    if (fkweb_status(body, &status, &reason)) {
        MUST(status.records >= -1 && status.users >= -1);
    }
    read_log(body);

    /* And as what stands in a header. */
    struct fkweb_request request = {true, body, body, body, body, body};
    struct fkweb_call call;
    fkweb_read(&request, &call);
    MUST(call.operation == FKWEB_NOBODY || punch_sn_valid(span_of(call.dev_id)));
    MUST(strpbrk(call.trans_id, "\r\n") == NULL);
    return 0;
}
