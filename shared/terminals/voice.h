/*
 * voice: from where a terminal speaks, and whether to believe what is said in its name.
 *
 * The iclock protocol has no secret: whoever is let in may say that he is terminal X. What he says
 * is answered, and punches are stored whoever brings them, since none may be lost. But what would
 * last (what the terminal is told to leave out, what the audit counts by and writes off, what kind
 * of terminal it is, who gets its commands) is believed of one address alone, the terminal's voice:
 * the one that spoke first, as long as it goes on speaking. One that has been quiet for a while
 * gives way to another, for a new lease is nothing unusual; what the former had said then holds no
 * longer. So does one that never brought a punch, to one that does.
 *
 * When two speak in turn (A, B, A within VOICE_TURNS_S) the terminal is torn: told once a day,
 * shown for a day, and nothing is proven of it meanwhile (completeness.h asks here).
 * `devices[].address` ends it.
 *
 * Of IPv6, all addresses of a /64 are one. Pure; any thread.
 */
#ifndef HIPBRIDGE_VOICE_H
#define HIPBRIDGE_VOICE_H

#include "outbox/outbox.h"

enum {
    VOICE_QUIET_S = 300,  /* at least; then another may take over */
    VOICE_TURNS_S = 3600, /* A, B, A within so long is no new lease */
    VOICE_TORN_S = 86400, /* it is so long torn after that */
};

/*
 * Somebody at this address speaks for the terminal. quiet_s: for so long without a word it would be
 * away, if that is longer than VOICE_QUIET_S. *fresh: it has another voice than before, and what
 * the former said is to be forgotten. True when what is said is to be believed.
 */
bool voice_hear(struct outbox_voice *voice, const struct address *from, int64_t quiet_s,
                int64_t now_s, bool *fresh);

/* A new punch came from there, right after voice_hear. *fresh as above. */
void voice_delivers(struct outbox_voice *voice, const struct address *from, int64_t now_s,
                    bool *fresh);

bool voice_is_torn(const struct outbox_voice *voice, int64_t now_s);

/* What it says can prove something: a punch came from there, and nobody else speaks in its turn. */
bool voice_is_known(const struct outbox_voice *voice, int64_t now_s);

/* Who speaks for it besides the one that is believed, while it is torn; else "". */
const char *voice_other(const struct outbox_voice *voice, int64_t now_s);

/* True when it is torn and that has not been told on this day (counted as one likes); then it is.
 */
bool voice_tells(struct outbox_voice *voice, int64_t day, int64_t now_s);

#endif
