/*
 * What device.c (the way of a terminal from request to request) and device_command.c (what the
 * server has it do) share.
 */
#ifndef HIPBRIDGE_TERMINAL_DEVICE_PRIVATE_H
#define HIPBRIDGE_TERMINAL_DEVICE_PRIVATE_H

#include "device.h"

enum { ANSWER_MAX = 65536, RESULTS_MAX = 8192, SN_MAX = 50, PATH_MAX_BYTES = 512 };

enum task {
    TASK_NONE,
    TASK_HANDSHAKE, /* GET cdata?options=all */
    TASK_OPTIONS,   /* POST table=options, if asked for */
    TASK_GREET,     /* the first getrequest, with INFO */
    TASK_UPLOAD,    /* POST table=ATTLOG from the cursor on */
    TASK_RESEND,    /* the same for a range the server asked for */
    TASK_RESULT,    /* POST devicecmd */
    TASK_POLL,      /* GET getrequest */
};

struct device {
    const struct device_plan *plan;
    struct tally *tally;
    CURLM *multi;
    CURL *easy;
    CURLSH *connections; /* its own, so that terminals do not lend each other theirs */
    struct curl_slist *headers, *post_headers;
    char sn[SN_MAX + 1];
    unsigned number;
    uint64_t random;

    enum task task;        /* under way */
    double started;        /* when it began */
    double not_before;     /* after a failure */
    bool cut;              /* this upload will be cut by ourselves */
    uint64_t first, count; /* records in the upload under way */

    bool shaken, wants_options, greeted;
    double delay_s, error_delay_s; /* as the server said */
    double made_from;              /* when record 0 came to be */
    uint64_t made_limit;           /* records there will ever be */
    uint64_t cursor;               /* records below it need no sending */
    uint64_t acked;                /* records below it have been acknowledged once */
    uint64_t resend_from, resend_to;
    double next_poll;
    bool owes_poll; /* before the next upload (poll_between) */

    char code[32];                         /* FkWeb: response_code of the answer, */
    struct curl_slist *fk_punch, *fk_poll; /* and the headers that say what it is */

    char *body; /* of the upload */
    size_t body_size, body_len, body_at;
    char *answer;
    size_t answer_len;
    char results[RESULTS_MAX]; /* of commands, not yet delivered */
    size_t results_len, results_sent;
};

/* Counts an answer that no server should give; the first is kept for the summary. */
void device_note_odd(struct device *device, const char *what);

/* Does what the answer to getrequest asks for: OK, or a command a line, `C:<id>:<command>`. The
 * results wait in the device; the answer is taken apart. */
void device_take_commands(struct device *device);

/* ---- device_fkweb.c ---- */

/* The headers and what reads the answer's; false: no memory. */
bool device_fkweb_prepare(struct device *device);

/* The body: record n; the question for orders. */
void device_fkweb_punch(struct device *device, uint64_t n);
void device_fkweb_poll(struct device *device);

#endif
