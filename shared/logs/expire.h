/*
 * expire: removes archived logs after so many days, where `sync.archive_retain_days` says so.
 *
 * A log that was read longer ago is in the database as a whole, or it would not be archived. It
 * goes only while it is the very file that was archived (size and time of last change), and while
 * no file beside it says which of its lines were set aside (rejects.h): whoever has dealt with
 * those removes that file, and the log goes with the next run. Files that the outbox does not know
 * stay.
 *
 * Blocks for as long as the disk or the network share takes. Belongs to the sync thread.
 */
#ifndef HIPBRIDGE_EXPIRE_H
#define HIPBRIDGE_EXPIRE_H

#include "logs/archive.h"
#include "outbox/outbox.h"

/*
 * Removes those that were read before before_s (Unix seconds), with their records. *count says how
 * many files went, also where it fails: the outbox failed, or files could not be removed (the error
 * is of the first; the others go all the same, it with a later run). Ended by archive->stopped.
 * Outside a transaction.
 */
bool expire_logs(const struct archive *archive, struct outbox *outbox, int64_t before_s,
                 uint64_t *count, struct error *err);

#endif
