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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pulled_options.h"
#include "pulled_replay.h"

enum { LINES_MAX = 1024, PEERS_MAX = 8, LINE_MAX_BYTES = 1024 };

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
    return (int64_t)time(NULL) + pulled_options.zone_s + pulled_options.clock_ahead_s;
}

/* ---- what terminals say ---- */

static void flush_out(struct connection *connection)
{
    size_t sent = 0;
    while (sent < connection->out_len) {
        size_t part = connection->out_len - sent;
        if (pulled_options.slice > 0 && part > pulled_options.slice) {
            part = pulled_options.slice;
        }
        ssize_t done = send(connection->socket, connection->out + sent, part, MSG_NOSIGNAL);
        if (done < 0) {
            break;
        }
        sent += (size_t)done;
    }
    memmove(connection->out, connection->out + sent, connection->out_len - sent);
    connection->out_len -= sent;
}

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
    if (pulled_options.gap_ms > 0) {
        struct timespec gap = {0, pulled_options.gap_ms * 1000000};
        flush_out(connection);
        nanosleep(&gap, NULL);
    }
}

static void send_datagram(void *context, const uint8_t *bytes, size_t len)
{
    const struct pulled_line *line = context;
    for (size_t i = 0; i < pulled_options.terminals; i++) {
        struct station *station = &stations[i];
        if (line < station->peers || line >= station->peers + PEERS_MAX) {
            continue;
        }
        const struct sockaddr_in *to = &station->peer_addresses[line - station->peers];
        int times = draw() < pulled_options.drop ? 0 : draw() < pulled_options.twice ? 2 : 1;
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
    flush_out(connection);
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

static size_t most_lines; /* that were open at once */

static void count_lines(void)
{
    size_t count = 0;
    for (size_t i = 0; i < LINES_MAX; i++) {
        count += connections[i].socket >= 0;
    }
    most_lines = count > most_lines ? count : most_lines;
}

static void accept_one(struct station *station)
{
    int on = 1;
    bool busy = connected(station) > 0;
    int socket = accept(station->tcp, NULL, NULL);
    if (socket < 0) {
        return;
    }
    if (busy && pulled_options.second == PULLED_SECOND_KILLS) {
        for (size_t i = 0; i < LINES_MAX; i++) {
            if (connections[i].socket >= 0 && connections[i].station == station) {
                close_connection(&connections[i]);
            }
        }
    }
    for (size_t i = 0; i < LINES_MAX; i++) {
        struct connection *connection = &connections[i];
        if (connection->socket < 0 && !(busy && pulled_options.second == PULLED_SECOND_REFUSED)) {
            fcntl(socket, F_SETFL, O_NONBLOCK);
            setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            connection->socket = socket;
            connection->station = station;
            connection->line = (struct pulled_line){
                .terminal = &station->terminal, .send = send_stream, .context = connection};
            connection->line.dead = busy && pulled_options.second == PULLED_SECOND_MUTE;
            count_lines();
            return;
        }
    }
    close(socket);
}

/* ---- a capture, said again ---- */

static struct pulled_replay *replay;

/* Whole packets of what a connection has sent. */
static void replay_stream(struct connection *connection, const uint8_t *bytes, size_t len)
{
    struct pulled_line *line = &connection->line;
    for (size_t i = 0; i < len && line->in_len < sizeof line->in; i++) {
        line->in[line->in_len++] = bytes[i];
        size_t packet = line->in_len >= 8 ? line->in[4] + 256u * line->in[5] + 8 : SIZE_MAX;
        if (line->in_len == packet) {
            line->in_len = 0;
            pulled_replay_take(replay, line->in, packet, send_stream, connection);
        }
    }
    flush_connection(connection);
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
    if (replay != NULL) {
        replay_stream(connection, bytes, (size_t)len);
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
    if (replay != NULL) {
        pulled_replay_take(replay, bytes, (size_t)len, send_datagram, &station->peers[which]);
        return;
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
    for (size_t i = 0; i < pulled_options.terminals; i++) {
        const struct pulled *terminal = &stations[i].terminal;
        records += terminal->records;
        reads += terminal->whole_reads;
        commands += terminal->commands;
        forbidden = terminal->forbidden[0] != '\0' ? terminal->forbidden : forbidden;
    }
    printf("{\"records\": %llu, \"whole_reads\": %llu, \"commands\": %llu, \"most_lines\": %llu,"
           " \"forbidden\": \"%s\"}\n",
           (unsigned long long)records, (unsigned long long)reads, (unsigned long long)commands,
           (unsigned long long)most_lines, forbidden);
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
        if (!pulled_set_fault(name, &bits)) {
            fprintf(stderr, "pulled: there is no fault %s\n", name);
        }
    }
    for (size_t i = 0; i < pulled_options.terminals; i++) {
        if (strcmp(word, "punch") == 0) {
            for (long n = argument != NULL ? strtol(argument, NULL, 10) : 1; n > 0; n--) {
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
                                  .sin_port = htons((uint16_t)(pulled_options.port + (int)i)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct pulled_plan plan = pulled_options.plan;
    snprintf(station->serial, sizeof station->serial, "%s%04zu", pulled_options.prefix, i + 1);
    plan.serial = station->serial;
    pulled_begin(&station->terminal, &plan);
    station->tcp = socket(AF_INET, SOCK_STREAM, 0);
    station->udp = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(station->tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(station->udp, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    if (bind(station->tcp, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(station->tcp, 16) != 0 ||
        bind(station->udp, (struct sockaddr *)&address, sizeof address) != 0) {
        fprintf(stderr, "pulled: cannot listen on port %d: %s\n", pulled_options.port + (int)i,
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
    static struct pollfd polled[1 + 2 * PULLED_TERMINALS_MAX + LINES_MAX];
    static struct connection *of[1 + 2 * PULLED_TERMINALS_MAX + LINES_MAX];
    char line[LINE_MAX_BYTES];
    size_t line_len = 0;
    double next = clock_now();
    for (;;) {
        size_t count = 0;
        polled[count++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        for (size_t i = 0; i < pulled_options.terminals; i++) {
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
        if (poll(polled, count, pulled_options.rate > 0 ? 20 : 1000) < 0 && errno != EINTR) {
            return;
        }
        while (pulled_options.rate > 0 && clock_now() >= next) {
            next += 1 / pulled_options.rate;
            for (size_t i = 0; i < pulled_options.terminals; i++) {
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
        for (size_t i = 0; i < pulled_options.terminals; i++) {
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

int main(int argc, char **argv)
{
    int status = 1;
    if (!pulled_read_options(argc, argv)) {
        return 2;
    }
    for (size_t i = 0; i < LINES_MAX; i++) {
        connections[i].socket = -1;
    }
    if (pulled_options.replay != NULL &&
        (replay = pulled_replay_open(pulled_options.replay)) == NULL) {
        return 1;
    }
    stations = calloc(pulled_options.terminals, sizeof *stations);
    if (stations == NULL) {
        return 1;
    }
    for (size_t i = 0; i < pulled_options.terminals; i++) {
        if (!open_station(&stations[i], i)) {
            goto cleanup;
        }
    }
    printf("ready\n");
    fflush(stdout);
    run();
    status = 0;
    for (size_t i = 0; i < pulled_options.terminals; i++) {
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
    pulled_replay_close(replay);
    free(stations);
    return status;
}
