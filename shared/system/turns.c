#include "system/turns.h"

#include <stdlib.h>

#include "system/turns_system.h"

/* On the stack of who waits. */
struct waiter {
    bool urgent;
    struct waiter *next; /* who came after */
};

struct turns {
    struct turns_system *system;
    unsigned give_way_ms;
    bool taken;
    int64_t since_ms; /* it has been */
    size_t urgent;    /* of those who wait */
    struct waiter *first;
};

struct turns *turns_new(unsigned give_way_ms, struct error *err)
{
    struct turns *turns = calloc(1, sizeof *turns);
    struct turns_system *system = turns_system_new();
    if (turns == NULL || system == NULL) {
        free(turns);
        turns_system_free(system);
        error_set(err, ERR_MEMORY, 0, "no memory for the turns at the outbox");
        return NULL;
    }
    turns->system = system;
    turns->give_way_ms = give_way_ms;
    return turns;
}

void turns_free(struct turns *turns)
{
    if (turns != NULL) {
        turns_system_free(turns->system);
    }
    free(turns);
}

static void join(struct turns *turns, struct waiter *waiter)
{
    struct waiter **end = &turns->first;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = waiter;
    turns->urgent += waiter->urgent;
}

static void leave(struct turns *turns, const struct waiter *waiter)
{
    struct waiter **at = &turns->first;
    while (*at != NULL && *at != waiter) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = waiter->next;
    }
    turns->urgent -= waiter->urgent;
}

static const struct waiter *next_of(const struct turns *turns)
{
    const struct waiter *waiter = turns->first;
    while (waiter != NULL && turns->urgent > 0 && !waiter->urgent) {
        waiter = waiter->next;
    }
    return waiter;
}

bool turns_take(struct turns *turns, bool urgent, unsigned ms)
{
    struct waiter self = {urgent, NULL};
    turns_system_lock(turns->system);
    join(turns, &self);
    int64_t began_ms = turns_system_ms();
    int64_t waited_ms = 0;
    bool turn;
    while (!(turn = !turns->taken && next_of(turns) == &self) && waited_ms < ms) {
        int64_t until_ms = !self.urgent && ms > turns->give_way_ms ? turns->give_way_ms : ms;
        turns_system_wait(turns->system, (unsigned)(until_ms - waited_ms));
        waited_ms = turns_system_ms() - began_ms;
        if (!self.urgent && waited_ms >= turns->give_way_ms) {
            self.urgent = true;
            turns->urgent++;
        }
    }
    leave(turns, &self);
    if (turn) {
        turns->taken = true;
        turns->since_ms = began_ms + waited_ms;
    } else {
        turns_system_wake(turns->system); /* those behind may be next now */
    }
    turns_system_unlock(turns->system);
    return turn;
}

void turns_give(struct turns *turns)
{
    turns_system_lock(turns->system);
    turns->taken = false;
    turns_system_wake(turns->system);
    turns_system_unlock(turns->system);
}

bool turns_awaited(struct turns *turns)
{
    turns_system_lock(turns->system);
    bool awaited = turns->urgent > 0 && turns_system_ms() - turns->since_ms >= TURNS_LEAST_MS;
    turns_system_unlock(turns->system);
    return awaited;
}

size_t turns_waiting(struct turns *turns)
{
    size_t count = 0;
    turns_system_lock(turns->system);
    for (const struct waiter *waiter = turns->first; waiter != NULL; waiter = waiter->next) {
        count++;
    }
    turns_system_unlock(turns->system);
    return count;
}
