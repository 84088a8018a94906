/*
 * vendor_check: what is in the vendor's database, for a person who asks: nothing is stored.
 *
 * The file is read twice, one time after the other, and what was the same is told: half-written
 * pages that last longer than that may be among it, so that nothing here is fit for an outbox.
 *
 * Takes memory for the persons (at most VENDOR_CHECK_PERSONS) and eight bytes a page of the file.
 */
#ifndef HIPBRIDGE_VENDOR_CHECK_H
#define HIPBRIDGE_VENDOR_CHECK_H

#include "vendor/vendor.h"

enum {
    VENDOR_CHECK_PERSONS = 1000000,
    VENDOR_CHECK_MACHINES = 64, /* that are counted; the rest is one */
    VENDOR_CHECK_REASONS = 16,
};

/* A row of the table of punches. */
struct vendor_row {
    const struct jetpunch *punch;
    const char *user;   /* the person's own number; "" = not known */
    const char *sn;     /* of the terminal; "" = not known */
    bool typed;         /* an operator typed it in */
    const char *reason; /* why it would be set aside; NULL = it would be taken */
    const char *line;   /* the row as text (jetpunch_line) */
};

struct vendor_machine {
    char sensor[JETPUNCH_SENSOR_MAX + 1];
    char sn[PUNCH_SN_MAX + 1]; /* as the row has it; "" = none */
    bool believed;             /* as a serial number, so that its rows need no other terminal */
    uint64_t rows;
    walltime last;
};

struct vendor_reason {
    const char *reason; /* static */
    uint64_t rows;
};

struct vendor_report {
    bool ace;
    int version;
    uint64_t bytes;
    bool own_badges;
    uint64_t rows; /* of punches */
    uint64_t good; /* that would be taken */
    uint64_t aside, typed;
    uint64_t persons, persons_without; /* a badge */
    struct vendor_pages pages;         /* of punches */
    uint64_t counted; /* rows as the table's definition counts them: it may be wrong */
    walltime first, last;
    size_t machine_count;
    bool more_machines;
    struct vendor_machine machines[VENDOR_CHECK_MACHINES];
    size_t reason_count;
    struct vendor_reason reasons[VENDOR_CHECK_REASONS];
};

/* Called as the file is read. */
struct vendor_audience {
    /* Each table of the file, and the columns of those that are read; type: enum jet_type. */
    void (*table)(void *context, const char *name, bool linked);
    void (*column)(void *context, const char *table, const char *name, int type);
    /* False ends the check: err is set. */
    bool (*row)(void *context, const struct vendor_row *row, struct error *err);
    void *context;
};

/* Fails as a round would: ERR_INVALID for what cannot be read, ERR_BUSY for now, ERR_NOT_FOUND …
 * The report holds what was learnt until then. */
bool vendor_check(const struct config_access *config, const struct vendor_moment *moment,
                  const struct vendor_audience *audience, struct vendor_report *report,
                  struct error *err);

#endif
