#include "fk/fksession_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_RECORDS = 128 };

size_t fksession_size(const uint8_t *bytes, size_t len, walltime now)
{
    static const size_t sizes[] = {12, 20, 32, 48};
    size_t found = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const char *reason = NULL;
        size_t whole = len / sizes[i] * sizes[i];
        const struct span log = {(const char *)bytes, whole};
        if (whole / sizes[i] < FKRECORD_FEW) {
            continue;
        }
        /* Two layouts of 12 bytes may fit: their size is certain all the same. */
        bool fits = fkrecord_choose(log, sizes[i], FKRECORD_NONE, now, &reason) != FKRECORD_NONE ||
                    fkrecord_fits_some(log, sizes[i], now);
        if (fits && found != 0) {
            return 0;
        }
        found = fits ? sizes[i] : found;
    }
    return found;
}

/* ---- reading the spool, record by record ---- */

struct reading {
    const struct visit_spool *spool;
    size_t size;    /* of a record */
    uint64_t count; /* of records */
    uint64_t next;
    size_t held; /* records in `bytes`, */
    size_t at;   /* and how many of them were handed out */
    uint8_t bytes[CHUNK_RECORDS * FKRECORD_SIZE_MAX];
};

/* NULL at the end, or with an error. */
static const char *next_record(struct reading *reading, struct error *err)
{
    if (reading->at == reading->held) {
        uint64_t rest = reading->count - reading->next;
        reading->held = rest < CHUNK_RECORDS ? (size_t)rest : CHUNK_RECORDS;
        reading->at = 0;
        if (reading->held == 0 ||
            !reading->spool->read(reading->spool->context, VISIT_RECORDS,
                                  reading->next * reading->size, reading->bytes,
                                  reading->held * reading->size, err)) {
            reading->held = 0;
            return NULL;
        }
    }
    reading->next++;
    return (const char *)reading->bytes + reading->at++ * reading->size;
}

static void begin_reading(const struct visit *visit, const struct visit_spool *spool,
                          struct reading *reading)
{
    const struct fksession *session = (const struct fksession *)(const void *)visit;
    memset(reading, 0, sizeof *reading);
    reading->spool = spool;
    reading->size = session->record_size;
    reading->count =
        session->record_size != 0 ? visit->table_len[VISIT_RECORDS] / reading->size : 0;
}

/* ---- judging ---- */

static bool count_rows(const struct visit *visit, const struct visit_judging *judging,
                       struct visit_verdict *verdict, struct error *err)
{
    struct reading reading;
    const char *record = NULL;
    begin_reading(visit, judging->spool, &reading);
    while ((record = next_record(&reading, err)) != NULL) {
        char raw[FKRECORD_RAW_MAX + 1];
        struct punch punch;
        const char *reason = NULL;
        enum fkrecord_row row = fkrecord_read((enum fkrecord_layout)verdict->layout, record,
                                              judging->now, &punch, raw, &reason);
        verdict->rows += row != FKRECORD_EVENT;
        verdict->aside += row == FKRECORD_BAD;
    }
    return reading.next == reading.count;
}

bool fksession_judge(const struct visit *visit, const struct visit_judging *judging,
                     struct visit_verdict *verdict, struct error *err)
{
    const struct fksession *session = (const struct fksession *)(const void *)visit;
    struct fkrecord_tally tally;
    struct reading reading;
    const char *record = NULL;
    const char *reason = NULL;
    memset(verdict, 0, sizeof *verdict);
    if (visit->table_len[VISIT_RECORDS] == 0) {
        verdict->sound = true;
        return true;
    }
    if (session->record_size == 0) {
        snprintf(verdict->why, sizeof verdict->why, "%s",
                 visit->facts.before < FKRECORD_SIZE_MAX / 4
                     ? "it does not tell its class, and holds too few records to tell their size"
                     : "it does not tell its class, and its records fit no size that is known");
        return true;
    }
    begin_reading(visit, judging->spool, &reading);
    fkrecord_tally_begin(&tally, reading.size);
    while ((record = next_record(&reading, err)) != NULL) {
        fkrecord_tally_add(&tally, record, judging->now);
    }
    if (reading.next != reading.count) {
        return false;
    }
    enum fkrecord_layout shown =
        judging->layout < FKRECORD_LAYOUTS ? (enum fkrecord_layout)judging->layout : FKRECORD_NONE;
    enum fkrecord_layout known = session->layout;
    if (known == FKRECORD_NONE && fkrecord_size(shown) == reading.size) {
        known = shown;
    }
    verdict->layout = fkrecord_tally_choose(&tally, known, &reason);
    if (verdict->layout == FKRECORD_NONE) {
        snprintf(verdict->why, sizeof verdict->why, "%s", reason);
        return true;
    }
    verdict->sound = true;
    return count_rows(visit, judging, verdict, err);
}

bool fksession_rows(const struct visit *visit, const struct visit_judging *judging,
                    const struct visit_verdict *verdict, uint64_t *at,
                    bool (*each)(void *context, const struct visit_row *row, struct error *err),
                    void *context, struct error *err)
{
    struct reading reading;
    const char *record = NULL;
    if (!verdict->sound || verdict->layout == FKRECORD_NONE) {
        return true;
    }
    begin_reading(visit, judging->spool, &reading);
    for (reading.next = *at; (record = next_record(&reading, err)) != NULL; ++*at) {
        char raw[FKRECORD_RAW_MAX + 1];
        struct visit_row row;
        memset(&row, 0, sizeof row);
        if (fkrecord_read((enum fkrecord_layout)verdict->layout, record, judging->now, &row.punch,
                          raw, &row.reason) == FKRECORD_EVENT) {
            continue;
        }
        memcpy(row.punch.device_sn, visit->facts.sn, sizeof row.punch.device_sn);
        if (!each(context, &row, err)) {
            return false;
        }
    }
    return reading.next == reading.count;
}
