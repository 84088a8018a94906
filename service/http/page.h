/*
 * page: the status page, for the browser on this PC: http://localhost:<port>/hipbridge/.
 *
 * A request queue, a thread and a reading connection to the outbox of its own: whatever a browser
 * does, terminals do not wait for it. http.sys hands it what is below /hipbridge, the rest goes to
 * the listener.
 *
 * The bare address leads to it from this PC, which is the listener's to say (exchange.c).
 *
 * Read only. Who is not a browser on this PC (loopback.h) is answered 404, as by a server that has
 * no such page.
 */
#ifndef HIPBRIDGE_PAGE_H
#define HIPBRIDGE_PAGE_H

#include <winsock2.h> /* before windows.h */

#include <windows.h>

#include "config/config.h"
#include "base/error.h"

struct page;

/* Starts the thread. The configuration must outlive it. NULL on failure. */
struct page *page_start(const struct config *config, struct error *err);

/* From its next answer on it goes by this configuration; true once it does, which takes moments. */
bool page_reconfigure(struct page *page, const struct config *config);

/*
 * Withdraws its address, before page_stop: what arrives from now on is handed to whoever has the
 * address above it. For Wine alone, like listener_withdraw. What fails here, page_free does. Does
 * not block. Any thread.
 */
void page_withdraw(struct page *page);

/* Asks the thread to end and returns its handle to wait for. */
HANDLE page_stop(struct page *page);

/* Once the thread has ended. NULL is fine. */
void page_free(struct page *page);

#endif
