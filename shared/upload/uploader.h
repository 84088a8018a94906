/*
 * uploader: moves punches from the outbox to the database, a step at a time.
 *
 * The thread that calls it (../service/upload.c) only waits: for an append, for a retry time, for
 * the stop. Everything else — batches, the cursor, halving around a refused row, backoff, what is
 * told to the user — is here, and runs on the host in tests. Belongs to one thread, but for
 * uploader_interrupt.
 */
#ifndef HIPBRIDGE_UPLOADER_H
#define HIPBRIDGE_UPLOADER_H

#include "cloud/cloud.h"
#include "record/event.h"
#include "outbox/outbox.h"
#include "upload/report.h"

struct uploader;

/*
 * Takes none of its arguments over; all must outlive it. The outbox connection is the uploader's
 * own. NULL: no memory.
 */
struct uploader *uploader_new(const struct config *config, struct outbox *outbox,
                              const struct event_sink *events, const struct report_service *service,
                              struct error *err);
void uploader_free(struct uploader *uploader);

#define UPLOADER_IDLE UINT32_MAX

/*
 * Does one step: connects if needed and moves one batch. Returns how many milliseconds to wait
 * before the next step: 0 when more waits, UPLOADER_IDLE when nothing does (step again after an
 * append), else the backoff after a failure. now_s: Unix seconds.
 */
uint32_t uploader_step(struct uploader *uploader, int64_t now_s);

/* How long an idle wait may last: head office is told by then, at the next step. UPLOADER_IDLE: as
 * long as it likes. */
uint32_t uploader_idle_ms(const struct uploader *uploader, int64_t now_s);

/* Head office is told at the next step: what is wrong has changed. */
void uploader_tell(struct uploader *uploader);

/* Tells head office that this bridge stops, by a connection of its own where none is open and the
 * last try to reach the database was no failure. The last call but uploader_free. */
void uploader_stop(struct uploader *uploader, int64_t now_s);

/* Forget the backoff: "upload now", or the network changed. */
void uploader_hurry(struct uploader *uploader);

/* From any thread: the step in progress ends soon, later ones do nothing. */
void uploader_interrupt(struct uploader *uploader);

#endif
