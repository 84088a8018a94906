/*
 * vendor_private: what the files of this room share.
 */
#ifndef HIPBRIDGE_VENDOR_PRIVATE_H
#define HIPBRIDGE_VENDOR_PRIVATE_H

#include "access/jetpass.h"
#include "outbox/outbox_vendor.h"
#include "system/folder.h"
#include "vendor/vendor.h"

enum {
    VENDOR_WINDOW = 256, /* pages that are read at once */
    VENDOR_FEW = 4,      /* at first, where it is not sure that the next ones are wanted */
};
#define VENDOR_NO_PAGE UINT32_MAX /* no file has so many */

/* The file, open. Pages that come in rising order are read many at a time. */
struct vendor_file {
    struct folder_file *file;
    uint64_t size;
    struct jet_pages pages;
    struct jet_head head;
    uint32_t first, held; /* pages in the window */
    uint32_t held_most;   /* that were asked for: `held` is less at the file's end */
    uint32_t alone;       /* read outside of it just before; VENDOR_NO_PAGE: none was */
    uint8_t window[VENDOR_WINDOW * JET_PAGE];
};

/* Opens it and reads what it is. ERR_INVALID: none that can be read. */
bool vendor_file_open(struct vendor_file *file, const char *path, struct error *err);
void vendor_file_again(struct vendor_file *file); /* what is read next comes from the disk */
void vendor_file_close(struct vendor_file *file); /* one that is not open is fine */

/* The default where a name is not given. */
const char *vendor_name(const char *given, const char *usual);

/* ERR_NOT_FOUND becomes ERR_INVALID: the file is another than the one that is meant. */
bool vendor_table(const struct jet_pages *pages, const char *name, struct jet_table *table,
                  struct error *err);

/* Which terminal a row is of; "" = nobody can say. */
const char *vendor_sn(const struct config_access *config, const struct jetpunch *punch);

/* As a person reads it; "-" where there is none (0). */
const char *vendor_time(walltime time, char out[WALLTIME_TEXT_MAX]);

/* Why a row is set aside. */
extern const char vendor_no_person[], vendor_no_badge[], vendor_two_badges[], vendor_shared_badge[],
    vendor_changed_badge[], vendor_no_terminal[];

/* The punch of a row whose person and terminal are known. `line` backs its raw. */
void vendor_punch(const struct jetpunch *row, const char *user, const char *sn, struct span line,
                  struct punch *punch);

/* ---- a round ---- */

enum {
    VENDOR_CACHED = 2048,    /* persons */
    VENDOR_ASIDE_COSTS = 15, /* to set a row aside takes as long as so many others */
};

struct vendor_cached {
    bool there;
    int32_t number;
    struct outbox_person person;
};

/* A pass over one table. */
struct vendor_part {
    enum outbox_part which;
    uint32_t page;                  /* that is looked at */
    struct outbox_page state;       /* as it is remembered */
    bool given;                     /* rows of it were given */
    int64_t wants;                  /* what they want: as in struct outbox_page */
    uint8_t map[JET_PAGES_MAX / 8]; /* pages that the table has */
};

struct vendor {
    bool unsettled; /* what is known of persons must be settled first */
    int untyped;    /* rounds in a row that found no table of what was typed in */
    /* of a round: */
    struct outbox *outbox;
    const struct config_access *config;
    const struct vendor_moment *moment;
    const struct vendor_service *service;
    struct vendor_summary *summary;
    bool writing;
    size_t rows, puts; /* in this transaction */
    uint64_t told;     /* fresh rows that `appended` was told of */
    bool outbox_failed;
    bool some_aside; /* something is set aside: it may be read now */
    bool has_typed;
    bool typed_unrest, persons_unrest;
    int64_t version; /* of persons */
    struct jetpunch_columns punch_columns;
    struct jetperson_columns person_columns;
    struct jettyped_columns typed_columns;
    struct vendor_part part;
    struct jet_pass pass;
    struct jet_table punches, persons, typed;
    struct vendor_file file;
    struct vendor_cached cache[VENDOR_CACHED];
};

/* Whether the outbox did it: else it was the outbox that failed, and not the file. */
bool vendor_outbox_said(struct vendor *vendor, bool done);
/* A transaction is open. */
bool vendor_begin(struct vendor *vendor, struct error *err);

/* What a page wants of which a row lies ahead of this PC's clock: another day, or other persons.
 * Below 0, so that it is no version of persons alone. */
int64_t vendor_another_day(const struct vendor *vendor);

/* A row of the table of punches, for jet_pass. */
enum jet_answer vendor_take_punch(void *context, struct span row, bool rehearsal,
                                  struct error *err);

#endif
