/*
 * terminal_a1: a terminal A1 that asks, pushes and answers commands, around a listener whose clock
 * begins at noon of 2036-03-04 where the terminal is.
 */
#ifndef HIPBRIDGE_TEST_TERMINAL_A1_H
#define HIPBRIDGE_TEST_TERMINAL_A1_H

#include "listening.h"

#include "outbox/outbox_command.h"

enum { DAY_S = 86400 };

static struct intake_item item;
static int64_t handed; /* the id of the command that was handed out last */

static inline void listen_from_noon(const char *config_text)
{
    /* 05:00:00 UTC, which is noon at +7; no compiler is that late. */
    begin_listening(config_text, (struct outbox_options){.skip_pushed = true}, INT64_C(2088219600));
}

static inline int begin_test(void **state)
{
    int failed = scratch_setup(state);
    listen_from_noon("{}");
    return failed;
}

static inline int end_test(void **state)
{
    end_listening();
    return scratch_teardown(state);
}

/* Another case of the same test, with an outbox of its own. */
static inline void begin_case(void)
{
    end_listening();
    scratch_end();
    assert_int_equal(scratch_begin(), 0);
    listen_from_noon("{}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

static inline void wait_s(int64_t seconds)
{
    now.unix_s += seconds;
    now.steady_s += seconds;
}

/* Where requests come from. */
static const char *peer_address = "10.0.0.1";

static inline const char *ask(enum iclock_method method, const char *path, const char *query,
                              const char *body)
{
    struct intake_item *items[] = {&item};
    memset(&item, 0, sizeof item);
    item.request.method = method;
    item.request.path = span_of(path);
    item.request.query = span_of(query);
    item.request.body = span_of(body);
    assert_true(address_parse(span_of(peer_address), &item.peer));
    intake_answer(intake, items, 1, now);
    CHECK_INT(query, 200, item.reply.status);
    item.reply.body[item.reply.len] = '\0';
    return item.reply.body;
}

static inline const char *poll(void)
{
    return ask(ICLOCK_GET, "/iclock/getrequest", "SN=A1", "");
}

static inline void push(const char *body)
{
    ask(ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG&Stamp=1", body);
}

/* What is handed out, without "C:<id>:" and the line's end; "" for OK. */
static inline const char *command(void)
{
    static char text[TERMINAL_COMMAND_MAX + 1];
    const char *reply = poll();
    text[0] = '\0';
    if (strncmp(reply, "C:", 2) == 0) {
        char *end = NULL;
        handed = strtoll(reply + 2, &end, 10);
        assert_int_equal(*end, ':');
        snprintf(text, sizeof text, "%.*s", (int)strcspn(end + 1, "\n"), end + 1);
    }
    return text;
}

/* The result of the command that was handed out last. */
static inline void result(const char *rest)
{
    char body[200];
    snprintf(body, sizeof body, "ID=%lld&%s\n", (long long)handed, rest);
    ask(ICLOCK_POST, "/iclock/devicecmd", "SN=A1", body);
}

static inline void queue(const char *text)
{
    int64_t id = 0;
    DO(outbox_begin(outbox, &err));
    DO(outbox_command_queue(outbox, "A1", text, OUTBOX_ASKED_BY_HAND, now.unix_s, &id, &err));
    DO(outbox_commit(outbox, &err));
}

static inline bool first_command(void *context, const struct outbox_command *one)
{
    *(struct outbox_command *)context = *one;
    return false;
}

static inline struct outbox_command newest(void)
{
    struct outbox_command one;
    memset(&one, 0, sizeof one);
    DO(outbox_each_command(outbox, "A1", first_command, &one, &err));
    return one;
}

#endif
