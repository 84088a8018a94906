/*
 * fksession: the input is what a terminal answers on port 5005: a byte for how it is cut, then the
 * stream. It is fed to a visit as if each answer followed its question.
 */
#include "fk/fkframe.h"
#include "fk/fksession.h"
#include "fuzz.h"

enum { SPOOL_MAX = 1 << 20 };

static uint8_t spool[SPOOL_MAX];

static bool keep(void *context, enum visit_table table, uint64_t offset, const uint8_t *bytes,
                 size_t len, struct error *err)
{
    (void)context;
    MUST(table == VISIT_RECORDS && len <= FKFRAME_DATA_MAX);
    if (offset + len > SPOOL_MAX) {
        return error_set(err, ERR_FULL, 0, "no more room");
    }
    memcpy(spool + offset, bytes, len);
    return true;
}

static bool give(void *context, enum visit_table table, uint64_t offset, uint8_t *bytes, size_t len,
                 struct error *err)
{
    (void)context;
    (void)table;
    (void)err;
    MUST(offset + len <= SPOOL_MAX);
    memcpy(bytes, spool + offset, len);
    return true;
}

static bool check_row(void *context, const struct visit_row *row, struct error *err)
{
    (void)context;
    (void)err;
    if (row->reason == NULL) {
        must_be_punch(&row->punch, NULL);
    }
    return true;
}

/* Nothing but what may be asked is ever sent. */
static void check_asked(const struct visit *visit)
{
    static const uint8_t allowed[] = {0x13, 0x80, 0xa4, 0xb2, 0xb4, 0xc3};
    if (visit->out_len > 0) {
        MUST(visit->out_len == FKFRAME_ASK_SIZE);
        MUST(memchr(allowed, visit->out[3], sizeof allowed) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct visit *visit = calloc(1, fksession_protocol.size);
    MUST(visit != NULL);
    size_t piece = data[0] % 64 + 1;
    visit->protocol = &fksession_protocol;
    visit->order.purpose = VISIT_WHOLE;
    visit->order.wall_offset_s = 1795694400;
    visit->sink.spool = keep;
    snprintf(visit->order.sn, sizeof visit->order.sn, data[0] & 0x80 ? "FKT1" : "");
    fksession_protocol.begin(visit, 0);
    int64_t now_ms = 1;
    for (size_t at = 1; at < size && visit->outcome == VISIT_RUNNING; now_ms++) {
        uint8_t part[64];
        size_t len = size - at < piece ? size - at : piece;
        memcpy(part, data + at, len);
        /* So that the fuzzer need not guess the sequence: an acknowledgement gets the one asked. */
        if (len >= FKFRAME_ACK_SIZE && part[0] == 0xaa && (data[0] & 0x40) != 0) {
            memcpy(part + 8, visit->out + 14, 2);
        }
        check_asked(visit);
        fksession_protocol.take(visit, part, len, now_ms);
        at += len;
    }
    check_asked(visit);
    fksession_protocol.late(visit, visit->deadline_ms);
    fksession_protocol.lost(visit, "gone", now_ms);
    MUST(visit->outcome != VISIT_RUNNING);
    MUST(visit->outcome == VISIT_READ || visit->table_len[VISIT_RECORDS] == 0);
    if (visit->outcome == VISIT_READ && visit->table_len[VISIT_RECORDS] <= SPOOL_MAX) {
        const struct visit_spool from = {NULL, give};
        struct visit_judging judging = {.spool = &from, .now = 1795694400, .layout = data[1] % 9};
        struct visit_verdict verdict;
        struct error err = ERROR_INIT;
        MUST(fksession_protocol.judge(visit, &judging, &verdict, &err));
        MUST(verdict.sound || verdict.why[0] != '\0');
        uint64_t at = 0;
        MUST(fksession_protocol.rows(visit, &judging, &verdict, &at, check_row, NULL, &err));
    }
    fksession_protocol.end(visit);
    free(visit);
    return 0;
}
