/*
 * hipctl sniff: what terminals send, byte for byte, without http.sys, so that malformed requests
 * and what is no HTTP at all show too.
 *
 * With --forward everything passes through to the running service, both ways, and nothing is
 * answered here. Without, it answers as the bridge does, so that a terminal goes on talking, with
 * one exception: whoever delivers punches is told to come back later. Nothing is stored here, and a
 * terminal that is told OK forgets.
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
#include "sniff.h"
#include "system/wide.h"
#include "config/config_load.h"

enum {
    PEERS_MAX = 32,
    REQUEST_MAX = 16384, /* kept of a request; more is shown and counted, not kept */
    PIECE = 4096,
    IDLE_S = 120,
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
};

struct sniff {
    SOCKET listener;
    int forward; /* port of the service on this PC, 0: answered here */
    struct iclock_settings settings;
    struct peer peers[PEERS_MAX];
};

static const struct {
    int status;
    const char *words;
} status_words[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {411, "Length Required"},
    {503, "Service Unavailable"},
};

/* ---- reading a request ---- */

/* The head's end: its length with the blank line, 0 while that has not come. */
static size_t head_length(struct span text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.at[i] == '\n' && text.at[i + 1] == '\n') {
            return i + 2;
        }
        if (i + 2 < text.len && text.at[i] == '\n' && text.at[i + 1] == '\r' &&
            text.at[i + 2] == '\n') {
            return i + 3;
        }
    }
    return 0;
}

static bool header(struct span head, struct span name, struct span *value)
{
    struct span line;
    while (span_field(&head, '\n', &line)) {
        struct span rest = line;
        struct span key;
        if (span_field(&rest, ':', &key) && rest.at != NULL &&
            span_equal_nocase(span_trim(key), name)) {
            *value = span_trim(rest);
            return true;
        }
    }
    return false;
}

static enum iclock_method method_of(struct span word)
{
    return span_equal(word, SPAN("GET"))    ? ICLOCK_GET
           : span_equal(word, SPAN("POST")) ? ICLOCK_POST
           : span_equal(word, SPAN("HEAD")) ? ICLOCK_HEAD
                                            : ICLOCK_OTHER_METHOD;
}

/* Nothing that is to be kept is taken: the terminal keeps it. */
static bool keep_nothing(void *context, const struct iclock_effect *effect, struct error *err)
{
    (void)context;
    if (effect->kind == ICLOCK_EFFECT_PUNCH || effect->kind == ICLOCK_EFFECT_BAD_LINE) {
        return error_set(err, ERR_STOPPED, 0, "punches are not taken here");
    }
    return true;
}

static void make_reply(const struct sniff *sniff, const struct peer *peer,
                       struct iclock_reply *reply)
{
    struct span head = {peer->request, peer->head};
    struct span first;
    struct span method;
    struct span target;
    struct span value;
    struct span lines = head;
    struct iclock_request request;
    struct iclock_call call;
    memset(&request, 0, sizeof request);
    memset(reply, 0, sizeof *reply);
    if (!span_field(&lines, '\n', &first) || !span_word(&first, &method) ||
        !span_word(&first, &target)) {
        iclock_refuse(400, reply);
        return;
    }
    request.method = method_of(method);
    request.query = target;
    span_field(&request.query, '?', &request.path);
    if (request.query.at == NULL) {
        request.query = SPAN("");
    }
    request.body = (struct span){peer->request + peer->head, peer->held - peer->head};
    request.other_family = header(head, SPAN("request_code"), &value);
    iclock_read(&request, &sniff->settings, &call);
    if (!iclock_answer(&call, &sniff->settings, NULL, keep_nothing, NULL, reply, NULL)) {
        iclock_refuse(503, reply);
    }
}

static void send_reply(const struct sniff *sniff, struct peer *peer)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[ICLOCK_REPLY_MAX + 512];
    const char *words = "Answer";
    struct iclock_reply reply;
    SYSTEMTIME now;
    make_reply(sniff, peer, &reply);
    for (size_t i = 0; i < HB_COUNT(status_words); i++) {
        if (status_words[i].status == reply.status) {
            words = status_words[i].words;
        }
    }
    GetSystemTime(&now); /* terminals set their clocks by the Date header */
    int len =
        snprintf(text, sizeof text,
                 "HTTP/1.1 %d %s\r\nDate: %s, %02u %s %04u %02u:%02u:%02u GMT\r\n"
                 "Content-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                 reply.status, words, days[now.wDayOfWeek % 7], now.wDay,
                 months[(now.wMonth + 11) % 12], now.wYear, now.wHour, now.wMinute, now.wSecond,
                 reply.content_type != NULL ? reply.content_type : "text/plain", reply.len);
    memcpy(text + len, reply.body, reply.len);
    struct span bytes = {text, (size_t)len + reply.len};
    send(peer->socket, bytes.at, (int)bytes.len, 0);
    capture_bytes(peer->name, "<-", bytes);
    if (reply.status == 503) {
        capture_event(peer->name, "delivers punches: told to come back, it keeps them");
    }
}

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

static void dial_service(const struct sniff *sniff, struct peer *peer)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((u_short)sniff->forward)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->service = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (peer->service == INVALID_SOCKET ||
        connect(peer->service, (const struct sockaddr *)&to, sizeof to) != 0) {
        drop(peer, "closed: the service does not answer (is it running?)");
    }
}

/* Passes on what one side has said; false at its end. */
static bool pass(const struct peer *peer, SOCKET from, SOCKET to, const char *direction)
{
    char piece[PIECE];
    int got = recv(from, piece, sizeof piece, 0);
    if (got <= 0) {
        return false;
    }
    capture_bytes(peer->name, direction, (struct span){piece, (size_t)got});
    return send(to, piece, got, 0) == got;
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
    if (sniff->forward != 0) {
        dial_service(sniff, peer);
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
    capture_bytes(peer->name, "->", (struct span){piece, (size_t)got});
    peer->heard = time(NULL);
    peer->received += (unsigned)got;
    size_t room = REQUEST_MAX - peer->held;
    size_t kept = (size_t)got < room ? (size_t)got : room;
    memcpy(peer->request + peer->held, piece, kept);
    peer->held += kept;
    if (peer->head == 0) {
        struct span value;
        int32_t length = 0;
        peer->head = head_length((struct span){peer->request, peer->held});
        if (header((struct span){peer->request, peer->head}, SPAN("Content-Length"), &value) &&
            span_to_int32(value, &length) && length > 0) {
            peer->body = (uint64_t)length;
        }
    }
    if (peer->head > 0 && peer->received >= peer->head + peer->body) {
        send_reply(sniff, peer);
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
    if (FD_ISSET(peer->service, ready) && !pass(peer, peer->service, peer->socket, "<-")) {
        drop(peer, "closed by the service");
    } else if (FD_ISSET(peer->socket, ready) && !pass(peer, peer->socket, peer->service, "->")) {
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
                               "port %d is taken: stop the service first (net stop HipBridge), or "
                               "give another port by --port",
                               port)
                   : wide_error(err, (unsigned long)code, "cannot listen on port %d", port);
    }
    return true;
}

/* Listens until it is ended, or cannot go on. */
static bool run(struct sniff *sniff, int port, struct error *err)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        sniff->peers[i].socket = sniff->peers[i].service = INVALID_SOCKET;
    }
    if (!listen_on(sniff, port, err)) {
        return false;
    }
    if (sniff->forward != 0) {
        console_print("Listening on port %d and passing everything on to the service on port %d; "
                      "Ctrl+C ends it.\n",
                      port, sniff->forward);
    } else {
        console_print("Listening on port %d; Ctrl+C ends it. Nothing is stored or uploaded; "
                      "terminals are told to keep their punches.\n",
                      port);
    }
    serve(sniff);
    return error_set(err, ERR_SYSTEM, WSAGetLastError(), "the connections were lost");
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

int command_sniff(const struct command_line *line)
{
    static struct sniff sniff;
    struct error err = ERROR_INIT;
    const char *port_text = NULL;
    const char *out = NULL;
    const char *again = NULL;
    const char *host = "127.0.0.1";
    bool forward = false;
    int port = PORT_DEFAULT;
    int listener_port = PORT_DEFAULT;
    WSADATA winsock;
    const struct command_option options[] = {{"--port", &port_text, NULL},
                                             {"--out", &out, NULL},
                                             {"--forward", NULL, &forward},
                                             {"--replay", &again, NULL},
                                             {"--to", &host, NULL}};
    if (!command_options(line, options, HB_COUNT(options)) ||
        (port_text != NULL && !command_number(port_text, 1, 65535, &port)) ||
        (forward && (again != NULL || port_text == NULL))) {
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
    sniff.forward = forward ? listener_port : 0;
    sniff.listener = INVALID_SOCKET;
    bool started = WSAStartup(MAKEWORD(2, 2), &winsock) == 0;
    bool done = started && capture_open(out, &err) &&
                (again != NULL ? replay(again, host, port, &err) : run(&sniff, port, &err));
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
