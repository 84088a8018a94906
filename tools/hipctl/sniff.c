/*
 * hipctl sniff: what terminals send, byte for byte, without http.sys, so that malformed requests
 * and what is no HTTP at all show too.
 *
 * With --forward everything passes through to the running service, both ways, and nothing is
 * answered here. Without it and --relay, it answers as the bridge does, so that a terminal goes on
 * talking, with one exception: whoever delivers punches is told to come back later. Nothing is
 * stored here, and a terminal that is told OK forgets.
 *
 * With --relay everything passes through to a terminal or the vendor's program, both ways. What is
 * secret is masked in what is shown and recorded (formats/speech.h), unless --unmasked says so.
 */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "command.h"
#include "console.h"
#include "iclock/iclock.h"
#include "net/resolve.h"
#include "formats/speech.h"
#include "sniff.h"
#include "system/file.h"
#include "system/wide.h"
#include "config/config_load.h"

enum {
    PEERS_MAX = 32,
    REQUEST_MAX = 16384, /* kept of a request; more is shown and counted, not kept */
    PIECE = 4096,
    IDLE_S = 120,
    FIRST_MAX = 2048,
    SILENT_S = 10, /* after so long a connection that says nothing is told of */
    NAME_MAX_BYTES = 256,
    PORT_DEFAULT = 9090,
};

struct peer {
    SOCKET socket;  /* INVALID_SOCKET: free */
    SOCKET service; /* with --forward, else INVALID_SOCKET */
    char name[ADDRESS_TEXT_MAX + 8];
    time_t heard;
    size_t held;
    uint64_t received; /* of this request, kept or not */
    size_t head;       /* bytes of the head once it is whole, else 0 */
    uint64_t body;     /* bytes that follow it */
    char request[REQUEST_MAX];
    struct speech speech;
    bool told; /* what it speaks */
    size_t first_len;
    char first[FIRST_MAX]; /* bytes that it said */
};

struct sniff {
    SOCKET listener;
    bool passes;           /* everything on, to `to`; else it is answered here */
    struct sockaddr_in to; /* the service on this PC, or where --relay says */
    bool unmasked;
    struct iclock_settings settings;
    struct peer peers[PEERS_MAX];
};

/* ---- connections ---- */

static void hang_up(SOCKET *socket)
{
    if (*socket != INVALID_SOCKET) {
        shutdown(*socket, SD_SEND);
        closesocket(*socket);
    }
    *socket = INVALID_SOCKET;
}

static void drop(struct peer *peer, const char *why)
{
    capture_event(peer->name, why);
    hang_up(&peer->socket);
    hang_up(&peer->service);
}

static void dial(const struct sniff *sniff, struct peer *peer)
{
    peer->service = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (peer->service == INVALID_SOCKET ||
        connect(peer->service, (const struct sockaddr *)&sniff->to, sizeof sniff->to) != 0) {
        drop(peer, "closed: nobody answers where this is passed on to (is it running?)");
    }
}

/* Tells what the peer speaks, once it is clear. */
static void tell_speech(struct peer *peer, struct span bytes)
{
    size_t room = sizeof peer->first - peer->first_len;
    size_t more = bytes.len < room ? bytes.len : room;
    memcpy(peer->first + peer->first_len, bytes.at, more);
    peer->first_len += more;
    enum speech_kind kind = speech_of((struct span){peer->first, peer->first_len});
    if (peer->speech.kind == SPEECH_NOTHING) {
        peer->speech.kind = kind;
    }
    bool clear =
        kind != SPEECH_NOTHING &&
        (kind != SPEECH_HTTP || sniff_head_length((struct span){peer->first, peer->first_len}) > 0);
    if (clear && !peer->told) {
        capture_event(peer->name, speech_words(kind));
        peer->told = true;
    }
}

/* Shows what one side has said, without what is secret in it. */
static void show(const struct sniff *sniff, struct peer *peer, enum speech_side side,
                 struct span bytes)
{
    static char masked[PIECE + ICLOCK_REPLY_MAX + 1024];
    if (side == SPEECH_CALLER) {
        tell_speech(peer, bytes);
    }
    if (bytes.len <= sizeof masked && !sniff->unmasked) {
        memcpy(masked, bytes.at, bytes.len);
        speech_mask(&peer->speech, side, masked, bytes.len);
        bytes.at = masked;
    }
    capture_bytes(peer->name, side == SPEECH_CALLER ? "->" : "<-", bytes);
}

static void answer(const struct sniff *sniff, struct peer *peer)
{
    static char text[ICLOCK_REPLY_MAX + 1024];
    const struct sniff_request request = {{peer->request, peer->held}, peer->head};
    bool kept = false;
    size_t len = sniff_answer(&request, &sniff->settings, text, sizeof text, &kept);
    send(peer->socket, text, (int)len, 0);
    show(sniff, peer, SPEECH_CALLED, (struct span){text, len});
    if (kept) {
        capture_event(peer->name, "delivers punches: told to come back, it keeps them");
    }
}

/* Passes on what one side has said; false at its end. */
static bool pass(const struct sniff *sniff, struct peer *peer, enum speech_side from)
{
    char piece[PIECE];
    SOCKET source = from == SPEECH_CALLER ? peer->socket : peer->service;
    SOCKET target = from == SPEECH_CALLER ? peer->service : peer->socket;
    int got = recv(source, piece, sizeof piece, 0);
    if (got <= 0) {
        return false;
    }
    show(sniff, peer, from, (struct span){piece, (size_t)got});
    return send(target, piece, got, 0) == got;
}

static void accept_peer(struct sniff *sniff)
{
    struct sockaddr_in address;
    int size = sizeof address;
    DWORD send_ms = 5000;
    char text[INET_ADDRSTRLEN] = "?";
    SOCKET socket = accept(sniff->listener, (struct sockaddr *)&address, &size);
    if (socket == INVALID_SOCKET) {
        return;
    }
    struct peer *peer = NULL;
    for (size_t i = 0; i < PEERS_MAX && peer == NULL; i++) {
        peer = sniff->peers[i].socket == INVALID_SOCKET ? &sniff->peers[i] : NULL;
    }
    if (peer == NULL) {
        closesocket(socket); /* it comes back */
        return;
    }
    memset(peer, 0, sizeof *peer);
    peer->socket = socket;
    peer->service = INVALID_SOCKET;
    peer->heard = time(NULL);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, (const char *)&send_ms, sizeof send_ms);
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    snprintf(peer->name, sizeof peer->name, "%s:%u", text, (unsigned)ntohs(address.sin_port));
    capture_event(peer->name, "connected");
    if (sniff->passes) {
        dial(sniff, peer);
    }
}

static void read_peer(const struct sniff *sniff, struct peer *peer)
{
    char piece[PIECE];
    int got = recv(peer->socket, piece, sizeof piece, 0);
    if (got <= 0) {
        drop(peer, got == 0 ? "closed" : "lost");
        return;
    }
    show(sniff, peer, SPEECH_CALLER, (struct span){piece, (size_t)got});
    peer->heard = time(NULL);
    peer->received += (unsigned)got;
    size_t room = REQUEST_MAX - peer->held;
    size_t kept = (size_t)got < room ? (size_t)got : room;
    memcpy(peer->request + peer->held, piece, kept);
    peer->held += kept;
    if (peer->head == 0) {
        struct span value;
        int32_t length = 0;
        peer->head = sniff_head_length((struct span){peer->request, peer->held});
        if (sniff_header((struct span){peer->request, peer->head}, SPAN("Content-Length"),
                         &value) &&
            span_to_int32(value, &length) && length > 0) {
            peer->body = (uint64_t)length;
        }
    }
    if (peer->head > 0 && peer->received >= peer->head + peer->body) {
        answer(sniff, peer);
        drop(peer, "answered and closed");
    }
}

static void hear_peer(const struct sniff *sniff, struct peer *peer, const fd_set *ready)
{
    if (peer->service == INVALID_SOCKET) {
        if (FD_ISSET(peer->socket, ready)) {
            read_peer(sniff, peer);
        }
        return;
    }
    if (FD_ISSET(peer->service, ready) && !pass(sniff, peer, SPEECH_CALLED)) {
        drop(peer, "closed by the other side");
    } else if (FD_ISSET(peer->socket, ready) && !pass(sniff, peer, SPEECH_CALLER)) {
        drop(peer, "closed");
    }
}

static void serve(struct sniff *sniff)
{
    for (;;) {
        fd_set ready;
        struct timeval second = {1, 0};
        FD_ZERO(&ready);
        ready.fd_array[ready.fd_count++] = sniff->listener;
        for (size_t i = 0; i < PEERS_MAX; i++) {
            if (sniff->peers[i].socket != INVALID_SOCKET) {
                ready.fd_array[ready.fd_count++] = sniff->peers[i].socket;
            }
            if (sniff->peers[i].service != INVALID_SOCKET) {
                ready.fd_array[ready.fd_count++] = sniff->peers[i].service;
            }
        }
        if (select(0, &ready, NULL, NULL, &second) == SOCKET_ERROR) {
            return;
        }
        for (size_t i = 0; i < PEERS_MAX; i++) {
            struct peer *peer = &sniff->peers[i];
            if (peer->socket == INVALID_SOCKET) {
                continue;
            }
            bool said = FD_ISSET(peer->socket, &ready) ||
                        (peer->service != INVALID_SOCKET && FD_ISSET(peer->service, &ready));
            if (said) {
                peer->heard = time(NULL);
                hear_peer(sniff, peer, &ready);
            } else if (peer->first_len == 0 && !peer->told &&
                       time(NULL) - peer->heard >= SILENT_S) {
                capture_event(peer->name, speech_words(SPEECH_NOTHING));
                peer->told = true;
            } else if (time(NULL) - peer->heard > IDLE_S) {
                drop(peer, "silent for too long, closed");
            }
        }
        if (FD_ISSET(sniff->listener, &ready)) {
            accept_peer(sniff);
        }
    }
}

static bool listen_on(struct sniff *sniff, int port, struct error *err)
{
    BOOL on = TRUE;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)port)};
    sniff->listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (sniff->listener == INVALID_SOCKET ||
        setsockopt(sniff->listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&on,
                   sizeof on) != 0 ||
        bind(sniff->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(sniff->listener, SOMAXCONN) != 0) {
        int code = WSAGetLastError();
        return code == WSAEADDRINUSE || code == WSAEACCES
                   ? error_set(err, ERR_EXISTS, code,
                               console_say("port %d is taken: stop the service first (net stop "
                                           "HipBridge), or give another port by --port"),
                               port)
                   : wide_error(err, (unsigned long)code, console_say("cannot listen on port %d"),
                                port);
    }
    return true;
}

/* Listens until it is ended, or cannot go on. */
static bool run(struct sniff *sniff, int port, const char *out, struct error *err)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        sniff->peers[i].socket = sniff->peers[i].service = INVALID_SOCKET;
    }
    /* The port first: a file that is there already must not be touched for nothing. */
    if (!listen_on(sniff, port, err) || !capture_open(out, err)) {
        return false;
    }
    if (sniff->passes) {
        char text[INET_ADDRSTRLEN] = "?";
        inet_ntop(AF_INET, &sniff->to.sin_addr, text, sizeof text);
        console_print("Listening on port %d and passing everything on to %s port %u; "
                      "Ctrl+C ends it.\n",
                      port, text, (unsigned)ntohs(sniff->to.sin_port));
    } else {
        console_print("Listening on port %d; Ctrl+C ends it. Nothing is stored or uploaded; "
                      "terminals are told to keep their punches.\n",
                      port);
    }
    serve(sniff);
    return error_set(err, ERR_SYSTEM, WSAGetLastError(), console_say("the connections were lost"));
}

/* "HOST:PORT", by name or address. */
static bool find(const char *where, struct sockaddr_in *to, struct error *err)
{
    char host[NAME_MAX_BYTES];
    char addresses[NAME_MAX_BYTES];
    int port = 0;
    const char *colon = strrchr(where, ':');
    if (colon == NULL || !command_number(colon + 1, 1, 65535, &port) ||
        !span_copy((struct span){where, (size_t)(colon - where)}, host, sizeof host)) {
        return error_set(err, ERR_INVALID, 0, console_say("--relay wants HOST:PORT, not %s"),
                         where);
    }
    *to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((u_short)port)};
    if (inet_pton(AF_INET, host, &to->sin_addr) == 1) {
        return true;
    }
    struct span one;
    struct span rest = {addresses, 0};
    rest.len = resolve_text(host, addresses, sizeof addresses) ? strlen(addresses) : 0;
    while (span_field(&rest, ',', &one)) {
        if (span_copy(span_trim(one), host, sizeof host) &&
            inet_pton(AF_INET, host, &to->sin_addr) == 1) {
            return true;
        }
    }
    return error_set(err, ERR_NOT_FOUND, 0, console_say("cannot find the host in --relay %s"),
                     where);
}

static bool replay(const char *path, const char *host, int port, struct error *err)
{
    size_t pieces = 0;
    size_t connections = 0;
    if (!sniff_replay(path, host, port, &pieces, &connections, err)) {
        return false;
    }
    console_print("Sent %zu pieces on %zu connections to %s port %d.\n", pieces, connections, host,
                  port);
    return true;
}

/* A replay's punches go the way of any others, into the table. */
static bool agreed(const char *path, const char *host, int port, struct error *err)
{
    if (!file_exists(path)) { /* before anybody is asked */
        return error_set(err, ERR_NOT_FOUND, 0, console_say("there is no file %s"), path);
    }
    console_print("This sends what terminals sent in %s to %s port %d; the service there stores it "
                  "and uploads it to the database, as if it came from those terminals.\n",
                  path, host, port);
    return console_agree("Send it?") ||
           error_set(err, ERR_STOPPED, 0,
                     console_say("nothing was sent (--yes sends without asking)"));
}

int command_sniff(const struct command_line *line)
{
    static struct sniff sniff;
    struct error err = ERROR_INIT;
    const char *port_text = NULL;
    const char *out = NULL;
    const char *again = NULL;
    const char *host = "127.0.0.1";
    const char *relay = NULL;
    bool forward = false;
    bool yes = false;
    int port = PORT_DEFAULT;
    int listener_port = PORT_DEFAULT;
    WSADATA winsock;
    const struct command_option options[] = {{"--port", &port_text, NULL},
                                             {"--out", &out, NULL},
                                             {"--forward", NULL, &forward},
                                             {"--replay", &again, NULL},
                                             {"--to", &host, NULL},
                                             {"--relay", &relay, NULL},
                                             {"--unmasked", NULL, &sniff.unmasked},
                                             {"--yes", NULL, &yes}};
    if (!command_options(line, options, HB_COUNT(options)) ||
        (port_text != NULL && !command_number(port_text, 1, 65535, &port)) ||
        ((forward || relay != NULL) && (again != NULL || port_text == NULL)) ||
        (forward && relay != NULL)) {
        return command_usage("sniff");
    }
    /* Without a configuration it works as well: it is for finding out what there is. */
    struct config *config = config_load(line->config_path, NULL);
    sniff.settings = (struct iclock_settings){"HIP_DEVICE_1", 7 * 60, 10, 30};
    if (config != NULL) {
        sniff.settings = (struct iclock_settings){
            config->listener.default_device_sn, config->listener.timezone_minutes,
            config->listener.delay_s, config->listener.error_delay_s};
        listener_port = config->listener.port;
        port = port_text != NULL ? port : listener_port;
    }
    sniff.passes = forward || relay != NULL;
    sniff.to =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((u_short)listener_port)};
    sniff.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sniff.listener = INVALID_SOCKET;
    bool started = WSAStartup(MAKEWORD(2, 2), &winsock) == 0;
    bool done = started && (relay == NULL || find(relay, &sniff.to, &err)) &&
                (again != NULL ? (yes || agreed(again, host, port, &err)) &&
                                     capture_open(out, &err) && replay(again, host, port, &err)
                               : run(&sniff, port, out, &err));
    if (sniff.listener != INVALID_SOCKET) {
        closesocket(sniff.listener);
    }
    capture_close();
    if (started) {
        WSACleanup();
    }
    config_free(config);
    return done ? HIPCTL_DONE : command_failed(&err);
}
