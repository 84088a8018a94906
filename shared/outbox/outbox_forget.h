/*
 * outbox_forget: a person who is to be forgotten, and stays so.
 *
 * His punches go, waiting or not; what was set aside and names him is made unreadable around his
 * number (base/blot.h), and so are reasons and answers, of then and later. What stays is a keyed
 * hash of his number (system/keyhash.h; the key is in the outbox), by which a punch of his is known
 * that comes again or anew: by a resend, a read of the terminal's memory, a log, or reading again
 * what was set aside. It is not kept then, and counts for its terminal as delivered
 * (outbox_delivered_keys), so that nothing is missed of it. For that each of his punches leaves a
 * keyed hash of number and time, which can't be told to be of the same person as another without
 * the number.
 *
 * The hash is no secret before who has the file and tries out all numbers there can be.
 */
#ifndef HIPBRIDGE_OUTBOX_FORGET_H
#define HIPBRIDGE_OUTBOX_FORGET_H

#include "outbox/outbox.h"

struct outbox_forgotten {
    size_t punches; /* rows removed, */
    size_t waiting; /* of these not in the database yet */
    size_t slots;   /* places in lists of users: a terminal's slots, the vendor's persons */
    size_t aside;   /* records set aside in which something was made unreadable */
    size_t guessed; /* of these, in which he may not have been meant (base/blot.h) */
    size_t texts;   /* reasons and answers likewise */
    bool before;    /* he was forgotten before */
    /* Other numbers there that differ by zeros in front alone, with ", " between, cut where they
     * are many; "" for none. Each is a user of its own and stays. */
    char padded[200];
};

/*
 * What forgetting would do; nothing is changed. Outside a transaction, as the next one. Fails with
 * ERR_INVALID for what can be no PIN (punch_user_valid).
 */
bool outbox_forget_look(struct outbox *outbox, const char *user, struct outbox_forgotten *found,
                        struct error *err);

/*
 * Forgets, durable when true, and leaves nothing of it in the file's free pages or its log. Nobody
 * else may be reading or writing (the service is stopped), else it fails with ERR_BUSY: beside a
 * writer nothing is forgotten, beside a reader all but the file's traces, as where the disk is full
 * (ERR_FULL); called again it finishes. The file is written anew: that needs room for it once more
 * in the system's folder for temporary files, where nothing of him is any more, and once more
 * beside it, for its log, and the time to write both.
 */
bool outbox_forget(struct outbox *outbox, const char *user, int64_t now_s,
                   struct outbox_forgotten *gone, struct error *err);

#endif
