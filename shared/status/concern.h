/*
 * concern: what is wrong, the worst first: the headline of page, hipctl and alarm.
 *
 * Each kind is a row of the table in concern.c, which stands in the order in which they are shown:
 * those that are bad before those to be watched, and among them what holds up most before the rest.
 * To add one, add its row, its Thai in concern_words.c, its words in
 * ../service/http/page/words.js and its line in
 * ../docs/status.md; tests hold the four together, and hold that each event of level warning or
 * error has its row or a sentence in ../docs/events.md that says why not.
 */
#ifndef HIPBRIDGE_CONCERN_H
#define HIPBRIDGE_CONCERN_H

#include "base/error.h"
#include "config/config.h"
#include "outbox/outbox_note.h"
#include "words/reason.h"

/* As a person has to act: not at all, keep an eye on it, now. */
enum concern_level { CONCERN_GOOD, CONCERN_WARN, CONCERN_BAD };

enum {
    CONCERN_MAX = 64,                      /* more are not listed; `worst` still is theirs */
    CONCERN_EACH_MAX = 20,                 /* of one kind */
    CONCERN_WORDS_MAX = REASON_MAX + 1024, /* a reason whole: its end says what to do */
};

/* Lines, files and events of this long ago are not a concern any more. */
enum { CONCERN_LATELY_S = 7 * 86400 };

struct concern {
    const char *code; /* its name in status.json */
    enum concern_level level;
    int event;                        /* 0: none is reported for it */
    int64_t count;                    /* how many it is about; negative: nothing is counted */
    int64_t since_s;                  /* Unix; 0: not known */
    char about[PUNCH_SN_MAX + 1];     /* the terminal it is about; "": none */
    char reason[OUTBOX_NOTE_MAX + 1]; /* in the words of the database or the system; "": none */
};

struct concern_list {
    enum concern_level worst;
    size_t count;
    struct concern concerns[CONCERN_MAX];
};

/*
 * Finds what is wrong by what the outbox holds. `service` is the service's state in a word, as in
 * status_json. now_s: Unix seconds. Reads only; false when the outbox cannot be read. The list is
 * large: not for the stack.
 */
bool concern_find(struct outbox *outbox, const struct config *config, const char *service,
                  int64_t now_s, struct concern_list *list, struct error *err);

/*
 * Keeps what was told (an event, and its insertion strings) where concern_find sees it. Outside a
 * transaction it is some of its own. For the service alone.
 */
bool concern_note(struct outbox *outbox, int event, size_t count, const char *const *strings,
                  int64_t now_s, struct error *err);

/* "good", "warn" or "bad". */
const char *concern_level_name(enum concern_level level);

/* The concern in a sentence without a full stop, with its reason: in English, or where `thai` in
 * Thai (words/reason.h); returns out. */
const char *concern_words(const struct concern *concern, const struct config *config, bool thai,
                          char out[CONCERN_WORDS_MAX]);

/* Its reason alone. */
const char *concern_reason(const struct concern *concern, bool thai, char out[REASON_MAX]);

/* The level for a reader: as concern_level_name has it, or where `thai` in Thai. */
const char *concern_level_words(enum concern_level level, bool thai);

/* The kinds, in their order, for tests and documents: false past the last. */
bool concern_kind(size_t index, const char **code, enum concern_level *level, int *event);

#endif
