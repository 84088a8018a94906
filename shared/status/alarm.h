/*
 * alarm: the text of the request that tells of a change.
 */
#ifndef HIPBRIDGE_ALARM_H
#define HIPBRIDGE_ALARM_H

#include "base/error.h"

struct alarm {
    const char *level; /* "good", "warn", "bad" */
    const char *text;  /* what is wrong, in English sentences */
    const char *name;  /* this PC's */
};

/* What alarm.body is where config.json has none: Slack, Teams and Google Chat take it. */
#define ALARM_BODY "{\"text\": \"HIP Bridge {name}: {level}. {text}\"}"

/*
 * The body: the template, which is JSON, with {level}, {text} and {name} put in, escaped as JSON
 * wants it; nothing else in braces is touched. free() it. NULL: no memory.
 */
char *alarm_body(const char *model, const struct alarm *alarm, struct error *err);

#endif
