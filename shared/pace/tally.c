#include "pace/tally.h"

#include <string.h>

static int64_t repeat_s(const struct tally *tally)
{
    return tally->repeat_s > 0 ? tally->repeat_s : TALLY_REPEAT_S;
}

static struct tally_entry *find(struct tally *tally, const char *name, int64_t now)
{
    struct tally_entry *stale = NULL;
    for (size_t i = 0; i < tally->count; i++) {
        struct tally_entry *entry = &tally->entries[i];
        if (strcmp(entry->name, name) == 0) {
            return entry;
        }
        if (now - entry->told >= repeat_s(tally) && (stale == NULL || entry->told < stale->told)) {
            stale = entry;
        }
    }
    if (tally->count < TALLY_NAMES) {
        stale = &tally->entries[tally->count++];
    }
    if (stale == NULL) {
        return &tally->others;
    }
    memset(stale, 0, sizeof *stale);
    memcpy(stale->name, name, strlen(name) + 1);
    stale->told = now - repeat_s(tally);
    return stale;
}

uint64_t tally_note(struct tally *tally, const char *name, uint64_t times, int64_t now)
{
    if (times == 0) {
        return 0;
    }
    size_t len = strlen(name);
    if (len > TALLY_NAME_MAX) {
        name += len - TALLY_NAME_MAX;
    }
    if (tally->others.name[0] == '\0') {
        memcpy(tally->others.name, "*", 2);
        tally->others.told = now - repeat_s(tally);
    }
    struct tally_entry *entry = find(tally, name, now);
    entry->untold += times;
    if (now - entry->told < repeat_s(tally)) {
        return 0;
    }
    uint64_t told = entry->untold;
    entry->told = now;
    entry->untold = 0;
    return told;
}
