/*
 * scan_private: what scan.c and scan_read.c share.
 */
#ifndef HIPBRIDGE_SCAN_PRIVATE_H
#define HIPBRIDGE_SCAN_PRIVATE_H

#include "logs/rejects.h"
#include "logs/scan.h"
#include "logs/source.h"
#include "outbox/outbox_rejected.h"
#include "outbox/outbox_scan.h"
#include "pace/condition.h"
#include "pace/tally.h"

/* A transaction each, some 20 ms, unless a terminal waits. */
enum { SCAN_CHUNK = 128 * 1024 };

struct scan {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct scan_service service;
    struct archive archive;
    struct condition folder_away;
    struct tally in_use;
    struct tally failed;

    char rules[SOURCE_RULES_MAX];
    bool other_rules; /* than files were last read by: what was not understood is read again */

    /* the pass in progress */
    struct scan_sums *sums;

    /* the file in progress */
    struct outbox_file file;
    char path[FILE_PATH_MAX];
    struct rejects rejects;
    int64_t began_s; /* when its reading began */
    walltime before; /* of its last punch so far; 0 = none yet */
    uint64_t aside;  /* lines of it that were set aside in the outbox too */
    bool any_age;    /* a line that was set aside: those before it do not say how old */
    bool in_transaction;
    bool fresh;
    int64_t size; /* of the file */
    int64_t done; /* bytes read of it */
    struct outbox_scan_file note;
    struct logfile_reader reader;
    struct logline_facts facts; /* of its first reading */
    struct source source;
    char chunk[SCAN_CHUNK];
};

/* ---- scan.c ---- */

bool scan_stopped(const struct scan *scan);
int64_t scan_unix(const struct scan *scan);
int64_t scan_steady_ms(const struct scan *scan);

/* A transaction, if none is open; and its end, if one is: in the midst of a piece, or for good, and
 * then it is told that punches have come. */
bool scan_begin(struct scan *scan, struct error *err);
bool scan_let_others(struct scan *scan, struct error *err);
bool scan_commit(struct scan *scan, struct error *err);
void scan_roll_back(struct scan *scan);

/* What is told of the file for `hipctl sync-now`, in the transaction that is open; with its record,
 * and the transaction's end. */
bool scan_note_file(struct scan *scan, enum outbox_scan_state state, const char *detail,
                    struct error *err);
bool scan_save_file(struct scan *scan, enum outbox_scan_state state, const char *detail,
                    struct error *err);

/* Whether a punch was understood; what that makes of a file that has been read. */
bool scan_is_log(const struct outbox_file *file);
enum outbox_scan_state scan_state_of(const struct outbox_file *file);

/* ---- scan_read.c ---- */

/* Reads the file, which nobody can write to meanwhile, into the outbox, and tells what it held. */
bool scan_read_file(struct scan *scan, struct folder_file *handle,
                    const struct folder_version *version, struct error *err);

#endif
