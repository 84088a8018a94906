/*
 * fkblocks: FkWeb deliveries that come in parts, kept until they are whole.
 *
 * A terminal numbers the parts 1, 2, …; the last is 0, as is a delivery that is whole by itself.
 * Parts belong together by terminal, request and trans_id. They are in memory alone: what they hold
 * is acknowledged only with the last one, which says so once it is stored; a last part whose
 * beginning is gone is no body, and nobody is told OK for it.
 *
 * Bounded by FKBLOCKS_TERMINALS, FKBLOCKS_EACH and FKBLOCKS_ALL. Portable; belongs to one thread.
 */
#ifndef HIPBRIDGE_FKBLOCKS_H
#define HIPBRIDGE_FKBLOCKS_H

#include "base/error.h"
#include "fk/fkweb.h"

enum {
    FKBLOCKS_TERMINALS = 64,
    FKBLOCKS_EACH = 16 * 1024 * 1024, /* bytes of one terminal's parts; a full log has less, */
    FKBLOCKS_ALL = 48 * 1024 * 1024,  /* and of all */
    FKBLOCKS_FORGOTTEN_S = 30 * 60,   /* without a further part */
};

struct fkblocks;

struct fkblocks *fkblocks_new(struct error *err); /* NULL: no memory */
void fkblocks_free(struct fkblocks *blocks);      /* NULL is fine */

/*
 * A part that is not the last (call->block > 0). False when it does not follow the one before or
 * there is no room: FKWEB_BAD_BLOCK. The same part again changes nothing. now_s: seconds of a clock
 * that only grows.
 */
bool fkblocks_add(struct fkblocks *blocks, const struct fkweb_call *call, struct span part,
                  int64_t now_s);

/* Whether parts wait for this last one. */
bool fkblocks_wait(struct fkblocks *blocks, const struct fkweb_call *call, int64_t now_s);

/*
 * The parts before this last one, with it. NULL when there are none (it is whole by itself) or no
 * room. They stay as they are until given back.
 */
struct fkjoined *fkblocks_join(struct fkblocks *blocks, const struct fkweb_call *call,
                               struct span last, int64_t now_s);
struct span fkblocks_body(const struct fkjoined *joined);

/* `done`: it is stored, or not worth keeping; else its parts wait for the last one again. NULL is
 * fine. */
void fkblocks_give_back(struct fkblocks *blocks, struct fkjoined *joined, bool done);

#endif
