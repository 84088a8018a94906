/*
 * audit_fk: the audit of terminals that speak FkWeb (audit.h, which hands over to this).
 *
 * Once a day such a terminal is asked for its counts, and then for its records: those of the last
 * days, or all of them when its count says that some are missing, when it is new here, and once a
 * week. Whoever takes the answer appends what was missing; what came of it is judged at once, since
 * the records are the answer. An order that is not answered is given up, and asked tomorrow again.
 *
 * Rules as in audit.h.
 */
#ifndef HIPBRIDGE_AUDIT_FK_H
#define HIPBRIDGE_AUDIT_FK_H

#include "terminals/audit.h"

enum {
    AUDIT_FK_WHOLE_S = 7 * 86400, /* its whole log is read so often */
    AUDIT_FK_DAYS_BACK = 2,       /* else yesterday and the day before, */
    AUDIT_FK_SPREAD_S = 4 * 3600, /* each terminal at another time of the night */
};

bool audit_fk_is_due(const struct outbox_device *device, walltime local, int64_t now_s);
bool audit_fk_step(struct outbox *outbox, struct outbox_device *device, walltime local,
                   int64_t now_s, struct error *err);
bool audit_fk_result(struct outbox *outbox, struct outbox_device *device, int32_t result,
                     int64_t records, int64_t now_s, struct audit_news *news, struct error *err);

#endif
