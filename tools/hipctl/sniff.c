/*
 * hipctl sniff: what terminals send, byte for byte, without the service and without http.sys, so
 * that malformed requests and what is no HTTP at all show too.
 *
 * It answers as the bridge does, so that a terminal goes on talking, with one exception: whoever
 * delivers punches is told to come back later. Nothing is stored here, and a terminal that is told
 * OK forgets.
 */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "console.h"
#include "iclock.h"
#include "wide.h"

enum {
    PEERS_MAX = 32,
    REQUEST_MAX = 16384, /* kept of a request; more is shown and counted, not kept */
    PIECE = 4096,
    ROW = 16,      /* bytes of a row of hex, */
    TEXT_ROW = 72, /* and of text */
    IDLE_S = 120,
    PORT_DEFAULT = 9090,
};

struct peer {
    SOCKET socket; /* INVALID_SOCKET: free */
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
    FILE *out; /* NULL: console alone */
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

/* ---- showing ---- */

HB_PRINTF(2, 3)
static void say(struct sniff *sniff, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    console_write(span_of(text));
    if (sniff->out != NULL) {
        fputs(text, sniff->out);
    }
}

static void say_time(struct sniff *sniff)
{
    SYSTEMTIME now;
    GetLocalTime(&now);
    say(sniff, "%04u-%02u-%02u %02u:%02u:%02u.%03u  ", now.wYear, now.wMonth, now.wDay, now.wHour,
        now.wMinute, now.wSecond, now.wMilliseconds);
}

/* Bytes of one line, so few that a row of the screen holds them: tabs as \t, other control bytes as
 * \x.. . */
static void say_row(struct sniff *sniff, struct span bytes, const char *end)
{
    char escaped[TEXT_ROW * 4 + 1];
    char clean[TEXT_ROW * 4 + 1];
    size_t used = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.at[i];
        const char *format = byte == '\t'                  ? "\\t"
                             : byte == '\r'                ? "\\r"
                             : byte < 0x20 || byte == 0x7F ? "\\x%02x"
                                                           : "%c";
        used += (size_t)snprintf(escaped + used, sizeof escaped - used, format, byte);
    }
    utf8_clean((struct span){escaped, used}, clean, sizeof clean);
    say(sniff, "  | %s%s\n", clean, end);
}

static void say_text(struct sniff *sniff, struct span bytes)
{
    struct span line;
    while (span_field(&bytes, '\n', &line)) {
        bool last = bytes.at == NULL;
        while (line.len > TEXT_ROW) {
            size_t cut = utf8_cut(line, TEXT_ROW);
            cut = cut > 0 ? cut : TEXT_ROW;
            say_row(sniff, (struct span){line.at, cut}, "");
            line.at += cut;
            line.len -= cut;
        }
        if (!last || line.len > 0) {
            say_row(sniff, line, last ? "" : "\\n");
        }
    }
}

static void say_hex(struct sniff *sniff, struct span bytes)
{
    for (size_t at = 0; at < bytes.len; at += ROW) {
        char hex[ROW * 3 + 1];
        char text[ROW + 1];
        size_t count = bytes.len - at < ROW ? bytes.len - at : ROW;
        for (size_t i = 0; i < count; i++) {
            unsigned char byte = (unsigned char)bytes.at[at + i];
            snprintf(hex + i * 3, 4, "%02x ", byte);
            text[i] = byte >= 0x20 && byte < 0x7F ? (char)byte : '.';
        }
        text[count] = '\0';
        say(sniff, "  %06zx  %-48s %s\n", at, hex, text);
    }
}

static void say_bytes(struct sniff *sniff, const struct peer *peer, const char *direction,
                      struct span bytes)
{
    say_time(sniff);
    say(sniff, "%s %s %zu bytes\n", peer->name, direction, bytes.len);
    say_text(sniff, bytes);
    say_hex(sniff, bytes);
    if (sniff->out != NULL) {
        fflush(sniff->out);
    }
}

static void say_event(struct sniff *sniff, const struct peer *peer, const char *what)
{
    say_time(sniff);
    say(sniff, "%s %s\n", peer->name, what);
}

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

static void send_reply(struct sniff *sniff, struct peer *peer)
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
    say_bytes(sniff, peer, "<-", bytes);
    if (reply.status == 503) {
        say_event(sniff, peer, "delivers punches: told to come back, it keeps them");
    }
}

/* ---- connections ---- */

static void drop(struct sniff *sniff, struct peer *peer, const char *why)
{
    say_event(sniff, peer, why);
    shutdown(peer->socket, SD_SEND);
    closesocket(peer->socket);
    peer->socket = INVALID_SOCKET;
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
    peer->heard = time(NULL);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, (const char *)&send_ms, sizeof send_ms);
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    snprintf(peer->name, sizeof peer->name, "%s:%u", text, (unsigned)ntohs(address.sin_port));
    say_event(sniff, peer, "connected");
}

static void read_peer(struct sniff *sniff, struct peer *peer)
{
    char piece[PIECE];
    int got = recv(peer->socket, piece, sizeof piece, 0);
    if (got <= 0) {
        drop(sniff, peer, got == 0 ? "closed" : "lost");
        return;
    }
    say_bytes(sniff, peer, "->", (struct span){piece, (size_t)got});
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
        drop(sniff, peer, "answered and closed");
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
        }
        if (select(0, &ready, NULL, NULL, &second) == SOCKET_ERROR) {
            return;
        }
        for (size_t i = 0; i < PEERS_MAX; i++) {
            struct peer *peer = &sniff->peers[i];
            if (peer->socket == INVALID_SOCKET) {
                continue;
            }
            if (FD_ISSET(peer->socket, &ready)) {
                read_peer(sniff, peer);
            } else if (time(NULL) - peer->heard > IDLE_S) {
                drop(sniff, peer, "silent for too long, closed");
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

static bool open_out(struct sniff *sniff, const char *path, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    if (path == NULL) {
        return true;
    }
    if (!wide_from_utf8(path, wide, HB_COUNT(wide), err)) {
        return false;
    }
    sniff->out = _wfopen(wide, L"ab");
    return sniff->out != NULL || error_set(err, ERR_SYSTEM, 0, "cannot write to %s", path);
}

int command_sniff(const struct command_line *line)
{
    static struct sniff sniff;
    struct error err = ERROR_INIT;
    const char *port_text = NULL;
    const char *out = NULL;
    int port = PORT_DEFAULT;
    WSADATA winsock;
    const struct command_option options[] = {{"--port", &port_text, NULL}, {"--out", &out, NULL}};
    if (!command_options(line, options, HB_COUNT(options)) ||
        (port_text != NULL && !command_number(port_text, 1, 65535, &port))) {
        return command_usage("sniff");
    }
    /* Without a configuration it works as well: it is for finding out what there is. */
    struct config *config = config_load(line->config_path, NULL);
    sniff.settings = (struct iclock_settings){"HIP_DEVICE_1", 7 * 60, 10, 30};
    if (config != NULL) {
        sniff.settings = (struct iclock_settings){
            config->listener.default_device_sn, config->listener.timezone_minutes,
            config->listener.delay_s, config->listener.error_delay_s};
        port = port_text != NULL ? port : config->listener.port;
    }
    for (size_t i = 0; i < PEERS_MAX; i++) {
        sniff.peers[i].socket = INVALID_SOCKET;
    }
    sniff.listener = INVALID_SOCKET;
    bool started = WSAStartup(MAKEWORD(2, 2), &winsock) == 0;
    if (started && open_out(&sniff, out, &err) && listen_on(&sniff, port, &err)) {
        console_print("Listening on port %d; Ctrl+C ends it. Nothing is stored or uploaded; "
                      "terminals are told to keep their punches.\n",
                      port);
        serve(&sniff);
        error_set(&err, ERR_SYSTEM, WSAGetLastError(), "the connections were lost");
    }
    if (sniff.listener != INVALID_SOCKET) {
        closesocket(sniff.listener);
    }
    if (sniff.out != NULL) {
        fclose(sniff.out);
    }
    if (started) {
        WSACleanup();
    }
    config_free(config);
    return command_failed(&err);
}
