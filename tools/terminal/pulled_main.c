/*
 * pulled: simulated terminals that are read on their port, by TCP and UDP at once, for demo and
 * tests. Terminal i listens on port + i. Reads orders from its standard input, a line each:
 *   punch N        each terminal makes N punches
 *   clear          each loses its log
 *   fault NAME …   from now on (none: none)
 *   serial TEXT    terminal 0 is another one
 *   stats          prints a line of JSON
 *   quit           (so does the end of the input)
 * Exit status: 0; 1 for a failure; 2 for a wrong option; 3 when something was sent to it that a
 * reader must not send.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pulled.h"
#include "record.h"

enum { TERMINALS_MAX = 200, LINES_MAX = 1024, PEERS_MAX = 8, LINE_MAX_BYTES = 1024 };

enum second { SECOND_SERVED, SECOND_REFUSED, SECOND_MUTE, SECOND_KILLS };

static struct {
    int port;
    size_t terminals;
    const char *prefix;
    struct pulled_plan plan;
    int64_t clock_ahead_s;
    int64_t zone_s; /* its wall clock less UTC */
    size_t slice;
    unsigned drop, twice;
    enum second second;
    double rate;
} options = {.port = 4370, .terminals = 1, .prefix = "PUL", .zone_s = 7 * 3600};

static const struct {
    const char *name;
    uint32_t bit;
} faults[] = {
    {"fragments", PULLED_FRAGMENTS},
    {"no-session", PULLED_NO_SESSION},
    {"short-head", PULLED_SHORT_HEAD},
    {"events", PULLED_EVENTS},
    {"bare-data", PULLED_BARE_DATA},
    {"split-direct", PULLED_SPLIT_DIRECT},
    {"half-direct", PULLED_HALF_DIRECT},
    {"grow-before", PULLED_GROW_BEFORE},
    {"grow-after", PULLED_GROW_AFTER},
    {"odd-total", PULLED_ODD_TOTAL},
    {"count-more", PULLED_COUNT_MORE},
    {"count-zero", PULLED_COUNT_ZERO},
    {"bad-dates", PULLED_BAD_DATES},
    {"key-always", PULLED_KEY_ALWAYS},
    {"6001", PULLED_REFUSES},
    {"4989", PULLED_ACCESS},
    {"plain", PULLED_PLAIN},
    {"no-options", PULLED_NO_OPTIONS},
    {"bad-checksum", PULLED_BAD_CHECKSUM},
    {"bad-magic", PULLED_BAD_MAGIC},
    {"bad-length", PULLED_BAD_LENGTH},
    {"huge", PULLED_HUGE},
    {"no-serial", PULLED_NO_SERIAL},
    {"no-echo", PULLED_NO_ECHO},
    {"panel", PULLED_PANEL},
    {"miscount", PULLED_MISCOUNT},
    {"no-counts", PULLED_NO_FREE_SIZES},
};

static struct station {
    struct pulled terminal;
    char serial[64];
    int tcp, udp;
    struct pulled_line peers[PEERS_MAX]; /* by UDP */
    struct sockaddr_in peer_addresses[PEERS_MAX];
    size_t peer_next;
} * stations;

static struct connection {
    int socket; /* -1: free */
    struct station *station;
    struct pulled_line line;
    uint8_t *out;
    size_t out_len, out_size;
} connections[LINES_MAX];

static uint64_t random_state = 88172645463325252u;

static unsigned draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % 100);
}

static int64_t wall(void)
{
    return (int64_t)time(NULL) + options.zone_s + options.clock_ahead_s;
}

static bool set_fault(const char *name, uint32_t *bits)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(faults[i].name, name) == 0) {
            *bits |= faults[i].bit;
            return true;
        }
    }
    return false;
}

/* ---- what terminals say ---- */

static void send_stream(void *context, const uint8_t *bytes, size_t len)
{
    struct connection *connection = context;
    if (connection->out_len + len > connection->out_size) {
        size_t size = (connection->out_len + len) * 2;
        uint8_t *grown = realloc(connection->out, size);
        if (grown == NULL) {
            exit(1);
        }
        connection->out = grown;
        connection->out_size = size;
    }
    memcpy(connection->out + connection->out_len, bytes, len);
    connection->out_len += len;
}

static void send_datagram(void *context, const uint8_t *bytes, size_t len)
{
    const struct pulled_line *line = context;
    for (size_t i = 0; i < options.terminals; i++) {
        struct station *station = &stations[i];
        if (line < station->peers || line >= station->peers + PEERS_MAX) {
            continue;
        }
        const struct sockaddr_in *to = &station->peer_addresses[line - station->peers];
        int times = draw() < options.drop ? 0 : draw() < options.twice ? 2 : 1;
        while (times-- > 0) {
            (void)sendto(station->udp, bytes, len, 0, (const struct sockaddr *)to, sizeof *to);
        }
    }
}

static void close_connection(struct connection *connection)
{
    close(connection->socket);
    free(connection->out);
    memset(connection, 0, sizeof *connection);
    connection->socket = -1;
}

static void flush_connection(struct connection *connection)
{
    size_t sent = 0;
    while (sent < connection->out_len) {
        size_t part = connection->out_len - sent;
        if (options.slice > 0 && part > options.slice) {
            part = options.slice;
        }
        ssize_t done = send(connection->socket, connection->out + sent, part, MSG_NOSIGNAL);
        if (done < 0) {
            break;
        }
        sent += (size_t)done;
    }
    memmove(connection->out, connection->out + sent, connection->out_len - sent);
    connection->out_len -= sent;
    if (connection->line.closed && connection->out_len == 0) {
        close_connection(connection);
    }
}

/* ---- what they are told ---- */

static size_t connected(const struct station *station)
{
    size_t count = 0;
    for (size_t i = 0; i < LINES_MAX; i++) {
        count += connections[i].socket >= 0 && connections[i].station == station;
    }
    return count;
}

static void accept_one(struct station *station)
{
    int on = 1;
    bool busy = connected(station) > 0;
    int socket = accept(station->tcp, NULL, NULL);
    if (socket < 0) {
        return;
    }
    if (busy && options.second == SECOND_KILLS) {
        for (size_t i = 0; i < LINES_MAX; i++) {
            if (connections[i].socket >= 0 && connections[i].station == station) {
                close_connection(&connections[i]);
            }
        }
    }
    for (size_t i = 0; i < LINES_MAX; i++) {
        struct connection *connection = &connections[i];
        if (connection->socket < 0 && !(busy && options.second == SECOND_REFUSED)) {
            fcntl(socket, F_SETFL, O_NONBLOCK);
            setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            connection->socket = socket;
            connection->station = station;
            connection->line = (struct pulled_line){
                .terminal = &station->terminal, .send = send_stream, .context = connection};
            connection->line.dead = busy && options.second == SECOND_MUTE;
            return;
        }
    }
    close(socket);
}

static void read_stream(struct connection *connection)
{
    uint8_t bytes[4096];
    ssize_t len = recv(connection->socket, bytes, sizeof bytes, 0);
    if (len <= 0) {
        if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
            close_connection(connection);
        }
        return;
    }
    pulled_take(&connection->line, bytes, (size_t)len, wall());
    flush_connection(connection);
}

static void read_datagram(struct station *station)
{
    uint8_t bytes[4096];
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    ssize_t len =
        recvfrom(station->udp, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
    size_t which = PEERS_MAX;
    if (len < 0) {
        return;
    }
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (station->peers[i].terminal != NULL &&
            memcmp(&station->peer_addresses[i], &from, sizeof from) == 0) {
            which = i;
        }
    }
    if (which == PEERS_MAX) {
        which = station->peer_next++ % PEERS_MAX;
        station->peer_addresses[which] = from;
        station->peers[which] = (struct pulled_line){.terminal = &station->terminal,
                                                     .datagrams = true,
                                                     .send = send_datagram,
                                                     .context = &station->peers[which]};
    }
    pulled_take(&station->peers[which], bytes, (size_t)len, wall());
}

/* ---- orders ---- */

static void punch(struct station *station)
{
    struct pulled_line *live = NULL;
    struct connection *on = NULL;
    for (size_t i = 0; i < LINES_MAX; i++) {
        if (connections[i].socket >= 0 && connections[i].station == station &&
            connections[i].line.live) {
            on = &connections[i];
            live = &on->line;
        }
    }
    pulled_punch(&station->terminal, live);
    if (on != NULL) {
        flush_connection(on);
    }
}

static void print_stats(void)
{
    uint64_t records = 0;
    uint64_t reads = 0;
    uint64_t commands = 0;
    const char *forbidden = "";
    for (size_t i = 0; i < options.terminals; i++) {
        const struct pulled *terminal = &stations[i].terminal;
        records += terminal->records;
        reads += terminal->whole_reads;
        commands += terminal->commands;
        forbidden = terminal->forbidden[0] != '\0' ? terminal->forbidden : forbidden;
    }
    printf(
        "{\"records\": %llu, \"whole_reads\": %llu, \"commands\": %llu, \"forbidden\": \"%s\"}\n",
        (unsigned long long)records, (unsigned long long)reads, (unsigned long long)commands,
        forbidden);
    fflush(stdout);
}

/* False: quit. */
static bool obey(char *line)
{
    char *rest = NULL;
    char *word = strtok_r(line, " \r\n", &rest);
    char *argument = strtok_r(NULL, " \r\n", &rest);
    if (word == NULL) {
        return true;
    }
    if (strcmp(word, "quit") == 0) {
        return false;
    }
    if (strcmp(word, "stats") == 0) {
        print_stats();
        return true;
    }
    if (strcmp(word, "serial") == 0 && argument != NULL) {
        snprintf(stations[0].serial, sizeof stations[0].serial, "%s", argument);
    }
    uint32_t bits = 0;
    for (char *name = argument; strcmp(word, "fault") == 0 && name != NULL;
         name = strtok_r(NULL, " \r\n", &rest)) {
        if (!set_fault(name, &bits)) {
            fprintf(stderr, "pulled: there is no fault %s\n", name);
        }
    }
    for (size_t i = 0; i < options.terminals; i++) {
        if (strcmp(word, "punch") == 0) {
            for (long n = argument != NULL ? atol(argument) : 1; n > 0; n--) {
                punch(&stations[i]);
            }
        } else if (strcmp(word, "clear") == 0) {
            stations[i].terminal.plan.start =
                pulled_time(&stations[i].terminal, stations[i].terminal.records);
            stations[i].terminal.records = 0;
        } else if (strcmp(word, "fault") == 0) {
            stations[i].terminal.plan.faults = bits;
        }
    }
    printf("ok\n");
    fflush(stdout);
    return true;
}

/* ---- the loop ---- */

static bool open_station(struct station *station, size_t i)
{
    int on = 1;
    int room = 1 << 20;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)(options.port + (int)i)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct pulled_plan plan = options.plan;
    snprintf(station->serial, sizeof station->serial, "%s%04zu", options.prefix, i + 1);
    plan.serial = station->serial;
    pulled_begin(&station->terminal, &plan);
    station->tcp = socket(AF_INET, SOCK_STREAM, 0);
    station->udp = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(station->tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(station->udp, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    if (bind(station->tcp, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(station->tcp, 16) != 0 ||
        bind(station->udp, (struct sockaddr *)&address, sizeof address) != 0) {
        fprintf(stderr, "pulled: cannot listen on port %d: %s\n", options.port + (int)i,
                strerror(errno));
        return false;
    }
    return true;
}

static double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(void)
{
    static struct pollfd polled[1 + 2 * TERMINALS_MAX + LINES_MAX];
    static struct connection *of[1 + 2 * TERMINALS_MAX + LINES_MAX];
    char line[LINE_MAX_BYTES];
    size_t line_len = 0;
    double next = clock_now();
    for (;;) {
        size_t count = 0;
        polled[count++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        for (size_t i = 0; i < options.terminals; i++) {
            polled[count++] = (struct pollfd){.fd = stations[i].tcp, .events = POLLIN};
            polled[count++] = (struct pollfd){.fd = stations[i].udp, .events = POLLIN};
        }
        size_t streams = count;
        for (size_t i = 0; i < LINES_MAX; i++) {
            if (connections[i].socket >= 0) {
                of[count] = &connections[i];
                short events = connections[i].out_len > 0 ? POLLIN | POLLOUT : POLLIN;
                polled[count++] = (struct pollfd){.fd = connections[i].socket, .events = events};
            }
        }
        if (poll(polled, count, options.rate > 0 ? 20 : 1000) < 0 && errno != EINTR) {
            return;
        }
        while (options.rate > 0 && clock_now() >= next) {
            next += 1 / options.rate;
            for (size_t i = 0; i < options.terminals; i++) {
                punch(&stations[i]);
            }
        }
        for (size_t i = streams; i < count; i++) {
            if (of[i]->socket == polled[i].fd && (polled[i].revents & POLLOUT) != 0) {
                flush_connection(of[i]);
            }
            if (of[i]->socket == polled[i].fd && (polled[i].revents & ~POLLOUT) != 0) {
                read_stream(of[i]);
            }
        }
        for (size_t i = 0; i < options.terminals; i++) {
            if (polled[1 + 2 * i].revents != 0) {
                accept_one(&stations[i]);
            }
            if (polled[2 + 2 * i].revents != 0) {
                read_datagram(&stations[i]);
            }
        }
        if (polled[0].revents != 0) {
            ssize_t len = read(STDIN_FILENO, line + line_len, sizeof line - 1 - line_len);
            if (len <= 0) {
                return;
            }
            line_len += (size_t)len;
            line[line_len] = '\0';
            for (char *end; (end = strchr(line, '\n')) != NULL;) {
                char order[LINE_MAX_BYTES];
                *end = '\0';
                snprintf(order, sizeof order, "%s", line);
                line_len -= (size_t)(end + 1 - line);
                memmove(line, end + 1, line_len + 1);
                if (!obey(order)) {
                    return;
                }
            }
        }
    }
}

/* ---- options ---- */

static const char usage[] =
    "usage: pulled [OPTION…]\n"
    "  --port N           of the first terminal, on 127.0.0.1 (4370)\n"
    "  --terminals N      how many (1)\n"
    "  --serial-prefix T  serial numbers are this and a number of four digits (PUL)\n"
    "  --records N        that each holds (100); 0: none\n"
    "  --capacity N       for records (100000)\n"
    "  --users N          (7)\n"
    "  --layout N         81, 82 (8 bytes, A and B), 16, 22, 40, 49 (40)\n"
    "  --user-size N      28 or 72 (72)\n"
    "  --start TIME       of the first record (2026-09-21 14:13:20)\n"
    "  --interval S       between two (37)\n"
    "  --key N            its communication key\n"
    "  --clock S          its clock is so many seconds ahead\n"
    "  --zone HOURS       its time zone (7)\n"
    "  --rate R           punches a second that each makes\n"
    "  --fault NAME       a misbehaviour; may be repeated\n"
    "  --mute N, --close N, --cut N   at command number N\n"
    "  --slice N          bytes written at once\n"
    "  --piece N          bytes of data in a datagram (1024)\n"
    "  --drop P, --twice P  of the datagrams, in percent\n"
    "  --second HOW       a second connection is served, refused, mute, or kills the first\n"
    "faults:";

static bool take_option(int code, const char *text)
{
    struct pulled_plan *plan = &options.plan;
    long number = atol(text);
    switch (code) {
    case 'p':
        options.port = (int)number;
        return number > 0 && number < 65536;
    case 't':
        options.terminals = (size_t)number;
        return number > 0 && number <= TERMINALS_MAX;
    case 'S':
        options.prefix = text;
        return strlen(text) < 40;
    case 'r':
        plan->records = number == 0 ? PULLED_NONE : (uint32_t)number;
        return number >= 0;
    case 'c':
        plan->capacity = (uint32_t)number;
        return number > 0;
    case 'u':
        plan->users = (uint32_t)number;
        return number > 0 && number < 60000;
    case 'l':
        plan->layout = (unsigned)number;
        return number == 81 || number == 82 || number == 16 || number == 22 || number == 40 ||
               number == 49;
    case 'U':
        plan->user_size = (unsigned)number;
        return number == 28 || number == 72;
    case 's':
        return record_time_parse(text, &plan->start);
    case 'i':
        plan->interval_s = number;
        return number > 0;
    case 'k':
        plan->key = (uint32_t)number;
        plan->wants_key = true;
        return number >= 0 && number <= 999999;
    case 'C':
        options.clock_ahead_s = number;
        return true;
    case 'z':
        options.zone_s = number * 3600;
        return true;
    case 'R':
        options.rate = atof(text);
        return options.rate > 0;
    case 'f':
        return set_fault(text, &plan->faults);
    case 'm':
        plan->mute_at = (unsigned)number;
        return true;
    case 'x':
        plan->close_at = (unsigned)number;
        return true;
    case 'X':
        plan->cut_at = (unsigned)number;
        return true;
    case 'L':
        options.slice = (size_t)number;
        return number > 0;
    case 'P':
        plan->data_piece = (unsigned)number;
        return number > 0 && number <= 60000;
    case 'd':
        options.drop = (unsigned)number;
        return number >= 0 && number < 100;
    case 'w':
        options.twice = (unsigned)number;
        return number >= 0 && number < 100;
    case '2':
        options.second = strcmp(text, "refused") == 0 ? SECOND_REFUSED
                         : strcmp(text, "mute") == 0  ? SECOND_MUTE
                         : strcmp(text, "kills") == 0 ? SECOND_KILLS
                                                      : SECOND_SERVED;
        return true;
    default:
        return false;
    }
}

static const struct option long_options[] = {
    {"port", required_argument, NULL, 'p'},     {"terminals", required_argument, NULL, 't'},
    {"records", required_argument, NULL, 'r'},  {"serial-prefix", required_argument, NULL, 'S'},
    {"capacity", required_argument, NULL, 'c'}, {"users", required_argument, NULL, 'u'},
    {"layout", required_argument, NULL, 'l'},   {"user-size", required_argument, NULL, 'U'},
    {"start", required_argument, NULL, 's'},    {"interval", required_argument, NULL, 'i'},
    {"key", required_argument, NULL, 'k'},      {"clock", required_argument, NULL, 'C'},
    {"zone", required_argument, NULL, 'z'},     {"rate", required_argument, NULL, 'R'},
    {"fault", required_argument, NULL, 'f'},    {"mute", required_argument, NULL, 'm'},
    {"close", required_argument, NULL, 'x'},    {"cut", required_argument, NULL, 'X'},
    {"slice", required_argument, NULL, 'L'},    {"piece", required_argument, NULL, 'P'},
    {"drop", required_argument, NULL, 'd'},     {"twice", required_argument, NULL, 'w'},
    {"second", required_argument, NULL, '2'},   {NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
    int code;
    int status = 1;
    while ((code = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (code == '?' || !take_option(code, optarg)) {
            fputs(usage, stderr);
            for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
                fprintf(stderr, " %s", faults[i].name);
            }
            fputs("\n", stderr);
            return 2;
        }
    }
    for (size_t i = 0; i < LINES_MAX; i++) {
        connections[i].socket = -1;
    }
    stations = calloc(options.terminals, sizeof *stations);
    if (stations == NULL) {
        return 1;
    }
    for (size_t i = 0; i < options.terminals; i++) {
        if (!open_station(&stations[i], i)) {
            goto cleanup;
        }
    }
    printf("ready\n");
    fflush(stdout);
    run();
    status = 0;
    for (size_t i = 0; i < options.terminals; i++) {
        if (stations[i].terminal.forbidden[0] != '\0') {
            fprintf(stderr, "pulled: %s was sent %s\n", stations[i].serial,
                    stations[i].terminal.forbidden);
            status = 3;
        }
    }

cleanup:
    for (size_t i = 0; i < LINES_MAX; i++) {
        if (connections[i].socket >= 0) {
            close_connection(&connections[i]);
        }
    }
    free(stations);
    return status;
}
