/*
 * fkpulled: simulated terminals of the FK family that are read on their port, for demo and tests.
 *   fkpulled --port N [--terminals N] [--records N] [--layout 121|122|123|20|32|48] [--password N]
 *            [--serial TEXT] [--faults N] [--slice N] [--cut-each N]
 * Terminal i listens on port + i of 127.0.0.1, with i more at the end of its serial number.
 * `faults` are the bits of fkpulled.h; `slice`: bytes a write; `cut-each`: every connection but
 * each Nth is cut after that many thousand bytes. Reads orders from its standard input, a line
 * each: punch N   each terminal makes N punches stats     prints a line of JSON quit      (so does
 * the end of the input) Exit status: 0; 1 for a failure; 2 for a wrong option; 3 when something was
 * sent to it that a reader must not send.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fkpulled.h"

enum { TERMINALS_MAX = 256, LINES_MAX = 512, PIECE = 4096 };

static struct {
    long port, terminals, records, layout, password, faults, slice, cut_each;
    const char *serial;
} options = {.terminals = 1, .serial = "FKT1234567"};

static struct station {
    struct fkpulled terminal;
    char serial[64];
    int listener;
} stations[TERMINALS_MAX];

static struct connection {
    int socket; /* -1: free */
    long left;  /* bytes until it is cut; -1: it is not */
    struct fkpulled_line line;
} connections[LINES_MAX];

static long accepted;

static void transmit(void *context, const uint8_t *bytes, size_t len)
{
    struct connection *connection = context;
    for (size_t at = 0; at < len && !connection->line.closed;) {
        size_t part = options.slice > 0 && len - at > (size_t)options.slice ? (size_t)options.slice
                                                                            : len - at;
        if (connection->left >= 0 && (long)part > connection->left) {
            part = (size_t)connection->left;
        }
        ssize_t sent = send(connection->socket, bytes + at, part, MSG_NOSIGNAL);
        if (sent < 0) {
            connection->line.closed = true;
            return;
        }
        at += (size_t)sent;
        if (connection->left >= 0 && (connection->left -= (long)sent) == 0) {
            connection->line.closed = true;
        }
    }
}

static bool begin(void)
{
    for (long i = 0; i < options.terminals; i++) {
        struct station *station = &stations[i];
        int on = 1;
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)(options.port + i))};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        snprintf(station->serial, sizeof station->serial, i > 0 ? "%s%ld" : "%s", options.serial,
                 i);
        const struct fkpulled_plan plan = {
            .serial = station->serial,
            .records = options.records > 0 ? (uint32_t)options.records : 0,
            .layout = (unsigned)options.layout,
            .password = (uint32_t)options.password,
            .faults = (unsigned)options.faults,
            .clock = (int64_t)time(NULL) + 7 * 3600,
        };
        fkpulled_begin(&station->terminal, &plan);
        station->listener = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(station->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (station->listener < 0 ||
            bind(station->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
            listen(station->listener, SOMAXCONN) != 0) {
            perror("fkpulled: cannot listen");
            return false;
        }
    }
    for (size_t i = 0; i < LINES_MAX; i++) {
        connections[i].socket = -1;
    }
    return true;
}

static void accept_one(struct station *station)
{
    int socket = accept(station->listener, NULL, NULL);
    for (size_t i = 0; socket >= 0 && i < LINES_MAX; i++) {
        struct connection *connection = &connections[i];
        if (connection->socket >= 0) {
            continue;
        }
        memset(connection, 0, sizeof *connection);
        connection->socket = socket;
        connection->left = -1;
        accepted++;
        if (options.cut_each > 0 && accepted % options.cut_each != 0) {
            connection->left = 40 + accepted * 337 % 9000;
        }
        connection->line.context = connection;
        connection->line.send = transmit;
        fkpulled_accept(&connection->line, &station->terminal);
        station->terminal.plan.clock = (int64_t)time(NULL) + 7 * 3600;
        return;
    }
    if (socket >= 0) {
        close(socket);
    }
}

static void hear(struct connection *connection)
{
    uint8_t piece[PIECE];
    ssize_t got = recv(connection->socket, piece, sizeof piece, 0);
    if (got > 0) {
        fkpulled_take(&connection->line, piece, (size_t)got);
    }
    if (got <= 0 || connection->line.closed) {
        close(connection->socket);
        connection->socket = -1;
    }
}

static const char *forbidden(void)
{
    for (long i = 0; i < options.terminals; i++) {
        if (stations[i].terminal.forbidden[0] != '\0') {
            return stations[i].terminal.forbidden;
        }
    }
    return "";
}

static bool obey(const char *order)
{
    uint64_t reads = 0;
    if (strncmp(order, "punch ", 6) == 0) {
        uint32_t count = (uint32_t)strtoul(order + 6, NULL, 10);
        for (long i = 0; i < options.terminals; i++) {
            stations[i].terminal.records += count;
        }
    } else if (strncmp(order, "stats", 5) == 0) {
        for (long i = 0; i < options.terminals; i++) {
            reads += stations[i].terminal.whole_reads;
        }
        printf("{\"accepted\": %ld, \"reads\": %llu, \"records\": %u, \"forbidden\": \"%s\"}\n",
               accepted, (unsigned long long)reads, (unsigned)stations[0].terminal.records,
               forbidden());
        fflush(stdout);
    } else {
        return false;
    }
    return true;
}

static void serve(void)
{
    for (;;) {
        struct pollfd ready[1 + TERMINALS_MAX + LINES_MAX];
        nfds_t count = 0;
        char order[128];
        ready[count++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        for (long i = 0; i < options.terminals; i++) {
            ready[count++] = (struct pollfd){.fd = stations[i].listener, .events = POLLIN};
        }
        for (size_t i = 0; i < LINES_MAX; i++) {
            ready[count++] = (struct pollfd){.fd = connections[i].socket, .events = POLLIN};
        }
        if (poll(ready, count, -1) < 0) {
            return;
        }
        for (size_t i = 0; i < LINES_MAX; i++) {
            if (ready[1 + (size_t)options.terminals + i].revents != 0 &&
                connections[i].socket >= 0) {
                hear(&connections[i]);
            }
        }
        for (long i = 0; i < options.terminals; i++) {
            if (ready[1 + i].revents != 0) {
                accept_one(&stations[i]);
            }
        }
        if (ready[0].revents != 0 && (fgets(order, sizeof order, stdin) == NULL || !obey(order))) {
            return;
        }
    }
}

int main(int argc, char **argv)
{
    const struct {
        const char *name;
        long *value;
    } numbers[] = {
        {"--port", &options.port},       {"--terminals", &options.terminals},
        {"--records", &options.records}, {"--layout", &options.layout},
        {"--faults", &options.faults},   {"--password", &options.password},
        {"--slice", &options.slice},     {"--cut-each", &options.cut_each},
    };
    for (int i = 1; i < argc; i += 2) {
        long *value = NULL;
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
            value = strcmp(argv[i], numbers[k].name) == 0 ? numbers[k].value : value;
        }
        if (i + 1 == argc || (value == NULL && strcmp(argv[i], "--serial") != 0)) {
            fprintf(stderr, "fkpulled: what is %s?\n", argv[i]);
            return 2;
        }
        if (value != NULL) {
            *value = strtol(argv[i + 1], NULL, 10);
        } else {
            options.serial = argv[i + 1];
        }
    }
    if (options.port < 1 || options.terminals < 1 || options.terminals > TERMINALS_MAX) {
        fprintf(stderr, "fkpulled: --port N, and at most %d --terminals\n", TERMINALS_MAX);
        return 2;
    }
    setvbuf(stdin, NULL, _IONBF, 0);
    if (!begin()) {
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    serve();
    if (forbidden()[0] != '\0') {
        fprintf(stderr, "fkpulled: was sent %s\n", forbidden());
        return 3;
    }
    return 0;
}
