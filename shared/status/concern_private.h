/*
 * concern_private: what the concern*.c files share, and nobody else.
 *
 *   concern.c       the kinds, and finding them
 *   concern_told.c  those that are known by an event that was told
 *   concern_words.c a concern as a sentence
 */
#ifndef HIPBRIDGE_CONCERN_PRIVATE_H
#define HIPBRIDGE_CONCERN_PRIVATE_H

#include "outbox/outbox_event.h"
#include "status/concern.h"
#include "terminals/silence.h"

struct concern_finding;

struct concern_kind {
    const char *code;
    enum concern_level level;
    int event; /* 0: none is reported for it */
    void (*find)(struct concern_finding *finding, const struct concern_kind *kind);
    const char *words; /* English; {n} is the count, {t} the terminal */
    const char *state; /* find_trouble: the uploader's state that it is */

    /* concern_find_told: what was told is a concern for `lasts_s`, or (CONCERN_WHILE) until
       `ended_by` is told or the service starts anew. The others count the event's insertion strings
       from 1; 0: there is none
     */
    int64_t lasts_s;
    int ended_by;
    int terminal; /* the string that names a terminal: each is a concern of its own, else one in all
                   */
    int subject;  /* … that names an address or a file, shown before the reason */
    int reason;
    int lacking; /* … that is a number: "0" is no concern */
};

struct concern_finding {
    struct outbox *outbox;
    const struct config *config;
    const char *service;
    int64_t now_s;
    struct error *err;
    struct concern_list *list;
    size_t of_kind; /* listed of the kind that is being looked for */
    const struct concern_kind *kind;
    bool good; /* false: the outbox cannot be read; all that follows does nothing */

    struct outbox_counts counts;
    struct silence_watch watch;
    char uploader_state[OUTBOX_NOTE_MAX + 1];
    char uploader_error[OUTBOX_NOTE_MAX + 1];
    int64_t tls_until_s; /* end of the database server's certificate; 0: not known */
    int64_t started_s;
    int64_t lines; /* find_file_lines */
    struct concern
        *one; /* of the kind being looked for, where one stands for all; NULL: none yet */
};

enum { CONCERN_WHILE = -1 };

extern const struct concern_kind concern_kinds[];
extern const size_t concern_kind_count;

/* A place for one more, filled with what the kind says; NULL when there is none left. */
struct concern *concern_add(struct concern_finding *finding, const struct concern_kind *kind,
                            int64_t count);

/* Cut where it does not fit. */
void concern_set_text(char *out, size_t size, const char *text);

/* The n-th of an event's insertion strings, from 1; "" where there is none. */
struct span concern_string_of(const struct outbox_event *told, int which);

/* By the events of outbox_event.h. */
void concern_find_told(struct concern_finding *finding, const struct concern_kind *kind);

#endif
