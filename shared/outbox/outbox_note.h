/*
 * outbox_note: small facts that outlast the service, each a text under a name. Whoever writes one
 * and whoever reads it mean it by this enum; the names in the file are in outbox_note.c alone.
 *
 * Rules as in outbox.h.
 */
#ifndef HIPBRIDGE_OUTBOX_NOTE_H
#define HIPBRIDGE_OUTBOX_NOTE_H

#include "outbox/outbox.h"

enum outbox_note {
    OUTBOX_NOTE_SERVICE_VERSION,
    OUTBOX_NOTE_SERVICE_STARTED, /* Unix seconds, as all that end in _s */
    OUTBOX_NOTE_UPLOADER_STATE,  /* "connected", "waiting", "login refused", "table unusable", "not
                                    configured" */
    OUTBOX_NOTE_UPLOADER_ERROR,  /* why it is not "connected"; "" */
    OUTBOX_NOTE_UPLOADER_HOST,
    OUTBOX_NOTE_UPLOADER_SERVER, /* its version */
    OUTBOX_NOTE_UPLOADER_TLS,
    OUTBOX_NOTE_UPLOADER_TLS_ISSUER,
    OUTBOX_NOTE_UPLOADER_TLS_UNTIL,    /* when the certificate ends */
    OUTBOX_NOTE_UPLOADER_TRUST,        /* the servers' keys, as cloud_remembered says */
    OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, /* when rows last went in */
    OUTBOX_NOTE_UPLOADER_REACHED,      /* when the database last answered */
    OUTBOX_NOTE_UPLOADER_ROUND_TRIP,   /* of the last batch */
    OUTBOX_NOTE_SYNC_LAST_RUN,         /* Unix seconds */
    OUTBOX_NOTE_SYNC_NEXT_RUN,         /* Unix seconds */
    OUTBOX_NOTE_SYNC_SUMMARY,          /* of the last run, in words */
    OUTBOX_NOTE_SYNC_RULES,            /* by which log files were last read (logs/source.h) */
    OUTBOX_NOTE_RELOADED,     /* what came of the last reload: number, "ok" or "wrong", words */
    OUTBOX_NOTE_PC_ADDRESSES, /* of this PC (net/own_address.h) */
    OUTBOX_NOTE_PC_CALLED,    /* the one that a terminal last called it by */
    OUTBOX_NOTE_PC_VENDOR,    /* an attendance program's database that lies on it; "" = none */
    OUTBOX_NOTE_ALARM_SENT,   /* of what the last alarm told (pace/level.h) */
    OUTBOX_NOTE_LEVEL_TOLD,   /* what was told of as wrong (pace/level.h) */
    OUTBOX_NOTE_TERMINALS_WATCHED, /* since when, until when, when silence was last told */
    OUTBOX_NOTE_RETRIED,           /* which reading again last brought punches */
    OUTBOX_NOTE_STRANGERS,         /* when one was last forgotten, how many within a day */
    OUTBOX_NOTE_ACCESS_PATH,       /* of the vendor's database (outbox/outbox_reading.h) */
    OUTBOX_NOTE_ACCESS_FIGURES,    /* likewise */
    OUTBOX_NOTE_ACCESS_WHY,        /* likewise */
    OUTBOX_NOTE_SPENT_PUSH,        /* where the time went (outbox/outbox_spent.h) */
    OUTBOX_NOTE_SPENT_LOG,         /* likewise */
    OUTBOX_NOTE_SPENT_PULL,        /* likewise */
    OUTBOX_NOTE_SPENT_UPLOAD,      /* likewise */
    OUTBOX_NOTES
};

enum { OUTBOX_NOTE_MAX = 1024 }; /* bytes that are kept; a longer text is cut */

/* Keeps the text, without what names somebody who is forgotten (outbox_forget.h). Outside a
 * transaction a note is one of its own. */
bool outbox_note(struct outbox *outbox, enum outbox_note note, const char *text, struct error *err);
/* out[OUTBOX_NOTE_MAX + 1]; "" when there is none. */
bool outbox_noted(struct outbox *outbox, enum outbox_note note, char *out, struct error *err);

#endif
