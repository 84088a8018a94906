/*
 * post: one HTTP request with a body, to a server on the internet or on this PC.
 *
 * By Windows' own client: its proxy settings, its certificates (chain and name are verified, which
 * nothing here turns off). No redirection is followed, since a header may hold a secret.
 */
#ifndef HIPBRIDGE_POST_H
#define HIPBRIDGE_POST_H

#include "base/error.h"
#include "base/text.h"

enum { POST_TIMEOUT_MS = 15000, POST_ANSWER_MAX = 300 };

struct post {
    const char *url;    /* https://…, or http://… to this PC */
    const char *header; /* "Name: value"; "": none */
    const char *type;   /* of the body */
    struct span body;
};

/*
 * Sends it and waits for the answer, POST_TIMEOUT_MS at most for each of its parts. True when the
 * answer is 2xx. Fails with ERR_UNREACHABLE; where the server answered something else, with what it
 * said. Any thread; blocks.
 */
bool post_send(const struct post *post, struct error *err);

#endif
