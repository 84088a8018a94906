#include "store.h"

#include <windows.h>

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

static BOOL CALLBACK make_turns(INIT_ONCE *which, void *err, void **turns)
{
    (void)which;
    *turns = turns_new(TURNS_GIVE_WAY_MS, err);
    return *turns != NULL;
}

struct outbox *store_open(const struct config *config, enum store_for whom, struct error *err)
{
    void *turns = NULL; /* as long as the program runs: a thread that hangs may have it still */
    if (!InitOnceExecuteOnce(&once, make_turns, err, &turns)) {
        return NULL;
    }
    const struct outbox_options options = {
        .max_mb = config->outbox.max_mb,
        .skip_pushed = config->sync.skip_pushed,
        .has_ignore_before = config->has_ignore_before,
        .ignore_before = config->ignore_before,
        .turns = turns,
        .urgent = whom == STORE_FOR_TERMINALS,
    };
    return outbox_open(config->outbox.path, &options, err);
}
