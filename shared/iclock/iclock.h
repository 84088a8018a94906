/*
 * iclock: the terminals' protocol (ZKTeco PUSH over HTTP), as a function from a request to a reply
 * and effects. It does no I/O, keeps no state and allocates nothing, so that it can be tested,
 * fuzzed and measured without Windows. Where each fact comes from: ../docs/protocol.md.
 *
 * Use, for each request:
 *   1. envelope_open(request, &opened)             what packing and forms hold
 *   2. iclock_read(&opened, settings, &call)       what is asked, and by which terminal
 *   3. look up what is known of call.sn            (outbox_device)
 *   4. iclock_answer(&call, settings, device, sink, context, &reply, err)
 *   5. make the effects durable, then send the reply; if they cannot be: iclock_refuse(503)
 *
 * Each row that names a person and a time ends as a punch, as a refusal that is counted by its
 * code, or set aside (formats/row.h); a body that can't be read as rows is set aside whole where it
 * may name a person and a time. What is dropped is a list with evidence (iclock_data.c).
 */
#ifndef HIPBRIDGE_ICLOCK_H
#define HIPBRIDGE_ICLOCK_H

#include "base/error.h"
#include "record/punch.h"
#include "record/terminal.h"

enum {
    ICLOCK_REPLY_MAX = 4096,
    ICLOCK_TABLE_MAX = 24,
};

enum iclock_method { ICLOCK_GET, ICLOCK_POST, ICLOCK_HEAD, ICLOCK_OTHER_METHOD };

/* A result that is one, but does not say how it went. */
#define ICLOCK_NO_RESULT INT32_MIN

/* A request as it came; nothing in it is trusted. All spans are borrowed. */
struct iclock_request {
    enum iclock_method method;
    struct span path;  /* as sent, still percent-encoded, without the query */
    struct span query; /* after the '?', still percent-encoded */
    struct span body;
    struct span content_type;     /* empty when not said; likewise */
    struct span content_encoding; /* of the body as it came */
    const char *sealed; /* envelope's: why the body can't be read; static. NULL = it can */
    bool other_family;  /* has a `request_code` header: not this protocol (protocol.md, FK) */
    bool browser;       /* its head carries what a browser's alone does (net/request_line.h) */
    int64_t now_s;      /* Unix; answered to `type=time`, which is told OK when this is 0 */
};

enum iclock_operation {
    ICLOCK_HANDSHAKE,      /* GET cdata: option block */
    ICLOCK_TIME,           /* GET cdata?type=time */
    ICLOCK_RTDATA,         /* GET rtdata?type=time: Security PUSH's question for the time */
    ICLOCK_ATTENDANCE,     /* POST cdata, ATTLOG lines, and other tables of such rows */
    ICLOCK_OPERATIONS,     /* POST cdata, OPERLOG: two kinds of lines are worth an event */
    ICLOCK_DROPPED,        /* any other data: acknowledged, and kept if it may be punches */
    ICLOCK_POLL,           /* getrequest: commands, INFO */
    ICLOCK_COMMAND_RESULT, /* devicecmd */
    ICLOCK_PING,           /* ping, test */
    ICLOCK_REGISTRY,       /* Security PUSH: registry */
    ICLOCK_PUSH_CONFIG,    /* Security PUSH: push */
    ICLOCK_TABLEDATA,      /* Security PUSH: tabledata, answered <tablename>=<count> */
    ICLOCK_RTLOG,          /* Security PUSH: real-time events */
    ICLOCK_PROBE,          /* HEAD, or a method of no use: 405 without a body */
    ICLOCK_FILE,           /* firmware download: 404 */
    ICLOCK_UNKNOWN,        /* under /iclock but not known: OK */
    ICLOCK_NOT_OURS,       /* anything else: 404 */
    ICLOCK_BAD_SN,         /* a serial number that is none: 400 */
    ICLOCK_OTHER_FAMILY,   /* `request_code` header: 404, named to the user */
};

/* What is asked. Spans point into the request. */
struct iclock_call {
    enum iclock_operation operation;
    char sn[PUNCH_SN_MAX + 1]; /* valid; default_device_sn when the request names none */
    bool sn_given;
    bool whose_unclear;                      /* `sn` is a guess: nothing may be put down to it */
    bool browser;                            /* the request's */
    char table[ICLOCK_TABLE_MAX + 1];        /* upper case; "" when none */
    char stamp[TERMINAL_STAMP_MAX + 1];      /* printable ASCII; "" when none or not usable */
    char push_version[16];                   /* "" when not said */
    char device_type[TERMINAL_KIND_MAX + 1]; /* "att", "acc", "pid" …; "" when not said */
    char tablename[ICLOCK_TABLE_MAX + 1];    /* of tabledata, as sent; "" when none */
    int32_t count;                    /* rows of tabledata, as the terminal says; -1 = not said */
    bool security;                    /* a handshake of Security PUSH (3.x, access control) */
    int64_t now_s;                    /* the request's */
    char info[TERMINAL_INFO_MAX + 1]; /* INFO of getrequest, decoded and clean; "" when none */
    int32_t records; /* attendance records the terminal holds, by its INFO; -1 = not said */
    int32_t packet;  /* of so many; -1 = not said */
    int32_t packets;
    bool packets_unclear; /* one of several, but not which of how many */
    bool verification;    /* type=PostVerifyData: asks the server who it is; the punch follows */
    bool count_answer;    /* querydata?type=count: a number of rows, and no rows */
    bool options_answer;  /* querydata?type=options: what a terminal says of itself */
    const char *doubt; /* why what it brings can't be read, or not who sent it; static, or NULL */
    struct span body;
};

/* The part of the configuration that the protocol needs. */
struct iclock_settings {
    const char *default_device_sn;
    int timezone_minutes; /* east of Greenwich; a device's own wins */
    int delay_s;
    int error_delay_s;
};

/* How a packet of a delivery in several ended. */
enum iclock_packet {
    ICLOCK_PACKET_UNKNOWN, /* nothing is known of one before */
    ICLOCK_PACKET_WHOLE,   /* with a row's end */
    ICLOCK_PACKET_TORN,    /* perhaps within a row */
};

/* What is known of a terminal, from the outbox; NULL for one never seen. */
struct iclock_device {
    char attlog_stamp[TERMINAL_STAMP_MAX + 1]; /* last Stamp received with ATTLOG; "" = none yet */
    char operlog_stamp[TERMINAL_STAMP_MAX + 1];
    int timezone_minutes;      /* the configuration's for this terminal */
    bool identity;             /* person-and-ID (`pid`): its log holds identity checks as well */
    enum iclock_packet packet; /* how the last packet of a delivery in several ended */
    const char *command;       /* next to hand out at getrequest, NULL = none */
    int64_t command_id;
};

enum iclock_effect_kind {
    ICLOCK_EFFECT_PUNCH,          /* *punch, complete; borrowed until the sink returns */
    ICLOCK_EFFECT_ASIDE,          /* text = a row as it came, reason; `whole`: the whole body */
    ICLOCK_EFFECT_REFUSAL,        /* number = code (formats/row.h), records = how many */
    ICLOCK_EFFECT_PACKET,         /* number = enum iclock_packet */
    ICLOCK_EFFECT_STAMP,          /* table, text = the stamp */
    ICLOCK_EFFECT_INFO,           /* text = INFO as sent, clean; records */
    ICLOCK_EFFECT_COMMAND_SENT,   /* number = command id */
    ICLOCK_EFFECT_COMMAND_RESULT, /* number = command id, result, records, text = what else it
                                     says, e.g. "FWVersion=Ver 8.0, UserCount=57" */
    ICLOCK_EFFECT_CLOCK_SET,      /* OPLOG 21; text = when, "" if that is no time */
    ICLOCK_EFFECT_LOG_DELETED,    /* OPLOG 23; likewise */
};

struct iclock_effect {
    enum iclock_effect_kind kind;
    const char *sn;
    const struct punch *punch;
    const char *table;
    struct span text;
    const char *reason; /* static */
    walltime time;      /* ASIDE: of the row, where it can be read; 0 = it can not */
    const char *user;   /* likewise; NULL = it can not */
    bool torn;          /* likewise: the row may be half of one */
    bool whole;         /* text is all that the envelope held: keep what was sent */
    bool sample;        /* ASIDE: of records that are not taken, and so are not delivered */
    int64_t number;
    int32_t result;
    int32_t records; /* that the terminal says it holds, in all or in the period asked; -1 = none */
};

/* Takes an effect; false stops the answer (err is filled) and nothing of the request may stay. */
typedef bool iclock_sink(void *context, const struct iclock_effect *effect, struct error *err);

struct iclock_reply {
    int status;               /* HTTP status */
    const char *content_type; /* static; NULL for a reply without a body */
    size_t len;
    char body[ICLOCK_REPLY_MAX];
    size_t punches;   /* rows that were punches */
    size_t bad_lines; /* rows, or bodies, that are set aside */
    size_t refusals;  /* rows of persons who were not let in, by a code that is known */
    size_t others;    /* rows in which nobody is meant */
};

/* Reads a request into a call. Never fails: what cannot be understood has an operation too. */
void iclock_read(const struct iclock_request *request, const struct iclock_settings *settings,
                 struct iclock_call *call);

/*
 * Hands the call's effects to the sink, in order, and fills the reply.
 * False only when the sink refused; err is the sink's.
 */
bool iclock_answer(const struct iclock_call *call, const struct iclock_settings *settings,
                   const struct iclock_device *device, iclock_sink *sink, void *context,
                   struct iclock_reply *reply, struct error *err);

/* Fills a reply that says no: 400, 403, 404, 405, 408, 413, 503. */
void iclock_refuse(int status, struct iclock_reply *reply);

#endif
