/*
 * fk_terminal: a terminal A1 that speaks FkWeb, around a listener whose clock begins at noon of
 * 2036-03-04 where the terminal is.
 */
#ifndef HIPBRIDGE_TEST_FK_TERMINAL_H
#define HIPBRIDGE_TEST_FK_TERMINAL_H

#include "listening.h"

#include "fk/fkweb.h"
#include "outbox/outbox_command.h"

enum { DAY_S = 86400, BODY_MAX = 1024 * 1024 };

static struct intake_item item;
static char body_bytes[BODY_MAX];

static inline int begin_test(void **state)
{
    int failed = scratch_setup(state);
    /* 05:00:00 UTC on 2036-03-04, noon at +7; no compiler is that late. */
    begin_listening("{\"listener\": {\"devices\": [{\"sn\": \"GATE\", \"aliases\": [\"0001\"]}]}}",
                    (struct outbox_options){.skip_pushed = true}, INT64_C(2088219600));
    return failed;
}

static inline int end_test(void **state)
{
    end_listening();
    return scratch_teardown(state);
}

static inline void wait_s(int64_t seconds)
{
    now.unix_s += seconds;
    now.steady_s += seconds;
}

static inline void put_length(char *at, size_t len)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (char)(len >> 8 * i);
    }
}

static inline struct span with_binary(const char *json, struct span binary)
{
    size_t len = strlen(json) + 1;
    put_length(body_bytes, len);
    memcpy(body_bytes + 4, json, len);
    if (binary.at == NULL) {
        return (struct span){body_bytes, 4 + len};
    }
    put_length(body_bytes + 4 + len, binary.len);
    memcpy(body_bytes + 8 + len, binary.at, binary.len);
    return (struct span){body_bytes, 8 + len + binary.len};
}

static inline struct span json(const char *text)
{
    return with_binary(text, (struct span){NULL, 0});
}

/* Where requests come from. */
static const char *peer_address = "10.0.0.1";

static inline void set_item(struct intake_item *one, const char *code, const char *dev_id,
                            const char *trans_id, const char *block, struct span body)
{
    memset(one, 0, sizeof *one);
    one->request.method = ICLOCK_POST;
    one->request.path = SPAN("/");
    one->request.body = body;
    one->fk.request.given = true;
    one->fk.request.code = span_of(code);
    one->fk.request.dev_id = span_of(dev_id);
    one->fk.request.trans_id = span_of(trans_id);
    one->fk.request.block = span_of(block);
    one->fk.request.return_code = SPAN("OK");
    assert_true(address_parse(span_of(peer_address), &one->peer));
}

/* The response_code. */
static inline const char *ask(const char *code, const char *dev_id, const char *trans_id,
                              const char *block, struct span body)
{
    struct intake_item *items[] = {&item};
    set_item(&item, code, dev_id, trans_id, block, body);
    intake_answer(intake, items, 1, now);
    CHECK_TEXT(code, "application/octet-stream", item.reply.content_type);
    return item.fk.reply.response_code;
}

static inline const char *glog(const char *dev_id, const char *user, const char *time)
{
    char text[300];
    snprintf(text, sizeof text,
             "{\"fk_bin_data_lib\":\"FKDataHS103\",\"io_mode\":16777216,\"io_time\":\"%s\","
             "\"log_image\":null,\"user_id\":\"%s\",\"verify_mode\":268435456}",
             time, user);
    return ask("realtime_glog", dev_id, "RTLogSendAction", "0", json(text));
}

static inline const char *poll_at(const char *dev_id, const char *time)
{
    char text[200];
    snprintf(text, sizeof text,
             "{\"fk_name\":\"x\",\"fk_time\":\"%s\",\"fk_info\":{\"firmware\":\"B02\","
             "\"fk_bin_data_lib\":\"FKDataHS103\"}}",
             time);
    return ask("receive_cmd", dev_id, "ReceiveCommandAction", "0", json(text));
}

/* The order that is handed out, with what it asks for: "GET_LOG_DATA {…}"; the code when none. */
static inline const char *poll(const char *dev_id)
{
    static char text[400];
    const char *code = poll_at(dev_id, "20360304120000");
    if (item.fk.reply.order == NULL || item.fk.reply.order[0] == '\0') {
        return code;
    }
    snprintf(text, sizeof text, "%s%s%.*s", item.fk.reply.order, item.reply.len > 0 ? " " : "",
             item.reply.len > 5 ? (int)item.reply.len - 5 : 0, item.reply.body + 4);
    return text;
}

static inline const char *result(const char *trans_id, struct span body)
{
    return ask("send_cmd_result", "A1", trans_id, "0", body);
}

/* The order's id, as it was handed out. */
static inline const char *handed(void)
{
    static char id[FKWEB_TRANS_MAX + 1];
    snprintf(id, sizeof id, "%s", item.fk.reply.trans_id);
    return id;
}

static inline int64_t waiting(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts.waiting;
}

static inline int64_t rejected(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts.rejected_lines;
}

static inline struct outbox_device stored(const char *sn)
{
    struct outbox_device device;
    bool found = false;
    memset(&device, 0, sizeof device);
    wait_s(INTAKE_FLUSH_S);
    intake_flush(intake, now);
    DO(outbox_device(outbox, sn, &device, &found, &err));
    CHECK_INT(sn, true, found);
    return device;
}

static inline void queue(const char *sn, const char *text)
{
    int64_t id = 0;
    DO(outbox_begin(outbox, &err));
    DO(outbox_command_queue(outbox, sn, text, OUTBOX_ASKED_BY_HAND, now.unix_s, &id, &err));
    DO(outbox_commit(outbox, &err));
}

static inline bool first_command(void *context, const struct outbox_command *one)
{
    *(struct outbox_command *)context = *one;
    return false;
}

static inline struct outbox_command newest(const char *sn)
{
    struct outbox_command one;
    memset(&one, 0, sizeof one);
    DO(outbox_each_command(outbox, sn, first_command, &one, &err));
    return one;
}

/* A log of `count` records of 48 bytes, users from `first` on, on 2036-03-03 at 08:00 and later. */
static inline struct span log_of(int first, int count)
{
    static char records[400 * 48];
    char text[120];
    memset(records, 0, sizeof records);
    for (int i = 0; i < count; i++) {
        char *at = records + i * 48;
        uint32_t packed =
            2U | 136U << 2 | 3U << 12 | 3U << 16 | 8U << 21 | (uint32_t)(i % 60) << 26;
        snprintf(at, 32, "%d", first + i);
        for (int k = 0; k < 4; k++) {
            at[36 + k] = (char)(packed >> 8 * k & 0xff);
        }
        at[43] = 1;
        at[47] = 0x10;
    }
    snprintf(text, sizeof text, "{\"log_count\":%d,\"one_log_size\":48,\"log_array\":\"BIN_1\"}",
             count);
    return with_binary(text, (struct span){records, (size_t)count * 48});
}

static inline struct span status_of(int records)
{
    char text[120];
    snprintf(text, sizeof text, "{\"user_count\":7,\"fp_count\":9,\"total_log_count\":%d}",
             records);
    return json(text);
}

#endif
