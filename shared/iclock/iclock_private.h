/*
 * iclock_private: what the iclock*.c files that answer share, and nobody else.
 *
 * iclock_answer.c has the handshake, commands and who answers what; iclock_data.c what terminals
 * bring; iclock_result.c what commands came to.
 */
#ifndef HIPBRIDGE_ICLOCK_PRIVATE_H
#define HIPBRIDGE_ICLOCK_PRIVATE_H

#include "base/portability.h"
#include "iclock/iclock.h"

/* What an answer works on. */
struct answer {
    const struct iclock_call *call;
    const struct iclock_settings *settings;
    const struct iclock_device *device;
    iclock_sink *sink;
    void *context;
    struct iclock_reply *reply;
    struct error *err;
};

/* Adds to the reply; nothing of it comes near ICLOCK_REPLY_MAX, since all that it is made of is
 * bounded. */
HB_PRINTF(2, 3)
void iclock_say(struct iclock_reply *reply, const char *format, ...);

bool iclock_give(const struct answer *answer, struct iclock_effect effect);

/* The next line of a body that is not blank, trimmed. */
bool iclock_next_line(struct span *rest, struct span *line);

/* East of Greenwich: the terminal's, or the default. */
int iclock_timezone(const struct answer *answer);

/* ---- iclock_data.c ---- */

bool iclock_say_attendance(const struct answer *answer);
bool iclock_say_operations(const struct answer *answer);
bool iclock_say_dropped(const struct answer *answer);
bool iclock_say_access(const struct answer *answer);
bool iclock_say_tabledata(const struct answer *answer);

/*
 * Whatever is left of a body when its kind was answered: what may name a person and a time is set
 * aside whole, what is known to hold neither is dropped.
 */
bool iclock_keep_rest(const struct answer *answer);

/* The same of a body that was read as something else: rows of persons in it are set aside. */
bool iclock_keep_persons(const struct answer *answer);

/* ---- iclock_result.c ---- */

/* What stands between the pairs of a line of results: ampersands or tabs; where there are none,
 * commas, semicolons or blanks. Then the next pair. */
const char *iclock_pair_signs(struct span line);
bool iclock_next_pair(struct span *rest, const char *signs, struct span *pair);

/* A command's id: our own are numbers. */
bool iclock_read_id(struct span text, int64_t *id);

bool iclock_say_results(const struct answer *answer);

#endif
