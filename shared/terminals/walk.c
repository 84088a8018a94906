#include "terminals/walk.h"

#include <stdlib.h>
#include <string.h>

#include "outbox/outbox_note.h"

enum { DAY_S = 86400 };

struct walking {
    const struct config_listener *listener;
    bool (*visit)(void *context, const struct walk_terminal *terminal);
    void *context;
    bool listed; /* the pass: those that are, or the others */
    bool ended;
    bool *seen; /* each of the listener's devices */
};

static bool visit_one(void *context, const struct outbox_device *device)
{
    struct walking *walking = context;
    const struct config_device *listed = config_device(walking->listener, device->sn);
    if ((listed != NULL) != walking->listed) {
        return true;
    }
    struct walk_terminal terminal = {.listed = listed, .device = device, .seen = true};
    terminal.kind = listed != NULL ? WALK_LISTED : WALK_BRINGS;
    if (listed != NULL) {
        walking->seen[listed - walking->listener->devices] = true;
    } else if (device->punches == 0) {
        terminal.kind = WALK_STRANGER;
    }
    walking->ended = !walking->visit(walking->context, &terminal);
    return !walking->ended;
}

static void visit_unseen(struct walking *walking)
{
    for (size_t i = 0; !walking->ended && i < walking->listener->device_count; i++) {
        struct outbox_device device;
        if (walking->seen[i]) {
            continue;
        }
        memset(&device, 0, sizeof device);
        memcpy(device.sn, walking->listener->devices[i].sn, sizeof device.sn);
        const struct walk_terminal terminal = {
            .kind = WALK_LISTED, .listed = &walking->listener->devices[i], .device = &device};
        walking->ended = !walking->visit(walking->context, &terminal);
    }
}

bool walk_terminals(struct outbox *outbox, const struct config_listener *listener,
                    bool (*visit)(void *context, const struct walk_terminal *terminal),
                    void *context, struct error *err)
{
    struct walking walking = {.listener = listener, .visit = visit, .context = context};
    walking.seen = calloc(listener->device_count + 1, sizeof *walking.seen);
    if (walking.seen == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for the list of terminals");
    }
    walking.listed = true;
    bool fine = listener->device_count == 0 || outbox_each_device(outbox, visit_one, &walking, err);
    if (fine) {
        visit_unseen(&walking);
        walking.listed = false;
        fine = walking.ended || outbox_each_device(outbox, visit_one, &walking, err);
    }
    free(walking.seen);
    return fine;
}

struct counting {
    int64_t count;
    struct outbox_device *last;
};

static bool count_stranger(void *context, const struct walk_terminal *terminal)
{
    struct counting *counting = context;
    if (terminal->kind == WALK_STRANGER && counting->count++ == 0) {
        *counting->last = *terminal->device;
    }
    return true;
}

bool walk_strangers(struct outbox *outbox, const struct config_listener *listener, int64_t now_s,
                    int64_t *count, struct outbox_device *last, struct error *err)
{
    char text[OUTBOX_NOTE_MAX + 1];
    char *rest = text;
    struct counting counting = {.last = last};
    memset(last, 0, sizeof *last);
    if (!walk_terminals(outbox, listener, count_stranger, &counting, err) ||
        !outbox_noted(outbox, OUTBOX_NOTE_STRANGERS, text, err)) {
        return false;
    }
    int64_t at_s = strtoll(rest, &rest, 10);
    int64_t forgotten = strtoll(rest, &rest, 10);
    *count = counting.count + (now_s - at_s < DAY_S ? forgotten : 0);
    return true;
}
