#include "check.h"

#include "net/call.h"
#include "pull/pull.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
typedef SOCKET test_socket;
#define SIZE(size) ((int)(size))
#define QUIET 0
#define close_socket closesocket
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
typedef int test_socket;
#define SIZE(size) (size)
#define QUIET MSG_NOSIGNAL
#define close_socket close
#endif

#include "../../../tools/terminal/pulled.h"

/* A terminal on a socket of this thread's own: it answers between the steps of the call. */
struct station {
    struct pulled terminal;
    struct pulled_line line;
    test_socket door, peer;
    struct sockaddr_in from;
    int port;
};

static int64_t now_ms;

/* The time that a visit sees goes on by the step, so that a deadline needs no waiting. */
static int64_t clock_ms(void)
{
    return now_ms;
}

/* One that has hung up is told nothing. */
static void answer(void *context, const uint8_t *bytes, size_t len)
{
    struct station *station = context;
    if (station->line.datagrams) {
        (void)sendto(station->door, (const void *)bytes, SIZE(len), 0,
                     (struct sockaddr *)&station->from, sizeof station->from);
    } else {
        (void)send(station->peer, (const void *)bytes, SIZE(len), QUIET);
    }
}

static void open_station(struct station *station, bool datagrams)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct pulled_plan plan = {.records = 2000};
    socklen_t len = sizeof address;
    memset(station, 0, sizeof *station);
    pulled_begin(&station->terminal, &plan);
    station->line = (struct pulled_line){
        .terminal = &station->terminal, .datagrams = datagrams, .send = answer, .context = station};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    station->door = socket(AF_INET, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
    assert_int_equal(bind(station->door, (struct sockaddr *)&address, sizeof address), 0);
    if (!datagrams) {
        assert_int_equal(listen(station->door, 1), 0);
    }
    getsockname(station->door, (struct sockaddr *)&address, &len);
    station->port = ntohs(address.sin_port);
}

static bool lies_there(test_socket socket)
{
    struct timeval soon = {0, 200};
    fd_set readers;
    FD_ZERO(&readers);
    FD_SET(socket, &readers);
    return select((int)socket + 1, &readers, NULL, NULL, &soon) == 1;
}

/* What has come for the terminal. */
static void serve(struct station *station, bool *accepted)
{
    uint8_t bytes[2048];
    socklen_t len = sizeof station->from;
    if (station->line.datagrams) {
        if (lies_there(station->door)) {
            long got = (long)recvfrom(station->door, (void *)bytes, SIZE(sizeof bytes), 0,
                                      (struct sockaddr *)&station->from, &len);
            pulled_take(&station->line, bytes, got > 0 ? (size_t)got : 0, 1795795200);
        }
        return;
    }
    if (!*accepted && lies_there(station->door)) {
        station->peer = accept(station->door, NULL, NULL);
        *accepted = true;
    }
    if (*accepted && lies_there(station->peer)) {
        long got = (long)recv(station->peer, (void *)bytes, SIZE(sizeof bytes), 0);
        pulled_take(&station->line, bytes, got > 0 ? (size_t)got : 0, 1795795200);
    }
}

static bool spool(void *context, enum visit_table table, uint64_t offset, const uint8_t *bytes,
                  size_t len, struct error *err)
{
    uint64_t *spooled = context;
    (void)bytes;
    (void)err;
    if (table == VISIT_RECORDS && offset + len > *spooled) {
        *spooled = offset + len;
    }
    return true;
}

static struct visit *new_visit(bool datagrams, uint64_t *spooled)
{
    struct visit *visit = calloc(1, pull_protocol.size);
    assert_non_null(visit);
    visit->protocol = &pull_protocol;
    visit->order.read_count = -1;
    visit->order.datagrams = datagrams;
    visit->sink = (struct visit_sink){spooled, spool, NULL, NULL};
    return visit;
}

static struct address loopback(void)
{
    struct address address;
    assert_true(address_parse(SPAN("127.0.0.1"), &address));
    return address;
}

static void check_read(bool datagrams)
{
    struct station station;
    struct call call;
    struct call *calls[] = {&call};
    struct address address = loopback();
    uint64_t spooled = 0;
    bool accepted = false;
    struct visit *visit = new_visit(datagrams, &spooled);
    open_station(&station, datagrams);
    call_begin(&call, visit, &address, station.port, now_ms);
    for (int i = 0; i < 5000 && visit->outcome == VISIT_RUNNING; i++) {
        call_step(calls, 1, clock_ms, 1);
        serve(&station, &accepted);
        now_ms++;
    }
    CHECK_TEXT("read", "", visit->why);
    CHECK_INT("read", VISIT_READ, visit->outcome);
    CHECK_INT("spooled", 2000 * 40 + 4, spooled);
    CHECK_TEXT("allowed", "", station.terminal.forbidden);
    call_end(&call);
    free(visit);
    close_socket(station.door);
    if (accepted) {
        close_socket(station.peer);
    }
}

static void test_reads(void **state)
{
    (void)state;
    /* Sockets come with the first line that is dialled. */
    check_read(false);
    check_read(true);
}

static void test_nobody_there(void **state)
{
    (void)state;
    struct station station;
    struct call call;
    struct call *calls[] = {&call};
    struct address address = loopback();
    uint64_t spooled = 0;
    struct visit *visit = new_visit(false, &spooled);
    open_station(&station, false);
    close_socket(station.door);
    call_begin(&call, visit, &address, station.port, now_ms);
    for (int i = 0; i < 5000 && visit->outcome == VISIT_RUNNING; i++) {
        call_step(calls, 1, clock_ms, 1);
    }
    CHECK_INT("refused", VISIT_SILENT, visit->outcome);
    assert_true(visit->why[0] != '\0');
    call_end(&call);
    free(visit);
}

/* One that accepts and says nothing is given up at its deadline, with its farewell. */
static void test_mute(void **state)
{
    (void)state;
    struct station station;
    struct call call;
    struct call *calls[] = {&call};
    struct address address = loopback();
    uint64_t spooled = 0;
    struct visit *visit = new_visit(false, &spooled);
    open_station(&station, false);
    call_begin(&call, visit, &address, station.port, now_ms);
    for (int i = 0; i < 5000 && !call.dialled; i++) {
        call_step(calls, 1, clock_ms, 1);
    }
    now_ms += PULL_ANSWER_MS - 1;
    call_step(calls, 1, clock_ms, 0);
    CHECK_INT("patient", VISIT_RUNNING, visit->outcome);
    now_ms += 1;
    call_step(calls, 1, clock_ms, 0);
    CHECK_INT("given up", VISIT_SILENT, visit->outcome);
    call_end(&call);
    free(visit);
    close_socket(station.door);
}

/* The farewell is sent when it is broken off, and by the one that hangs up. */
static void test_broken_off(void **state)
{
    (void)state;
    struct station station;
    struct call call;
    struct call *calls[] = {&call};
    struct address address = loopback();
    uint64_t spooled = 0;
    bool accepted = false;
    struct visit *visit = new_visit(false, &spooled);
    open_station(&station, false);
    call_begin(&call, visit, &address, station.port, now_ms);
    for (int i = 0; i < 8; i++) {
        call_step(calls, 1, clock_ms, 1);
        serve(&station, &accepted);
    }
    visit->protocol->stop(visit, now_ms);
    call_end(&call);
    for (int i = 0; i < 20 && !station.line.closed; i++) {
        serve(&station, &accepted);
    }
    CHECK_INT("EXIT came", true, station.line.closed);
    free(visit);
    close_socket(station.door);
    close_socket(station.peer);
}

static int begin_sockets(void **state)
{
    (void)state;
#ifdef _WIN32
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data);
#else
    return 0;
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_mute),
        cmocka_unit_test(test_broken_off),
    };
    return cmocka_run_group_tests(tests, begin_sockets, NULL);
}
