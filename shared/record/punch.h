/*
 * punch: one attendance record, the one thing this program carries.
 *
 * Its key is (device_sn, user_id, time), the unique key of the table in the database and of the
 * outbox: a terminal that sends its history again changes nothing.
 */
#ifndef HIPBRIDGE_PUNCH_H
#define HIPBRIDGE_PUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/walltime.h"

/* Bytes, without the terminator. The table's columns are VARCHAR(50); a serial number and a PIN
 * (≤ 24 characters by the protocol) are far below that. */
enum { PUNCH_SN_MAX = 50, PUNCH_USER_MAX = 50, PUNCH_WORK_MAX = 24, PUNCH_RAW_MAX = 2048 };

/* How it came; a punch that is made all zero was pushed. */
enum punch_way { PUNCH_PUSHED, PUNCH_PULLED, PUNCH_LOGGED, PUNCH_ACCESS, PUNCH_WAYS };

struct punch {
    walltime time;  /* the terminal's wall clock, as sent */
    int32_t status; /* attendance state, as sent: 0 in, 1 out, … 255 none; 0 when not given */
    enum punch_way way;
    int32_t verify;                   /* how the person was recognised, as sent; 1 when not given */
    char device_sn[PUNCH_SN_MAX + 1]; /* never empty */
    char user_id[PUNCH_USER_MAX + 1]; /* the PIN: text, never a number, never empty */
    char work_code[PUNCH_WORK_MAX + 1]; /* what was keyed in with it; "" = none */
    struct span raw; /* the line it was read from, well-formed UTF-8, at most PUNCH_RAW_MAX bytes;
                        borrowed: valid as long as whoever made the punch says */
};

/* A punch with its id in the outbox, and what the configuration knows of its terminal. */
struct punch_row {
    int64_t id;
    struct punch punch;
    bool has_utc;
    walltime utc;            /* its time at UTC, where the terminal's zone is known */
    const char *device_name; /* borrowed; NULL = none */
};

/*
 * True for a serial number that can be trusted as a key and shown: 1 to PUNCH_SN_MAX bytes, ASCII
 * letters, digits, '-', '_', '.' and '+' only (real ones are letters and digits; '+' has been seen:
 * protocol.md).
 */
bool punch_sn_valid(struct span sn);

/*
 * True for a PIN: 1 to PUNCH_USER_MAX bytes of well-formed UTF-8 without control characters, blanks
 * and the signs of forms, JSON, XML and lists, = & % " ' ` { } [ ] < > , ; |: what holds one of
 * those is not a number but the text around one. The protocol says up to 24 letters and digits;
 * more is accepted, since losing a punch is worse.
 * Nor may it hold what cannot be seen (utf8_has_unseen): two users would look the same.
 */
bool punch_user_valid(struct span user);

/*
 * In front of what stands for the PIN of somebody who is forgotten (outbox_forget.h), in a list of
 * users that the outbox kept: no PIN begins with it. A punch of such a user is one to hand to
 * outbox_append, which knows him, and to nobody else.
 */
enum { PUNCH_FORGOTTEN = 0x02 };

/* 00042 becomes 42, for a source that pads: only what is digits alone, and a zero stays. */
void punch_strip_zeros(char user_id[PUNCH_USER_MAX + 1]);

#endif
