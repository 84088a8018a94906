/*
 * vendor: the punches of the vendor's own database (ZKTime's att2000.mdb, HIP Premium Time's
 * Pm2014.mdb), brought into the outbox.
 *
 * A round opens the file with every way of sharing, reads it once and closes it. Only what was the
 * same to the byte in two rounds is taken (access/jetpass.h), so that rounds have to be 10 seconds
 * and more apart. The state of pages lies in the outbox, in the transaction of the punches that
 * they gave: a page that was taken is skipped until it changes, and what comes again is known by
 * its key. Nothing is inferred from what is gone.
 *
 * Whose a punch is: a table that has the person's own number is read by it; else USERINFO
 * translates the program's number, by the same two rounds, and with its history: see
 * docs/decisions/badges.md. Which terminal it is of: its serial number in the row, where it is one;
 * else what the machine's number stands for by the configuration; else the configured one. What is
 * not certain is set aside whole, with its reason, under OUTBOX_ACCESS_SN as
 * terminal.
 *
 * It proves nothing about what a terminal holds.
 *
 * A struct vendor belongs to one thread. A round blocks on the disk or the share, and on the
 * outbox. Memory does not grow with the file.
 */
#ifndef HIPBRIDGE_VENDOR_H
#define HIPBRIDGE_VENDOR_H

#include "access/jetpunch.h"
#include "config/config.h"
#include "outbox/outbox.h"

#define VENDOR_TABLE "CHECKINOUT"
#define VENDOR_USERS "USERINFO"
#define VENDOR_TYPED "CHECKEXACT"

enum { VENDOR_LEAST_S = 10 }; /* between two rounds */

struct vendor_moment {
    int64_t unix_s;
    walltime wall; /* this PC's wall clock */
};

/* What a round needs of whoever makes it. Nothing here may fail. NULL: never stopped, no pause. */
struct vendor_service {
    bool (*stopped)(void *context);            /* ends a round early */
    bool (*pause)(void *context, unsigned ms); /* lets others at the outbox; false: told to stop */
    void (*appended)(void *context);           /* new punches wait in the outbox */
    void *context;
    int max_mb; /* of the outbox; near it a round waits for another time; 0 = no bound */
};

enum vendor_state {
    VENDOR_READ,    /* the file was read; what is waiting comes in a later round */
    VENDOR_LATER,   /* not there, in exclusive use, or damaged for now: a later round may do */
    VENDOR_REFUSED, /* no file that can be read, or no table of punches in it */
    VENDOR_FAILED,  /* the outbox failed */
    VENDOR_STOPPED, /* told to stop, or to wait for room in the outbox */
};

struct vendor_pages {
    uint32_t pages;
    uint32_t skipped;  /* as they were when they were taken */
    uint32_t waiting;  /* another than in the round before */
    uint32_t restless; /* of those: for three rounds and more */
    uint32_t longest;  /* the most rounds in a row, in each of which one page was another */
    uint32_t damaged;  /* at rest, and give nothing until they change */
    uint32_t again;    /* given, and come again: a person or room in the outbox is waited for */
};

struct vendor_summary {
    enum vendor_state state;
    struct error why; /* of another state than VENDOR_READ */
    bool ace;         /* an .accdb */
    int version;      /* of its format, as in struct jet_head */
    uint64_t bytes;   /* of the file */
    bool own_badges;  /* its punches have the person's own number */
    struct vendor_pages punches, persons, typed_in;
    /* of the rows that this round gave: */
    uint64_t rows;
    uint64_t fresh, known, ignored; /* ignored: before ignore_before */
    uint64_t aside;                 /* set aside, in all; of these: */
    uint64_t no_person, no_terminal;
    uint64_t aside_new;   /* set aside for the first time */
    uint64_t typed;       /* typed in by an operator; taken only with include_typed */
    uint64_t later;       /* come again; of these: */
    uint64_t no_room;     /* there is no more room to set aside */
    walltime first, last; /* of the rows that are punches; 0 = there were none */
};

struct vendor;
struct vendor *vendor_new(struct error *err);
void vendor_free(struct vendor *vendor); /* NULL is fine */

/* One round over config->path, whether it is enabled or not. False: summary->state is
 * VENDOR_FAILED, err says why. What was taken before stays. */
bool vendor_round(struct vendor *vendor, struct outbox *outbox, const struct config_access *config,
                  const struct vendor_moment *moment, const struct vendor_service *service,
                  struct vendor_summary *summary, struct error *err);

#endif
