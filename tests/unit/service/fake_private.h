/*
 * fake_private: what the parts of fake_httpapi share: fake_httpapi.c has the calls, fake_head.c
 * writes heads, fake_hand.c is what tests hold in their hands.
 */
#ifndef HIPBRIDGE_FAKE_PRIVATE_H
#define HIPBRIDGE_FAKE_PRIVATE_H

#include "service/fake_httpapi.h"

#include "check.h"

enum { QUEUES = 4, REQUESTS = 2048, UNDER_WAY = 1024, SCRIPTS = 64, TURN_MAX = 128, CODES = 8 };

typedef LONG WINAPI set_completion(HANDLE port, ULONG_PTR key, ULONG_PTR context, LONG status,
                                   ULONG_PTR bytes);
typedef HANDLE WINAPI make_port(HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads);

/* Of each call: its name, its letter, and what the documentation gives for it. */
struct fake_documented {
    const char *name;
    char letter; /* '.': neither opens nor closes */
    ULONG codes[CODES + 1];
};
extern const struct fake_documented fake_documented[FAKE_CALLS];

struct queue {
    bool open;
    HANDLE handle; /* an event: only a name for it */
    HANDLE port;
    HTTP_URL_GROUP_ID group;
    wchar_t url[64]; /* "" while it has none */
};

struct arrival {
    uint64_t id; /* 0: the place is free */
    struct fake_request asked;
    struct queue *queue;
    bool delivered;
    bool gone, cut;
    size_t at;    /* of its body, handed over */
    size_t piece; /* the next */
    bool replied, through;
    struct fake_reply reply;
};

struct under_way {
    OVERLAPPED *overlapped; /* NULL: the place is free */
    struct queue *queue;
    enum fake_call call;
    uint64_t id;
    void *buffer;
    ULONG size, flags;
};

struct script {
    enum fake_call call;
    enum fake_how how;
    ULONG code;
    unsigned left;
};

extern struct fake {
    CRITICAL_SECTION lock;
    bool ready;
    set_completion *complete;
    make_port *make_port;
    struct queue queues[QUEUES];
    struct arrival arrivals[REQUESTS];
    struct under_way under_way[UNDER_WAY];
    struct script scripts[SCRIPTS];
    size_t called[FAKE_CALLS];
    char turn[TURN_MAX];
    uint64_t last_id;
    HTTP_URL_GROUP_ID last_group;
    int initialised;
    wchar_t reserved[256]; /* address and access list, a blank between */
    bool at_once, body_must_fit, holds_sends;
} fake;

/* The caller broke a rule: says so and aborts. */
void fake_broken(const char *rule, enum fake_call call);

/* Counts a code that a call was made to give. */
void fake_note_code(enum fake_call call, ULONG code);

struct arrival *fake_arrival(uint64_t id); /* NULL: there is none of that id */

/* The bytes of the next piece; SIZE_MAX: as many as are asked for. */
size_t fake_next_piece(const struct arrival *arrival);
size_t fake_least(size_t a, size_t b);

/* False: the buffer is too small; it then has the id alone. */
bool fake_write_head(struct arrival *arrival, void *buffer, size_t size, ULONG flags);

/* With the lock held: ends what is under way, hands a request over, or takes what the script has.
 */
void fake_finish(struct under_way *one, ULONG code, size_t bytes);
ULONG fake_deliver(struct arrival *arrival, void *buffer, ULONG size, ULONG flags);

#endif
