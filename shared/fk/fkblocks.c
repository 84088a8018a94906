#include "fk/fkblocks.h"

#include <stdlib.h>
#include <string.h>

/* The parts of one delivery; while joined, out of the table. */
struct fkjoined {
    char dev_id[PUNCH_SN_MAX + 1];
    char trans_id[FKWEB_TRANS_MAX + 1];
    enum fkweb_operation operation;
    int32_t block; /* the last one's number, */
    size_t before; /* and where it begins */
    size_t len;    /* bytes without what was joined */
    size_t whole;  /* with it; 0 = not joined */
    int64_t heard_s;
    char *bytes;
};

struct fkblocks {
    struct fkjoined *parts[FKBLOCKS_TERMINALS];
    size_t bytes; /* of all, joined ones included */
};

struct fkblocks *fkblocks_new(struct error *err)
{
    struct fkblocks *blocks = calloc(1, sizeof *blocks);
    if (blocks == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot take deliveries in parts: no memory");
    }
    return blocks;
}

static void drop(struct fkblocks *blocks, struct fkjoined *parts)
{
    if (parts != NULL) {
        blocks->bytes -= parts->whole > parts->len ? parts->whole : parts->len;
        free(parts->bytes);
        free(parts);
    }
}

void fkblocks_free(struct fkblocks *blocks)
{
    for (size_t i = 0; blocks != NULL && i < FKBLOCKS_TERMINALS; i++) {
        drop(blocks, blocks->parts[i]);
    }
    free(blocks);
}

static bool belong(const struct fkjoined *parts, const struct fkweb_call *call)
{
    return parts->operation == call->operation && strcmp(parts->dev_id, call->dev_id) == 0 &&
           strcmp(parts->trans_id, call->trans_id) == 0;
}

/* Also forgets what nobody went on with. */
static struct fkjoined **place_of(struct fkblocks *blocks, const struct fkweb_call *call,
                                  int64_t now_s)
{
    struct fkjoined **found = NULL;
    for (size_t i = 0; i < FKBLOCKS_TERMINALS; i++) {
        struct fkjoined *parts = blocks->parts[i];
        if (parts != NULL && now_s - parts->heard_s > FKBLOCKS_FORGOTTEN_S) {
            drop(blocks, parts);
            blocks->parts[i] = NULL;
        } else if (parts != NULL && belong(parts, call)) {
            found = &blocks->parts[i];
        }
    }
    return found;
}

/* Room for a new delivery: a terminal has one at a time, so that an unfinished other one goes. */
static struct fkjoined **free_place(struct fkblocks *blocks, const char *dev_id)
{
    struct fkjoined **place = NULL;
    for (size_t i = 0; i < FKBLOCKS_TERMINALS; i++) {
        if (blocks->parts[i] != NULL && strcmp(blocks->parts[i]->dev_id, dev_id) == 0) {
            drop(blocks, blocks->parts[i]);
            blocks->parts[i] = NULL;
        }
        if (blocks->parts[i] == NULL && place == NULL) {
            place = &blocks->parts[i];
        }
    }
    return place;
}

/* Puts `part` after the first `at` bytes. */
static bool append(struct fkblocks *blocks, struct fkjoined *parts, size_t at, struct span part)
{
    if (part.len > FKBLOCKS_EACH - at || part.len > FKBLOCKS_ALL - blocks->bytes) {
        return false;
    }
    char *bytes = realloc(parts->bytes, at + part.len);
    if (bytes == NULL) {
        return false;
    }
    if (part.len > 0) {
        memcpy(bytes + at, part.at, part.len);
    }
    parts->bytes = bytes;
    blocks->bytes += part.len;
    return true;
}

bool fkblocks_add(struct fkblocks *blocks, const struct fkweb_call *call, struct span part,
                  int64_t now_s)
{
    struct fkjoined **place = place_of(blocks, call, now_s);
    if (part.len == 0) {
        return false;
    }
    if (place != NULL && (*place)->block == call->block &&
        part.len == (*place)->len - (*place)->before &&
        memcmp((*place)->bytes + (*place)->before, part.at, part.len) == 0) {
        (*place)->heard_s = now_s; /* our answer did not reach it */
        return true;
    }
    if (call->block == 1) {
        struct fkjoined *parts = calloc(1, sizeof *parts);
        place = free_place(blocks, call->dev_id);
        if (parts == NULL || place == NULL || !append(blocks, parts, 0, part)) {
            free(parts);
            return false;
        }
        memcpy(parts->dev_id, call->dev_id, sizeof parts->dev_id);
        memcpy(parts->trans_id, call->trans_id, sizeof parts->trans_id);
        parts->operation = call->operation;
        *place = parts;
    } else if (place == NULL || (*place)->block != call->block - 1 ||
               !append(blocks, *place, (*place)->len, part)) {
        return false;
    }
    struct fkjoined *parts = *place;
    parts->before = parts->len;
    parts->len += part.len;
    parts->block = call->block;
    parts->heard_s = now_s;
    return true;
}

bool fkblocks_wait(struct fkblocks *blocks, const struct fkweb_call *call, int64_t now_s)
{
    return place_of(blocks, call, now_s) != NULL;
}

struct fkjoined *fkblocks_join(struct fkblocks *blocks, const struct fkweb_call *call,
                               struct span last, int64_t now_s)
{
    struct fkjoined **place = place_of(blocks, call, now_s);
    if (place == NULL || !append(blocks, *place, (*place)->len, last)) {
        return NULL;
    }
    struct fkjoined *joined = *place;
    joined->whole = joined->len + last.len;
    joined->heard_s = now_s;
    *place = NULL;
    return joined;
}

struct span fkblocks_body(const struct fkjoined *joined)
{
    return (struct span){joined->bytes, joined->whole};
}

void fkblocks_give_back(struct fkblocks *blocks, struct fkjoined *joined, bool done)
{
    if (joined == NULL) {
        return;
    }
    for (size_t i = 0; !done && i < FKBLOCKS_TERMINALS; i++) {
        const struct fkjoined *parts = blocks->parts[i];
        done = parts != NULL && strcmp(parts->dev_id, joined->dev_id) == 0; /* it began anew */
    }
    for (size_t i = 0; !done && i < FKBLOCKS_TERMINALS; i++) {
        if (blocks->parts[i] == NULL) {
            blocks->bytes -= joined->whole - joined->len;
            joined->whole = 0;
            blocks->parts[i] = joined;
            return;
        }
    }
    drop(blocks, joined);
}
