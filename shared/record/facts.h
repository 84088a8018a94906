/*
 * facts: what the database is told of this bridge and its terminals (bridge_status, device_status).
 *
 * Texts are UTF-8; longer ones are cut to the columns' widths when they are written.
 */
#ifndef HIPBRIDGE_FACTS_H
#define HIPBRIDGE_FACTS_H

#include "record/punch.h"

enum { FACTS_NAME = 400, FACTS_PROBLEM = 2000, FACTS_FIRMWARE = 256, FACTS_PROOF = 10 };

struct bridge_facts {
    char name[FACTS_NAME + 1];
    char version[21];
    bool running;
    int64_t up_s; /* since it was started */
    int64_t waiting;
    bool has_oldest;
    walltime oldest_waiting; /* when the oldest of them arrived, at UTC */
    int64_t refused;
    int64_t last_seq;
    int problem_id; /* the event of the worst that lasts; 0 = none */
    char problem[FACTS_PROBLEM + 1];
};

struct terminal_facts {
    const char *source;  /* "push", "pull", "log" or "access"; NULL = not known */
    const char *proof;   /* "counted", "read", "file" or "none" */
    walltime last_seen;  /* at UTC */
    walltime last_punch; /* by its own clock */
    walltime through;    /* complete_through, only when complete */
    int64_t data_s;      /* when attendance last came, Unix; not told */
    int64_t records;     /* that it says it holds; -1 = never said */
    int64_t stored;      /* of those, the ones that have come; -1 = not counted */
    int64_t clock_off_s; /* only when clock_known */
    int problem_id;
    bool has_seen;
    bool has_punch;
    bool complete;
    bool clock_known;
    char sn[PUNCH_SN_MAX + 1];
    char name[FACTS_NAME + 1];
    char firmware[FACTS_FIRMWARE + 1];
    char problem[FACTS_PROBLEM + 1];
};

#endif
