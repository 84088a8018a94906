/*
 * pulled_replay: a terminal that says again what a real one once said, by the capture that
 * `hipctl pull --out FILE` wrote.
 *
 * What is asked is looked for in the capture, from where it stands on; what followed there is
 * answered, under the reply id of the question. Passwords and keys are not in a capture: any key is
 * right. What was never asked there is answered 65535, unknown.
 */
#ifndef TERMINAL_PULLED_REPLAY_H
#define TERMINAL_PULLED_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pulled_replay;

/* NULL, with a word on the standard error: it cannot be read, or is none. */
struct pulled_replay *pulled_replay_open(const char *path);
void pulled_replay_close(struct pulled_replay *replay);

/* A packet (by UDP as it is, by TCP with its prefix) that a client sent; what is answered goes to
 * `send`, packet by packet. A CONNECT begins the capture anew. */
void pulled_replay_take(struct pulled_replay *replay, const uint8_t *bytes, size_t len,
                        void (*send)(void *context, const uint8_t *bytes, size_t len),
                        void *context);

#endif
