/*
 * event: what can be told to the person at the PC, and the one way to tell it.
 *
 * The texts are in ../service/events.mc; an id here is the low 16 bits of the id there, as Event
 * Viewer shows it. A test holds both, docs/events.md and the calls in step. The insertion strings
 * of each id are given beside it.
 */
#ifndef HIPBRIDGE_EVENT_H
#define HIPBRIDGE_EVENT_H

#include <stddef.h>

enum event_id {
    EVENT_STARTED = 100,                /* version, config path, outbox path */
    EVENT_STOPPED = 101,                /* how many punches wait */
    EVENT_START_FAILED = 102,           /* why */
    EVENT_OUTBOX_SALVAGED = 103,        /* why, the damaged file's new name, waiting, uploaded */
    EVENT_CRASHED = 104,                /* when, where its dump is */
    EVENT_CONFIG_INVALID = 110,         /* why: file, line, key and what would be right */
    EVENT_PASSWORD_PROTECTED = 111,     /* config path */
    EVENT_PASSWORD_NOT_PROTECTED = 112, /* config path, why */
    EVENT_FILE_NOT_GUARDED = 113,       /* why */
    EVENT_SETUP_INCOMPLETE = 114,       /* which steps of the set-up failed */
    EVENT_CONFIG_RELOADED = 116,        /* config path, what was done with it */
    EVENT_CONFIG_NOT_TAKEN = 117,       /* why */
    EVENT_LEVEL_CHANGED = 120,          /* the level, the one before, what is wrong */
    EVENT_HELD_BACK = 121,              /* id, how many of it were held back */
    EVENT_ALARM_FAILED = 122,           /* why */
    EVENT_ALARM_SENT = 123,             /* its text */
    EVENT_PC_SLEPT = 124,               /* from when to when */
    EVENT_LISTENING = 200,              /* port */
    EVENT_CANNOT_LISTEN = 201,          /* port, why */
    EVENT_PAGE_UNAVAILABLE = 202,       /* why */
    EVENT_FIREWALL = 203,               /* port, why */
    EVENT_REQUEST_REFUSED = 210,      /* remote address, SN or "-", why, how many since last told */
    EVENT_OUTBOX_CANNOT_STORE = 211,  /* why */
    EVENT_OUTBOX_STORES_AGAIN = 212,  /* how many requests were told to come back */
    EVENT_LINES_NOT_UNDERSTOOD = 213, /* SN, how many, the first reason */
    EVENT_TERMINAL_CLOCK_SET = 214,   /* SN, when by its clock or "?" */
    EVENT_TERMINAL_LOG_DELETED = 215, /* SN, when by its clock or "?" */
    EVENT_OTHER_FAMILY = 216,         /* remote address, how many since last told */
    EVENT_PUNCHES_MISSING = 217,      /* SN, how many, of how many, from, to */
    EVENT_PUNCHES_ASKED_FOR = 218,    /* SN, how many were missing, how many came, how many lack */
    EVENT_TERMINAL_CLOCK_OFF = 219,   /* SN, its time, the PC's time in its zone, the difference */
    EVENT_PC_CLOCK = 220,             /* what is wrong with it */
    EVENT_TERMINALS_SILENT = 221,     /* how many, which and since when */
    EVENT_TERMINALS_HEARD = 222,      /* which and since when they were silent */
    EVENT_TERMINAL_TWICE = 223,       /* SN, the address that is believed, the other one */
    EVENT_DELIVERY_UNREADABLE = 224,  /* SN, how many, why */
    EVENT_LAYOUT_NOT_KNOWN = 225,     /* SN, why */
    EVENT_STRANGERS = 226,            /* how many since last told, the last one's SN, its address */
    EVENT_BODY_NOT_UNDERSTOOD = 227,  /* SN, how many deliveries, why */
    EVENT_NO_ROOM_ASIDE = 228,        /* SN, how many deliveries were told to come back */
    EVENT_LET_GO = 229,               /* SN that is not listed, of how many deliveries */
    EVENT_UNLISTED_WAITS = 231,       /* SN that is not listed, how many deliveries */
    EVENT_SYNC_SUMMARY = 300,    /* files, new, known, ignored, set aside, archived, s, unread */
    EVENT_LINES_SET_ASIDE = 301, /* file, how many, where they are written */
    EVENT_LOG_FOLDER_UNREADABLE = 302, /* folder, why */
    EVENT_LOG_FILE_IN_USE = 303,       /* file */
    EVENT_LOG_FOLDER_BACK = 304,       /* folder */
    EVENT_LOG_FILE_FAILED = 305,       /* file, why */
    EVENT_ARCHIVE_EXPIRED = 306,       /* how many, after how many days */
    EVENT_ACCESS_SUMMARY = 310,       /* file, rows, new, known, set aside, typed in, first, last */
    EVENT_ACCESS_UNREADABLE = 311,    /* file, why */
    EVENT_ACCESS_REFUSED = 312,       /* file, why */
    EVENT_ACCESS_ROWS_ASIDE = 313,    /* file, how many */
    EVENT_ACCESS_RESTLESS = 314,      /* file, pages that change at each look, damaged ones */
    EVENT_ACCESS_BACK = 315,          /* file */
    EVENT_ACCESS_NO_ROOM = 316,       /* file, how many rows wait */
    EVENT_DATABASE_CONNECTED = 400,   /* host:port, server version, TLS or "no TLS", waiting */
    EVENT_DATABASE_UNREACHABLE = 401, /* why, punches waiting */
    EVENT_DATABASE_LOGIN_REFUSED = 402, /* why, punches waiting */
    EVENT_ROWS_REFUSED = 403,           /* how many, the first reason */
    EVENT_TABLE_UNUSABLE = 404,         /* why, punches waiting */
    EVENT_NO_DATABASE = 405,            /* config path */
    EVENT_NO_UNIQUE_KEY = 406,          /* table, the ALTER statement */
    EVENT_OUTBOX_FAILED = 407,          /* uploader cannot read or write the outbox: why */
    EVENT_TABLE_ODD = 408,              /* table, what is odd and the statement that cures it */
    EVENT_BRIDGE_RENAMED = 410,         /* the old name, the new one, why */
    EVENT_STATUS_TABLES = 411,          /* why, the cure */
    EVENT_ORDER_DONE = 412,             /* the order, its result */
    EVENT_ORDERS_UNREADABLE = 413,      /* why, the cure */
    EVENT_PULL_SUMMARY = 500,  /* terminal, records, new, set aside, reads, seconds of the last */
    EVENT_PULL_AWAY = 501,     /* address:port, terminal, for how many minutes, why */
    EVENT_PULL_KEY = 502,      /* address:port, terminal */
    EVENT_PULL_LAYOUT = 503,   /* address:port, terminal, why, where its bytes are kept */
    EVENT_PULL_STRANGER = 504, /* address:port, who answers, who should */
    EVENT_PULL_REFUSED = 505,  /* address:port, terminal, why */
    EVENT_PULL_BACK = 506,     /* address:port, terminal */
    EVENT_PULL_FULL = 507,     /* SN, records, for how many there is room */
    EVENT_PULL_EMPTY = 508,    /* SN, users, for how many days */
    EVENT_PULL_SPOILT = 509,   /* SN, how many set aside, of how many */
};

/* The category that Event Viewer shows beside it; their names are in events.mc too. */
#define EVENT_CATEGORY(id) ((unsigned short)((id) / 100))

/*
 * Where events go: the Event Log, the console, or a test's list. The strings are UTF-8 and belong
 * to the caller. Must not fail as far as the caller can see, may block for a short time, and must
 * be callable from any thread.
 */
struct event_sink {
    void (*report)(void *context, enum event_id id, size_t count, const char *const *strings);
    void *context;
};

enum { EVENT_STRINGS_MAX = 8 }; /* insertion strings of one event */

/*
 * Reports in a line of code: `event_report(sink, EVENT_LOG_FILE_IN_USE, path, NULL)`. The strings
 * end at the NULL (which may be `first`) or after EVENT_STRINGS_MAX.
 */
void event_report(const struct event_sink *sink, enum event_id id, const char *first, ...);

#endif
