/*
 * speech: which protocol is spoken on a connection, by its first bytes, and what in it must not be
 * kept when it is recorded: passwords, keys, names, cards, fingerprints, faces, photos.
 *
 * Masked bytes become '*' one for one, so that lengths and everything around them stay readable.
 * What is masked:
 * - HTTP: the values of Passwd, Name, Card, TMP, ComKey, "user_name" and the like wherever they
 * stand; photos, templates and packed tables whole; of FkWeb what follows the JSON, but for the
 * records of a log, and enrolment whole;
 * - port 5005: the password of the opening question, and the data of every question that is not
 *   known to hold none of it;
 * - port 4370: the communication key, and users and templates both ways.
 * Of a protocol that is not known nothing can be masked.
 *
 * Nothing here allocates, blocks or fails. One connection belongs to one thread.
 */
#ifndef HIPBRIDGE_SPEECH_H
#define HIPBRIDGE_SPEECH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum speech_kind {
    SPEECH_NOTHING, /* too little to tell */
    SPEECH_ICLOCK,
    SPEECH_FKWEB,
    SPEECH_HTTP, /* neither of both */
    SPEECH_PULL, /* as on port 4370 */
    SPEECH_FK,   /* as on port 5005 */
    SPEECH_TLS,
    SPEECH_OTHER,
};

/* By the first bytes of whoever connected; the more of an HTTP head, the surer. */
enum speech_kind speech_of(struct span first);

/* What it is, and what to do about it; in words for a person, static. */
const char *speech_words(enum speech_kind kind);

enum { SPEECH_LINE_MAX = 256, SPEECH_TAIL = 24, SPEECH_HEAD = 20 };

/* One direction of a connection. */
struct speech_way {
    /* HTTP */
    bool in_body;
    bool fkweb;
    bool all;      /* the whole body is masked */
    bool log;      /* FkWeb's JSON says that records follow */
    bool has_body; /* its length is known: */
    uint64_t body;
    uint64_t at;   /* bytes of the body seen */
    uint32_t json; /* FkWeb: its length */
    size_t line_len;
    char line[SPEECH_LINE_MAX];
    char tail[SPEECH_TAIL]; /* the last bytes, lower case */
    char until;             /* a value is being masked up to this byte ('"'), or to any that ends
                               one ('='); 0: none is */
    bool begun;             /* of a value in quotation marks, the first is past */
    /* binary */
    uint8_t head[SPEECH_HEAD];
    size_t head_len;
    uint64_t pass; /* bytes that stay, */
    uint64_t mask; /* and then bytes that do not */
};

enum speech_side { SPEECH_CALLER, SPEECH_CALLED };

/* All zero to begin with, but for the kind. */
struct speech {
    enum speech_kind kind;
    bool secret; /* the answer to the question under way is masked */
    struct speech_way ways[2];
};

/* Masks the next bytes of one side, in place. */
void speech_mask(struct speech *speech, enum speech_side side, char *bytes, size_t len);

#endif
