/*
 * bridge_private: what the bridge*.c files share, and nobody else.
 *
 *   bridge.c         starting, serving, stopping
 *   bridge_config.c  the configuration: made, read, guarded, read again
 */
#ifndef HIPBRIDGE_BRIDGE_PRIVATE_H
#define HIPBRIDGE_BRIDGE_PRIVATE_H

#include "access.h"
#include "bridge.h"
#include "config/config.h"
#include "http/listener.h"
#include "http/page.h"
#include "outbox/outbox.h"
#include "pull.h"
#include "sync.h"
#include "upload.h"
#include "watch.h"

struct bridge {
    const struct bridge_options *options;
    struct watch *watch;
    struct event_sink events; /* the options', watched */
    int64_t began_s;
    uint64_t reloads;
    HANDLE troubled;  /* the outbox fails somebody: is it damaged? */
    bool renewing;    /* threads stop and start, while the service runs */
    bool looks_later; /* it was too large to be looked through before the start */
    char config_path[FILE_PATH_MAX];
    struct config *config;
    bool cloud_ready;
    struct outbox *outbox; /* proves that it can be used, and counts at the end */
    HANDLE appended;
    HANDLE advanced;
    HANDLE changed; /* the worst that is wrong is another */
    struct listener *listener;
    bool port_refused; /* the listener and the page wait for their port */
    bool shut_out;     /* they have it, and no terminal can call it */
    ULONGLONG port_told_ms;
    struct page *page;
    struct sync *sync;
    struct pull_thread *pull;
    struct access_thread *access;
    struct upload *upload;
    bool stuck;
};

/* ---- bridge.c ---- */

void bridge_tell(const struct bridge *bridge, enum event_id id, const char *text);

/* Those that neither terminals nor browsers wait for. */
bool bridge_start_workers(struct bridge *bridge, struct error *err);
void bridge_stop_workers(struct bridge *bridge, ULONGLONG limit);

/* ---- bridge_config.c ---- */

enum bridge_end bridge_load_config(struct bridge *bridge);

/* At each start: a file that was copied here or edited by hand has whatever access list it has. */
void bridge_guard_files(const struct bridge *bridge);

/*
 * `hipctl reload`: the service goes on without a moment in which a terminal finds nobody. A file
 * that is not right changes nothing. False where the bridge cannot go on.
 */
bool bridge_reload(struct bridge *bridge);

#endif
