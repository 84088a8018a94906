/*
 * device: one simulated terminal of the ZKTeco PUSH family, as its firmware behaves.
 *
 * It shakes hands, says what it is, uploads its records in order as they come to be, asks for
 * commands, does them, and sends again whatever was not answered 200. This is a reading of the
 * protocol of its own and shares no code with the service. All devices of a run belong to one
 * thread and one curl multi handle.
 */
#ifndef TERMINAL_DEVICE_H
#define TERMINAL_DEVICE_H

#include <curl/curl.h>

#include "record.h"
#include "tally.h"

struct device_plan {
    const char *url;  /* http://host:port, nothing behind it */
    uint64_t punches; /* records a terminal makes in all; UINT64_MAX: until told to stop */
    size_t batch;     /* records in an upload, at most */
    double rate;      /* records a second; 0: all are there from the start */
    struct record_plan records;
    int vanish_percent; /* of the uploads, cut in the middle of the body */
    bool keep_alive;
    bool handshake;    /* false: only uploads, for a server that says OK to all */
    bool poll;         /* asks for commands */
    double poll_s;     /* how often; < 0: as the server said */
    bool fkweb;        /* it speaks FkWeb: a record a request, no handshake; orders are not done */
    bool poll_between; /* asks for commands once after each upload */
    double retry_s;    /* after a failure; < 0: as the server said */
    long timeout_s;
};

struct device;

/* Its SN is copied; plan, multi and tally must outlive it. NULL: no memory. `now`: seconds of a
 * clock that only grows, as in all calls. */
struct device *device_new(const struct device_plan *plan, CURLM *multi, struct tally *tally,
                          const char *sn, unsigned number, double now);
void device_free(struct device *device);

/*
 * Begins the next request if one is due and none is under way. Returns when to call again at the
 * latest; a request under way needs no call.
 */
double device_step(struct device *device, double now);

/* The request under way has ended (curl's message for the easy handle, whose private pointer is the
 * device). */
void device_finished(struct device *device, CURLcode result, double now);

/* Whether a request is under way. */
bool device_asks(const struct device *device);

/* It makes no more records. */
void device_stop_making(struct device *device, double now);

/* Whether each record made, and to be made, is acknowledged and nothing asked of it is undone. */
bool device_done(const struct device *device, double now);

/* Records made and not acknowledged. */
uint64_t device_unacknowledged(const struct device *device, double now);

#endif
