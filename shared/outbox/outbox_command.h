/*
 * outbox_command: commands for terminals, from being queued to their result.
 *
 * Rules as in outbox.h. The words are those of devicecmd.h.
 */
#ifndef HIPBRIDGE_OUTBOX_COMMAND_H
#define HIPBRIDGE_OUTBOX_COMMAND_H

#include "outbox/outbox.h"

enum {
    OUTBOX_COMMANDS_KEPT = 50,    /* of a terminal, the newest */
    OUTBOX_COMMAND_AGAIN_S = 600, /* one without a result is handed out again after so long, */
    OUTBOX_COMMAND_TRIES = 3,     /* so often in all; a restart only once, or it would not end */
};

enum outbox_asker { OUTBOX_ASKED_BY_HAND, OUTBOX_ASKED_BY_AUDIT };

struct outbox_command {
    int64_t id;
    enum outbox_asker asker;
    char text[TERMINAL_COMMAND_MAX + 1];
    int64_t queued_s;
    int64_t sent_s; /* handed out, last; 0 = not yet */
    int tries;
    int64_t done_s; /* result received; 0 = not yet */
    int32_t result;
    char answer[TERMINAL_FACTS_MAX + 1];
};

/* Queues one. In a transaction. */
bool outbox_command_queue(struct outbox *outbox, const char *sn, const char *text,
                          enum outbox_asker asker, int64_t now_s, int64_t *id, struct error *err);

/* The next to hand out, if *found. */
bool outbox_command_next(struct outbox *outbox, const char *sn, int64_t now_s,
                         struct outbox_command *command, bool *found, struct error *err);

/* It has been handed out. In a transaction. */
bool outbox_command_sent(struct outbox *outbox, int64_t id, int64_t now_s, struct error *err);

/*
 * The terminal's result of a command that was handed to it and had none yet; *found false: no such
 * one, nothing changes. In a transaction.
 */
bool outbox_command_done(struct outbox *outbox, const char *sn, int64_t id, int32_t result,
                         struct span answer, int64_t now_s, bool *found, struct error *err);

/* The terminal's commands, the newest first. False from the visitor ends it (no failure). */
bool outbox_each_command(struct outbox *outbox, const char *sn,
                         bool (*visit)(void *context, const struct outbox_command *command),
                         void *context, struct error *err);

#endif
