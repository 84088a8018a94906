/*
 * outbox_salvage: what becomes of an outbox file that is damaged (a bad disk, a power cut on a
 * disk that lies, an overwritten page).
 *
 * The damaged file is kept under another name, a new one takes its place, and what can be read of
 * the old one is in it: punches with whether they are in the database, lines that were not
 * understood, terminals. Terminals lose their stamps, so that they send again what may be missing;
 * a punch that is there already is not doubled. At any moment either the old file is in its place
 * or the new one is whole: a power cut in between only means that it is done again.
 *
 * A damaged page takes with it what is on it. Only where it is one of the few that lead to all
 * others (the first, those of the tables' names, the root of the punches) is nothing saved; a punch
 * is then in the file that is kept, for who knows SQLite's tools.
 *
 * Nobody else may have the outbox open. Blocks for as long as reading and writing it takes.
 */
#ifndef HIPBRIDGE_OUTBOX_SALVAGE_H
#define HIPBRIDGE_OUTBOX_SALVAGE_H

#include "system/file.h"
#include "outbox/outbox.h"

enum { OUTBOX_LOOK_S = 3, OUTBOX_LARGE = 64 << 20 /* bytes */ };

/*
 * Looks through the file for at most OUTBOX_LOOK_S, and no longer than until `stopped` (NULL is
 * fine) says so. False with ERR_CORRUPT when it is damaged, as far as was seen; a file that is not
 * there, or that cannot be looked at, is not damaged. Others may have it open, and write.
 */
bool outbox_sound(const char *path, bool (*stopped)(void *context), void *context,
                  struct error *err);

/* So large that who starts is not to wait for that look. False, too, where it cannot be opened. */
bool outbox_is_large(const char *path);

struct outbox_salvaged {
    char kept[FILE_PATH_MAX]; /* where the damaged file is now */
    uint64_t waiting;         /* punches saved that still have to go up */
    uint64_t uploaded;        /* punches saved that are in the database */
    bool forgotten_lost;      /* who was forgotten (outbox_forget.h) can't be read, or not all */
};

/* Fails when the old file cannot be moved or the new one cannot be made; then the old one is in its
 * place, or outbox_salvage_finish brings the new one. */
bool outbox_salvage(const char *path, const struct outbox_options *options, int64_t now_s,
                    struct outbox_salvaged *salvaged, struct error *err);

/* Ends what a power cut left half done: call it before the outbox is opened. */
bool outbox_salvage_finish(const char *path, struct error *err);

#endif
