#include "pulled_replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096, ROW = 16, PREFIX = 8, HEAD = 8, CONNECT = 1000, AUTH = 1102 };

struct piece {
    bool terminal; /* it said it */
    size_t len, size;
    uint8_t *bytes;
};

struct pulled_replay {
    struct piece *pieces;
    size_t count;
    size_t at; /* what has been asked lies before it */
};

/* ---- reading ---- */

static struct piece *add(struct pulled_replay *replay, bool terminal, size_t size)
{
    struct piece *grown = realloc(replay->pieces, (replay->count + 1) * sizeof *grown);
    if (grown == NULL) {
        return NULL;
    }
    replay->pieces = grown;
    struct piece *piece = &grown[replay->count];
    *piece = (struct piece){terminal, 0, size, malloc(size + ROW)};
    if (piece->bytes == NULL) {
        return NULL;
    }
    replay->count++;
    return piece;
}

/* "date time peer -> n bytes" */
static bool is_heading(const char *line, bool *terminal, size_t *size)
{
    const char *at = line;
    char *end = NULL;
    for (int i = 0; i < 3 && at != NULL; i++) { /* date, time, peer */
        at = strchr(at, ' ');
        at = at != NULL ? at + strspn(at, " ") : NULL;
    }
    if (line[0] == ' ' || at == NULL) {
        return false;
    }
    *terminal = strncmp(at, "-> ", 3) == 0;
    if (!*terminal && strncmp(at, "<- ", 3) != 0) {
        return false;
    }
    *size = strtoul(at + 3, &end, 10);
    return end != at + 3 && strncmp(end, " bytes", 6) == 0 && *size < 1 << 21;
}

/* "  000010  50 50 82 7d …  text" */
static void add_row(struct piece *piece, const char *line)
{
    char *end = NULL;
    if (strncmp(line, "  ", 2) != 0 || line[2] == '|' ||
        strtoul(line + 2, &end, 16) != piece->len || end == line + 2) {
        return;
    }
    for (int i = 0; i < ROW && piece->len < piece->size; i++) {
        char *next = NULL;
        unsigned long byte = strtoul(end, &next, 16);
        if (next == end || byte > 255) {
            return;
        }
        piece->bytes[piece->len++] = (uint8_t)byte;
        end = next;
    }
}

struct pulled_replay *pulled_replay_open(const char *path)
{
    char line[LINE_MAX_BYTES];
    struct piece *piece = NULL;
    struct pulled_replay *replay = calloc(1, sizeof *replay);
    FILE *file = fopen(path, "r");
    while (replay != NULL && file != NULL && fgets(line, sizeof line, file) != NULL) {
        bool terminal = false;
        size_t size = 0;
        if (is_heading(line, &terminal, &size)) {
            piece = add(replay, terminal, size);
        } else if (piece != NULL) {
            add_row(piece, line);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    if (replay == NULL || replay->count == 0) {
        fprintf(stderr, "pulled: %s is no capture of \"hipctl pull\"\n", path);
        pulled_replay_close(replay);
        return NULL;
    }
    return replay;
}

void pulled_replay_close(struct pulled_replay *replay)
{
    if (replay == NULL) {
        return;
    }
    for (size_t i = 0; i < replay->count; i++) {
        free(replay->pieces[i].bytes);
    }
    free(replay->pieces);
    free(replay);
}

/* ---- answering ---- */

static size_t prefix_of(const uint8_t *bytes, size_t len)
{
    return len >= PREFIX && memcmp(bytes, "\x50\x50\x82\x7d", 4) == 0 ? PREFIX : 0;
}

static unsigned command_of(const uint8_t *bytes, size_t len)
{
    size_t at = prefix_of(bytes, len);
    return len >= at + HEAD ? bytes[at] + 256u * bytes[at + 1] : 0;
}

static bool is_same(const struct piece *piece, const uint8_t *bytes, size_t len)
{
    size_t theirs = prefix_of(piece->bytes, piece->len) + HEAD;
    size_t ours = prefix_of(bytes, len) + HEAD;
    unsigned command = command_of(bytes, len);
    if (piece->terminal || command_of(piece->bytes, piece->len) != command) {
        return false;
    }
    return command == AUTH || (piece->len - theirs == len - ours &&
                               memcmp(piece->bytes + theirs, bytes + ours, len - ours) == 0);
}

/* With the reply id of the question, and a checksum for it. */
static void say(const uint8_t *bytes, size_t len, const uint8_t *reply,
                void (*send)(void *context, const uint8_t *bytes, size_t len), void *context)
{
    uint8_t *copy = malloc(len + 1);
    size_t at = prefix_of(bytes, len);
    uint32_t sum = 0;
    if (copy == NULL) {
        return;
    }
    memcpy(copy, bytes, len);
    copy[len] = 0;
    if (command_of(bytes, len) != 500) {
        memcpy(copy + at + 6, reply, 2);
    }
    memset(copy + at + 2, 0, 2);
    for (size_t i = at; i < len; i += 2) {
        sum += copy[i] + 256u * copy[i + 1];
        sum = sum % 65536 + sum / 65536;
    }
    sum = 65535 - sum;
    copy[at + 2] = (uint8_t)(sum & 255);
    copy[at + 3] = (uint8_t)(sum >> 8);
    send(context, copy, len);
    free(copy);
}

void pulled_replay_take(struct pulled_replay *replay, const uint8_t *bytes, size_t len,
                        void (*send)(void *context, const uint8_t *bytes, size_t len),
                        void *context)
{
    size_t head = prefix_of(bytes, len);
    if (len < head + HEAD) {
        return;
    }
    const uint8_t *reply = bytes + head + 6;
    if (command_of(bytes, len) == CONNECT) {
        replay->at = 0;
    }
    for (size_t i = replay->at; i < replay->count; i++) {
        if (!is_same(&replay->pieces[i], bytes, len)) {
            continue;
        }
        for (i++; i < replay->count && replay->pieces[i].terminal; i++) {
            say(replay->pieces[i].bytes, replay->pieces[i].len, reply, send, context);
        }
        replay->at = i;
        return;
    }
    uint8_t unknown[PREFIX + HEAD] = {0x50, 0x50, 0x82, 0x7d, HEAD, 0, 0, 0, 0xff, 0xff};
    say(unknown + (PREFIX - head), head + HEAD, reply, send, context);
}
