/*
 * fksession: a visit to a terminal of the FK family on TCP port 5005, after `struct visit`
 * (record/visit.h).
 *
 * It is opened, asked what it is, for its serial number, its clock and how many records it holds;
 * then, if they are to be read, for the records, page by page, and their number again. Nothing
 * locks, changes or clears it (fkframe.h). One question at a time, the next only after the whole
 * answer; an answer that is not whole within FKSESSION_ANSWER_MS ends the visit.
 *
 * Old machines of the family may not know all of this: a question that is refused as unknown is
 * done without, but for those about the records; where the class is not told, the size of a record
 * is found by the records themselves, read once more from their beginning; and where even opening
 * is not answered, the count is asked for once without it. A machine that is set to push (menu:
 * Internet) accepts a connection and answers nothing at all.
 */
#ifndef HIPBRIDGE_FKSESSION_H
#define HIPBRIDGE_FKSESSION_H

#include "record/visit.h"

extern const struct visit_protocol fksession_protocol;

enum {
    FKSESSION_PORT = 5005,
    FKSESSION_ANSWER_MS = 15000, /* weak WiFi takes seconds */
};

#endif
