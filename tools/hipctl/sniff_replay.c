#include <winsock2.h>
#include <ws2tcpip.h>

#include <stdio.h>
#include <string.h>

#include "capture.h"
#include "console.h"
#include "system/file.h"
#include "sniff.h"
#include "system/wide.h"

enum {
    OPEN_MAX = 32,
    ANSWER_MS = 10000, /* that an answer is waited for, */
    MORE_MS = 200,     /* and more of it */
    PIECE = 4096,
};

struct connection {
    SOCKET socket; /* INVALID_SOCKET: free */
    char peer[CAPTURE_PEER_MAX];
};

struct replay {
    struct sockaddr_in to;
    size_t pieces;
    size_t opened;
    struct connection connections[OPEN_MAX];
    struct capture_item item;
};

static struct connection *find(struct replay *replay, const char *peer)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        struct connection *one = &replay->connections[i];
        if (one->socket != INVALID_SOCKET && strcmp(one->peer, peer) == 0) {
            return one;
        }
    }
    return NULL;
}

static void hang_up(struct connection *connection)
{
    if (connection != NULL && connection->socket != INVALID_SOCKET) {
        shutdown(connection->socket, SD_SEND);
        closesocket(connection->socket);
        connection->socket = INVALID_SOCKET;
        capture_event(connection->peer, "closed");
    }
}

/* The connection that stands for this peer, opened if it is not. */
static struct connection *dial(struct replay *replay, const char *peer, struct error *err)
{
    struct connection *connection = find(replay, peer);
    if (connection != NULL) {
        return connection;
    }
    for (size_t i = 0; i < OPEN_MAX && connection == NULL; i++) {
        connection =
            replay->connections[i].socket == INVALID_SOCKET ? &replay->connections[i] : NULL;
    }
    if (connection == NULL) { /* the oldest goes */
        connection = &replay->connections[0];
        hang_up(connection);
    }
    SOCKET socket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (socket == INVALID_SOCKET ||
        connect(socket, (const struct sockaddr *)&replay->to, sizeof replay->to) != 0) {
        wide_error(err, (unsigned long)WSAGetLastError(), console_say("cannot connect to port %d"),
                   (int)ntohs(replay->to.sin_port));
        if (socket != INVALID_SOCKET) {
            closesocket(socket);
        }
        return NULL;
    }
    connection->socket = socket;
    snprintf(connection->peer, sizeof connection->peer, "%s", peer);
    replay->opened++;
    capture_event(peer, "connected");
    return connection;
}

static bool send_piece(struct replay *replay, struct error *err)
{
    struct capture_item *item = &replay->item;
    struct connection *connection = dial(replay, item->peer, err);
    if (connection == NULL) {
        return false;
    }
    capture_bytes(item->peer, "->", (struct span){item->bytes, item->len});
    replay->pieces++;
    if (send(connection->socket, item->bytes, (int)item->len, 0) != (int)item->len) {
        capture_event(item->peer, "lost: the other side has closed");
        hang_up(connection);
    }
    return true;
}

/* Where the capture has an answer, one is waited for. */
static void take_answer(struct replay *replay)
{
    struct connection *connection = find(replay, replay->item.peer);
    DWORD wait = ANSWER_MS;
    if (connection == NULL) {
        return;
    }
    for (;;) {
        char piece[PIECE];
        setsockopt(connection->socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&wait, sizeof wait);
        int got = recv(connection->socket, piece, sizeof piece, 0);
        if (got > 0) {
            capture_bytes(connection->peer, "<-", (struct span){piece, (size_t)got});
            wait = MORE_MS;
            continue;
        }
        bool silent = got < 0 && WSAGetLastError() == WSAETIMEDOUT;
        if (silent && wait == ANSWER_MS) {
            capture_event(connection->peer, "no answer");
        } else if (!silent) {
            hang_up(connection);
        }
        return;
    }
}

static bool play(struct replay *replay, FILE *file, struct error *err)
{
    struct capture_item *item = &replay->item;
    while (capture_read(file, item, err)) {
        switch (item->kind) {
        case CAPTURE_END:
            return true;
        case CAPTURE_SENT:
            if (!send_piece(replay, err)) {
                return false;
            }
            break;
        case CAPTURE_ANSWERED:
            take_answer(replay);
            break;
        case CAPTURE_EVENT:
            if (strstr(item->what, "close") != NULL || strstr(item->what, "lost") != NULL) {
                hang_up(find(replay, item->peer));
            }
            break;
        }
    }
    return false;
}

bool sniff_replay(const char *path, const char *host, int port, size_t *pieces, size_t *connections,
                  struct error *err)
{
    static struct replay replay;
    wchar_t wide[FILE_PATH_MAX];
    replay.to.sin_family = AF_INET;
    replay.to.sin_port = htons((u_short)port);
    if (inet_pton(AF_INET, host, &replay.to.sin_addr) != 1) {
        return error_set(err, ERR_INVALID, 0, console_say("%s is no IPv4 address"), host);
    }
    if (!wide_from_utf8(path, wide, HB_COUNT(wide), err)) {
        return false;
    }
    FILE *file = _wfopen(wide, L"rb");
    if (file == NULL) {
        return error_set(err, ERR_NOT_FOUND, 0, console_say("cannot read %s"), path);
    }
    for (size_t i = 0; i < OPEN_MAX; i++) {
        replay.connections[i].socket = INVALID_SOCKET;
    }
    bool done = play(&replay, file, err);
    for (size_t i = 0; i < OPEN_MAX; i++) {
        hang_up(&replay.connections[i]);
    }
    fclose(file);
    *pieces = replay.pieces;
    *connections = replay.opened;
    return done;
}
