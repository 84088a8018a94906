#include "outbox/outbox_rejected.h"
#include "vendor/vendor_private.h"

/* What becomes of a row. */
enum fate {
    FATE_PUNCH, /* of `user` and `sn` */
    FATE_KNOWN,
    FATE_TYPED,
    FATE_ASIDE, /* for `reason` */
    FATE_LATER,
    FATE_FAILED,
};

struct judging {
    struct vendor *vendor;
    const struct jetpunch *row;
    const char *sn;
    const char *user;
    const char *reason;
    bool holds, failed;
    struct error *err;
};

/* Whether the punch is here already under a badge that the number had. */
static bool look_up(void *context, const char *badge)
{
    struct judging *judging = context;
    struct vendor *vendor = judging->vendor;
    struct punch punch;
    vendor_punch(judging->row, badge, judging->sn, (struct span){"", 0}, &punch);
    judging->failed =
        !vendor_outbox_said(vendor, outbox_holds(vendor->outbox, &punch, OUTBOX_SOURCE_ACCESS,
                                                 &judging->holds, judging->err));
    return !judging->failed && !judging->holds;
}

/* Nobody can say whose it is; if it is here already, nobody need. */
static enum fate known_or(struct judging *judging, enum fate other, const char *reason)
{
    struct vendor *vendor = judging->vendor;
    if (!vendor_begin(vendor, judging->err) ||
        !vendor_outbox_said(vendor, outbox_person_badges(vendor->outbox, judging->row->number,
                                                         look_up, judging, judging->err)) ||
        judging->failed) {
        return FATE_FAILED;
    }
    judging->reason = reason;
    return judging->holds ? FATE_KNOWN : other;
}

static bool find_person(struct vendor *vendor, int32_t number, const struct outbox_person **person,
                        struct error *err)
{
    struct vendor_cached *cached = &vendor->cache[(uint32_t)number % VENDOR_CACHED];
    if (!cached->there || cached->number != number) {
        cached->there = false;
        if (!vendor_outbox_said(vendor,
                                outbox_person(vendor->outbox, number, &cached->person, err))) {
            return false;
        }
        cached->there = true;
        cached->number = number;
    }
    *person = &cached->person;
    return true;
}

static enum fate judge_person(struct judging *judging)
{
    struct vendor *vendor = judging->vendor;
    const struct outbox_person *person = NULL;
    if (!find_person(vendor, judging->row->number, &person, judging->err)) {
        return FATE_FAILED;
    }
    judging->user = person->badge;
    bool unrest = !person->resting || (person->badges == 0 && vendor->persons_unrest) ||
                  (person->shared && vendor->persons_unrest);
    if (unrest) {
        return FATE_LATER;
    }
    const char *reason = person->badges == 0        ? vendor_no_person
                         : person->badges > 1       ? vendor_two_badges
                         : person->badge[0] == '\0' ? vendor_no_badge
                         : person->shared           ? vendor_shared_badge
                                                    : NULL;
    if (reason != NULL) {
        /* Once it is clear, the page is looked at again. */
        if (vendor->part.wants == 0) {
            vendor->part.wants = vendor->version;
        }
        return known_or(judging, FATE_ASIDE, reason);
    }
    if (!person->settled) {
        vendor->unsettled = true;
        return FATE_LATER;
    }
    if (!person->changed) {
        return FATE_PUNCH;
    }
    /* What was taken before the change is here under the badge of then. */
    return judging->row->time <= person->since ? known_or(judging, FATE_ASIDE, vendor_changed_badge)
                                               : known_or(judging, FATE_PUNCH, NULL);
}

static enum fate judge(struct judging *judging)
{
    struct vendor *vendor = judging->vendor;
    const struct jetpunch *row = judging->row;
    bool own = vendor->summary->own_badges;
    bool typed = false;
    enum fate fate = FATE_PUNCH;
    judging->reason = row->reason;
    judging->user = row->badge;
    judging->sn = vendor_sn(vendor->config, row);
    if (row->ahead) {
        /* It may be this PC's clock that is behind. */
        vendor->part.wants = vendor_another_day(vendor);
    }
    if (row->reason != NULL) {
        return FATE_ASIDE;
    }
    if ((vendor->has_typed || vendor->typed_unrest) && row->sn[0] == '\0') {
        if (!vendor_outbox_said(vendor, outbox_typed(vendor->outbox, row->number, row->time, &typed,
                                                     judging->err))) {
            return FATE_FAILED;
        }
        if (!typed && vendor->typed_unrest) {
            return FATE_LATER;
        }
        vendor->summary->typed += typed;
        if (typed && !vendor->config->include_typed) {
            return FATE_TYPED;
        }
    }
    if (!own) {
        fate = judge_person(judging);
    }
    if (fate == FATE_PUNCH && judging->sn[0] == '\0') {
        judging->reason = vendor_no_terminal;
        return FATE_ASIDE;
    }
    return fate;
}

static enum jet_answer set_aside(struct judging *judging, struct span line)
{
    struct vendor *vendor = judging->vendor;
    struct vendor_summary *summary = vendor->summary;
    enum outbox_kept kept = OUTBOX_NO_ROOM;
    const struct outbox_rejection rejection = {.device_sn = OUTBOX_ACCESS_SN,
                                               .bytes = line,
                                               .reason = judging->reason,
                                               .file = OUTBOX_SOURCE_ACCESS,
                                               .wall = vendor->moment->wall,
                                               .time = judging->row->time,
                                               .user = judging->user};
    if (summary->no_room == 0 &&
        !vendor_outbox_said(vendor, outbox_reject(vendor->outbox, &rejection,
                                                  vendor->moment->unix_s, &kept, judging->err))) {
        return JET_FAILED;
    }
    if (kept == OUTBOX_NO_ROOM) {
        summary->no_room++;
        summary->later++;
        return JET_AGAIN;
    }
    vendor->rows += VENDOR_ASIDE_COSTS;
    summary->aside++;
    summary->aside_new += kept == OUTBOX_SET_ASIDE;
    summary->no_terminal += judging->reason == vendor_no_terminal;
    summary->no_person += judging->reason == vendor_no_person;
    return JET_TAKEN;
}

static enum jet_answer append(struct judging *judging, struct span line)
{
    struct vendor *vendor = judging->vendor;
    struct vendor_summary *summary = vendor->summary;
    enum outbox_added added = OUTBOX_KNOWN;
    struct punch punch;
    vendor_punch(judging->row, judging->user, judging->sn, line, &punch);
    if (!vendor_outbox_said(vendor, outbox_append(vendor->outbox, &punch, OUTBOX_SOURCE_ACCESS,
                                                  vendor->moment->unix_s, &added, judging->err))) {
        return JET_FAILED;
    }
    summary->fresh += added == OUTBOX_NEW;
    summary->ignored += added == OUTBOX_IGNORED;
    summary->known += added == OUTBOX_KNOWN || added == OUTBOX_REFUSED;
    return JET_TAKEN;
}

/* It is a punch: what was set aside of it before is settled. */
static enum jet_answer taken(struct judging *judging, struct span line, enum jet_answer answer)
{
    struct vendor *vendor = judging->vendor;
    struct vendor_summary *summary = vendor->summary;
    walltime time = judging->row->time;
    if (answer != JET_TAKEN) {
        return answer;
    }
    summary->first = summary->first == 0 || time < summary->first ? time : summary->first;
    summary->last = time > summary->last ? time : summary->last;
    return !vendor->some_aside ||
                   vendor_outbox_said(vendor,
                                      outbox_vendor_settle(vendor->outbox, line,
                                                           "read again: it is a punch now",
                                                           vendor->moment->unix_s, judging->err))
               ? JET_TAKEN
               : JET_FAILED;
}

enum jet_answer vendor_take_punch(void *context, struct span row, bool rehearsal, struct error *err)
{
    struct vendor *vendor = context;
    struct jetpunch punch;
    char text[JETPUNCH_LINE_MAX];
    struct judging judging = {.vendor = vendor, .row = &punch, .err = err};
    if (!jetpunch_read(&vendor->punch_columns, row, vendor->moment->wall, &punch)) {
        return JET_DAMAGED;
    }
    vendor->part.given = !rehearsal;
    if (rehearsal || punch.nobody) {
        return JET_TAKEN;
    }
    vendor->summary->rows++;
    enum fate fate = judge(&judging);
    if (fate == FATE_LATER) {
        vendor->summary->later++;
        return JET_AGAIN;
    }
    if (fate == FATE_TYPED) {
        return JET_TAKEN;
    }
    if (fate == FATE_FAILED || !vendor_begin(vendor, err)) {
        return JET_FAILED;
    }
    vendor->rows++;
    struct span line = {text, jetpunch_line(&vendor->punch_columns, row, text)};
    switch (fate) {
    case FATE_ASIDE:
        return set_aside(&judging, line);
    case FATE_KNOWN:
        vendor->summary->known++;
        return taken(&judging, line, JET_TAKEN);
    default:
        return taken(&judging, line, append(&judging, line));
    }
}
