#include "formats/logline_private.h"

#include <string.h>

#include "formats/logcode.h"
#include "formats/logtable.h"

static const char bad_row_time[] = "the table's DateTime is none";

static void add_machine(struct span machine, struct punch *punch)
{
    size_t held = strlen(punch->device_sn);
    if (punch_sn_valid(machine) && held + 1 + machine.len <= PUNCH_SN_MAX) {
        punch->device_sn[held] = '-';
        span_copy(machine, punch->device_sn + held + 1, sizeof punch->device_sn - held - 1);
    }
}

/* Where date and time are two cells, both as one text. */
static bool join(struct span date, struct span time, char *out, size_t size, struct span *text)
{
    struct logtime_date ignored;
    struct span look = time;
    if (date.len == 0 || time.len == 0 || logline_take_date(&look, &ignored)) {
        *text = time;
        return true;
    }
    if (date.len + time.len + 1 > size) {
        return false;
    }
    memcpy(out, date.at, date.len);
    out[date.len] = ' ';
    memcpy(out + date.len + 1, time.at, time.len);
    *text = (struct span){out, date.len + 1 + time.len};
    return true;
}

const char *logline_table_row(struct logline *logline, struct span line, bool ended,
                              struct punch *punch, bool *nobody)
{
    const struct loghead *head = &logline->head;
    struct logtable_row row;
    char joined[160];
    struct span text;
    const char *reason = logtable_row(head, line, &row);
    bool blanks = row.moment.len > 0;
    if (reason != NULL) {
        return reason;
    }
    reason = logcode_user(row.cell[LOG_USER], punch->user_id, nobody);
    if (reason != NULL || *nobody) {
        return reason;
    }
    text = row.moment;
    if (!blanks && !join(span_trim(row.cell[LOG_DATE]), span_trim(row.cell[LOG_TIME]), joined,
                         sizeof joined, &text)) {
        return bad_row_time;
    }
    reason =
        logline_moment(logline, &text, row.next, LOGLINE_AS_SHOWN, row.fields, ended, &punch->time);
    if (reason != NULL) {
        return reason == logline_not_a_punch ? bad_row_time : reason;
    }
    if (!blanks && span_trim(text).len > 0) {
        return bad_row_time; /* a period, it may be */
    }
    bool told = !blanks || logtable_tail(head, text, &row);
    reason = logcode_status(row.cell[LOG_STATUS], head->checktype, logline->own, &punch->status);
    reason = reason != NULL ? reason : logcode_verify(row.cell[LOG_VERIFY], &punch->verify);
    if (!told && head->at[LOG_STATUS] > head->at[LOG_TIME]) {
        punch->status = LOGLINE_NOT_UNDERSTOOD;
    }
    if (!told && head->at[LOG_VERIFY] > head->at[LOG_TIME]) {
        punch->verify = LOGLINE_NOT_UNDERSTOOD;
    }
    add_machine(row.cell[LOG_MACHINE], punch);
    static const enum logline_form forms[] = {
        [LOGHEAD_OTHER] = LOGLINE_TABLE, [LOGHEAD_PREMIUM] = LOGLINE_PREMIUM,
        [LOGHEAD_GLOG] = LOGLINE_GLOG,   [LOGHEAD_CHECKINOUT] = LOGLINE_CHECKINOUT,
        [LOGHEAD_OWN] = LOGLINE_OWN,
    };
    logline->form = forms[head->kind];
    return reason;
}
