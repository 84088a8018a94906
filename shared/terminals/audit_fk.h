/*
 * audit_fk: the audit of terminals that speak FkWeb (audit.h, which hands over to this).
 *
 * Once a day such a terminal is asked for its counts, and then for its records: those of the last
 * days, or all of them when its count says that some are missing, when it is new here, and once a
 * week. Whoever takes the answer appends what was missing; what came of it is judged at once, since
 * the records are the answer. Where something came, where all was read, and where its count and
 * ours agree for the first time, its count is asked for once more, which is what completeness.h
 * proves by. An order that is not answered is given up, and asked tomorrow again.
 *
 * Rules as in audit.h.
 */
#ifndef HIPBRIDGE_AUDIT_FK_H
#define HIPBRIDGE_AUDIT_FK_H

#include "terminals/audit.h"
#include "terminals/completeness.h"

enum {
    AUDIT_FK_WHOLE_S = 7 * 86400, /* its whole log is read so often */
    AUDIT_FK_DAYS_BACK = 2,       /* else yesterday and the day before, */
    AUDIT_FK_SPREAD_S = 4 * 3600, /* each terminal at another time of the night */
    AUDIT_FK_AGAIN_S = COMPLETENESS_AGAIN_S + 5,
};

bool audit_fk_is_due(const struct outbox_device *device, walltime local, int64_t now_s);
bool audit_fk_step(struct outbox *outbox, struct outbox_device *device, walltime local,
                   int64_t now_s, struct error *err);
bool audit_fk_result(struct outbox *outbox, struct outbox_device *device, int32_t result,
                     int64_t records, int64_t now_s, struct audit_news *news, struct error *err);

/* Its whole log, as it was read. */
struct audit_fk_read {
    walltime local; /* when it said how many it held before that, as it should be there */
    int64_t before; /* how many */
    int64_t rows;   /* that came */
};

/* Whether the count that is the result now is the one after a whole log. */
bool audit_fk_was_read(const struct outbox_device *device, struct audit_fk_read *read);

/* Its counts are asked for once more, if nothing else is under way. */
void audit_fk_again(struct outbox_device *device, int64_t now_s);

#endif
