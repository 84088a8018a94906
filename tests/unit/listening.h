/*
 * listening: a listener's surroundings without http.sys: a configuration, an outbox and an intake
 * in the folder of scratch.h, the events that are told, and a clock of the test's own.
 */
#ifndef HIPBRIDGE_TEST_LISTENING_H
#define HIPBRIDGE_TEST_LISTENING_H

#include "scratch_outbox.h"

#include "terminals/intake.h"

enum { EVENTS_MAX = 200 };

static struct {
    size_t count;
    enum event_id ids[EVENTS_MAX];
    char strings[EVENTS_MAX][256]; /* with | between */
} told;

static inline void remember_event(void *context, enum event_id id, size_t count,
                                  const char *const *strings)
{
    (void)context;
    if (told.count == EVENTS_MAX) {
        return;
    }
    char *text = told.strings[told.count];
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof told.strings[0] - used, "%s%s", i > 0 ? "|" : "", strings[i]);
    }
    told.ids[told.count++] = id;
}

/* The strings of the last event of this id, "" if there is none. */
static inline const char *last_told(enum event_id id)
{
    for (size_t i = told.count; i-- > 0;) {
        if (told.ids[i] == id) {
            return told.strings[i];
        }
    }
    return "";
}

static inline size_t times_told(enum event_id id)
{
    size_t times = 0;
    for (size_t i = 0; i < told.count; i++) {
        times += told.ids[i] == id;
    }
    return times;
}

static const struct event_sink sink = {remember_event, NULL};
static struct config *config;
static struct outbox *outbox;
static struct intake *intake;
static struct moment now;

static inline void begin_service(struct outbox_options options)
{
    outbox = open_outbox(options);
    intake = intake_new(config, outbox, &sink, &err);
    assert_non_null(intake);
}

/* What was not written is lost, as by a kill. */
static inline void end_service(void)
{
    intake_free(intake);
    outbox_close(outbox);
}

static inline void begin_listening(const char *config_text, struct outbox_options options,
                                   int64_t unix_s)
{
    memset(&told, 0, sizeof told);
    now = (struct moment){unix_s, 1000};
    error_clear(&err);
    config = config_parse(span_of(config_text), scratch_path("config.json"), &err);
    CHECK_TEXT(config_text, "", err.text);
    begin_service(options);
}

static inline void end_listening(void)
{
    end_service();
    config_free(config);
}

#endif
