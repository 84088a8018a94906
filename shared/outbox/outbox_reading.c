#include "outbox/outbox_reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/portability.h"

enum { FIGURES = 15, FIGURE_BYTES = 21 };

const char *const outbox_reading_words[] = {[OUTBOX_READING_NEVER] = "",
                                            [OUTBOX_READING_WELL] = "read",
                                            [OUTBOX_READING_LATER] = "later",
                                            [OUTBOX_READING_REFUSED] = "refused",
                                            [OUTBOX_READING_FAILED] = "failed"};

/* The figures in the order in which the note has them; a new one goes to the end. */
static void to_numbers(const struct outbox_reading *reading, int64_t numbers[FIGURES])
{
    const int64_t all[] = {
        (int64_t)reading->state, reading->looked_s, reading->read_s,  reading->came_s,
        reading->bytes,          reading->pages,    reading->waiting, reading->restless,
        reading->damaged,        reading->rows,     reading->fresh,   reading->known,
        reading->aside,          reading->typed,    reading->last,
    };
    memcpy(numbers, all, sizeof all);
}

static void from_numbers(const int64_t numbers[FIGURES], struct outbox_reading *reading)
{
    int64_t *const all[] = {
        NULL,
        &reading->looked_s,
        &reading->read_s,
        &reading->came_s,
        &reading->bytes,
        &reading->pages,
        &reading->waiting,
        &reading->restless,
        &reading->damaged,
        &reading->rows,
        &reading->fresh,
        &reading->known,
        &reading->aside,
        &reading->typed,
        &reading->last,
    };
    bool known = numbers[0] >= OUTBOX_READING_NEVER && numbers[0] <= OUTBOX_READING_FAILED;
    reading->state = known ? (enum outbox_reading_state)numbers[0] : OUTBOX_READING_NEVER;
    for (size_t i = 1; i < HB_COUNT(all); i++) {
        *all[i] = numbers[i];
    }
}

bool outbox_reading(struct outbox *outbox, const char *path, struct outbox_reading *reading,
                    struct error *err)
{
    char text[OUTBOX_NOTE_MAX + 1];
    int64_t numbers[FIGURES] = {0};
    memset(reading, 0, sizeof *reading);
    if (!outbox_noted(outbox, OUTBOX_NOTE_ACCESS_FIGURES, text, err) ||
        !outbox_noted(outbox, OUTBOX_NOTE_ACCESS_PATH, reading->path, err) ||
        !outbox_noted(outbox, OUTBOX_NOTE_ACCESS_WHY, reading->why, err)) {
        return false;
    }
    if (strcmp(reading->path, path) != 0) {
        memset(reading, 0, sizeof *reading);
        return true;
    }
    char *at = text;
    for (size_t i = 0; i < FIGURES && *at != '\0'; i++) {
        numbers[i] = strtoll(at, &at, 10);
    }
    from_numbers(numbers, reading);
    return true;
}

bool outbox_reading_save(struct outbox *outbox, const struct outbox_reading *reading,
                         struct error *err)
{
    char text[FIGURES * FIGURE_BYTES + 1] = "";
    int64_t numbers[FIGURES];
    size_t len = 0;
    to_numbers(reading, numbers);
    for (size_t i = 0; i < FIGURES; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%" PRId64, i > 0 ? " " : "",
                                numbers[i]);
    }
    return outbox_note(outbox, OUTBOX_NOTE_ACCESS_FIGURES, text, err) &&
           outbox_note(outbox, OUTBOX_NOTE_ACCESS_PATH, reading->path, err) &&
           outbox_note(outbox, OUTBOX_NOTE_ACCESS_WHY, reading->why, err);
}
