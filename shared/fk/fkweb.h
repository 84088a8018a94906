/*
 * fkweb: FkWeb, the protocol by which HIP's own terminals and their kin push over HTTP, as
 * functions from a request to what it says, and from an order to its words. It does no I/O and
 * keeps no state. Sources: ../docs/protocol.md, "The FK family".
 *
 * Who asks, and for what, stands in the headers, whatever the path; the body is fkbody.h's. The
 * terminal takes `response_code: OK` as the end of the matter, so that it may be said only once
 * what was delivered is stored; any ERROR_… makes it keep and send again.
 *
 * Portable; any thread. The calls that read a body allocate while they do.
 */
#ifndef HIPBRIDGE_FKWEB_H
#define HIPBRIDGE_FKWEB_H

#include "base/text.h"
#include "fk/fkrecord.h"

enum {
    FKWEB_TRANS_MAX = 63,
    FKWEB_CODE_MAX = 63,
    FKWEB_WORDS_MAX = 63,
    FKWEB_ORDER_MAX = 256, /* bytes of an order's body */
    FKWEB_BLOCKS_MAX = 100000,
};

/* response_code, in the maker's words. */
#define FKWEB_OK "OK"
#define FKWEB_NO_ORDER "ERROR_NO_CMD"
#define FKWEB_BAD_BLOCK "ERROR_ADD_BLOCK_DATA"
#define FKWEB_BAD_LOG "ERROR_INVALID_LOG"
#define FKWEB_BAD_ID "ERROR_INVALID_DEV_ID"
#define FKWEB_NOT_STORED "ERROR_DB_ACCESS"
#define FKWEB_RESET "RESET_FK" /* not an error: it restarts */

/* The headers that matter, found without regard to case; borrowed, empty where there is none. */
struct fkweb_request {
    bool given; /* it has request_code and dev_id: it is FkWeb */
    struct span code;
    struct span dev_id;
    struct span trans_id;
    struct span block; /* blk_no */
    struct span return_code;
};

enum fkweb_operation {
    FKWEB_POLL,      /* receive_cmd: it asks for orders, and tells its time */
    FKWEB_RESULT,    /* send_cmd_result */
    FKWEB_GLOG,      /* realtime_glog: a punch */
    FKWEB_ENROLMENT, /* realtime_enroll_data: fingerprints and faces; never looked at */
    FKWEB_OTHER,     /* anything else: acknowledged, nothing in it is ours */
    FKWEB_NOBODY,    /* what it gives as dev_id cannot be one */
};

struct fkweb_call {
    enum fkweb_operation operation;
    char dev_id[PUNCH_SN_MAX + 1];
    char trans_id[FKWEB_TRANS_MAX + 1]; /* printable; "" when none or not usable */
    int32_t block;                      /* 0: whole, or the last part; -1: no number */
    bool fine;                          /* cmd_return_code is OK */
    char return_code[FKWEB_CODE_MAX + 1];
};

/* What stands in the headers of the answer. */
struct fkweb_reply {
    const char *response_code; /* static; NULL: no answer of FkWeb */
    const char *order;         /* cmd_code, static; "" = none */
    char trans_id[FKWEB_TRANS_MAX + 1];
};

/* Reads the headers of a request whose `given` is set. Never fails. */
void fkweb_read(const struct fkweb_request *request, struct fkweb_call *call);

/* A header's place in the request by its name; NULL for one that does not matter. */
struct span *fkweb_header(struct fkweb_request *request, struct span name);

/* Whether the bytes are a body from their beginning to their end, by themselves. */
bool fkweb_is_whole(struct span body);

/* ---- what a body says; false with a reason (static) when it cannot be read ---- */

enum fkweb_glog {
    FKWEB_PUNCH,      /* *punch is filled but for device_sn */
    FKWEB_ASIDE,      /* a delivery without a punch that is certain: punch->raw, and why */
    FKWEB_DOOR,       /* a door's doing, of nobody */
    FKWEB_UNREADABLE, /* the body is none: nobody may be told OK */
};

/* raw[PUNCH_RAW_MAX + 1] holds the JSON, and punch->raw points there. */
enum fkweb_glog fkweb_glog(struct span body, struct punch *punch, char *raw, const char **reason);

struct fkweb_poll {
    bool has_time;
    walltime time; /* its clock */
    char name[FKWEB_WORDS_MAX + 1];
    char firmware[FKWEB_WORDS_MAX + 1];
    enum fkrecord_layout layout; /* by fk_bin_data_lib; FKRECORD_NONE when not said */
};

/* An empty body says nothing, which is fine. */
bool fkweb_poll(struct span body, struct fkweb_poll *poll, const char **reason);

/* The answer to FKWEB_ORDER_LOG. */
struct fkweb_log {
    int64_t count;
    size_t size;         /* of a record, bytes; 0 when there are none */
    struct span records; /* count * size bytes */
    enum fkrecord_layout layout;
};

bool fkweb_log(struct span body, struct fkweb_log *log, const char **reason);

/* The answer to FKWEB_ORDER_STATUS; -1: not said. */
struct fkweb_status {
    int64_t records; /* the larger of its two counts: firmwares differ in which counts all */
    int64_t users;
    int64_t capacity; /* for records */
    int64_t fingers, faces;
};

bool fkweb_status(struct span body, struct fkweb_status *status, const char **reason);

/* ---- orders: these four, and no other can be written ---- */

enum fkweb_order {
    FKWEB_ORDER_STATUS,   /* GET_DEVICE_STATUS */
    FKWEB_ORDER_LOG,      /* GET_LOG_DATA, of a period or of all */
    FKWEB_ORDER_SET_TIME, /* SET_TIME: on a person's order alone */
    FKWEB_ORDER_RESET,    /* RESET_FK: likewise; a response_code, not a cmd_code */
};

/* The cmd_code; "" for FKWEB_ORDER_RESET. */
const char *fkweb_order_name(enum fkweb_order order);

/*
 * The body of an order. from, to: [from, to) of FKWEB_ORDER_LOG, both 0 for all; now: the time of
 * FKWEB_ORDER_SET_TIME. Returns its length, 0 for none.
 */
size_t fkweb_order_body(enum fkweb_order order, walltime from, walltime to, walltime now,
                        char out[FKWEB_ORDER_MAX]);

#endif
