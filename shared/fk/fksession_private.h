/*
 * fksession_private: what the fksession*.c files share, and nobody else.
 */
#ifndef HIPBRIDGE_FKSESSION_PRIVATE_H
#define HIPBRIDGE_FKSESSION_PRIVATE_H

#include "fk/fkframe.h"
#include "fk/fkrecord.h"
#include "fk/fksession.h"

enum fksession_step {
    FKSESSION_OPENS,
    FKSESSION_INFO,
    FKSESSION_CLASS,
    FKSESSION_INFO_AGAIN, /* as the maker's own program does */
    FKSESSION_SERIAL,
    FKSESSION_CLOCK,
    FKSESSION_SET_CLOCK,
    FKSESSION_COUNT,
    FKSESSION_PROBE, /* the first records, to find their size */
    FKSESSION_RECORDS,
    FKSESSION_COUNT_AGAIN,
    FKSESSION_DONE,
};

struct fksession {
    struct visit visit; /* first */
    enum fksession_step step;
    uint16_t seq;
    uint16_t wanted;  /* bytes of data with the answer under way */
    bool opened_late; /* opening was not answered, and the count is asked for without */
    bool found;       /* then, and it answered */
    int64_t began_ms;
    uint16_t page_size;
    uint32_t page;
    size_t record_size;          /* 0: not known yet */
    enum fkrecord_layout layout; /* by the class; FKRECORD_NONE when not told */
    size_t have;
    uint8_t bytes[FKFRAME_ACK_SIZE + FKFRAME_MARK_SIZE + FKFRAME_DATA_MAX + FKFRAME_SUM_SIZE];
};

/* In fksession_judge.c. */

/* The size of the records of which these are the first bytes; 0 when it is not certain. */
size_t fksession_size(const uint8_t *bytes, size_t len, walltime now);

bool fksession_judge(const struct visit *visit, const struct visit_judging *judging,
                     struct visit_verdict *verdict, struct error *err);
bool fksession_rows(const struct visit *visit, const struct visit_judging *judging,
                    const struct visit_verdict *verdict, uint64_t *at,
                    bool (*each)(void *context, const struct visit_row *row, struct error *err),
                    void *context, struct error *err);

#endif
