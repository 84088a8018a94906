#include "pace/flood.h"

#include <stddef.h>

static struct flood_id *find(struct flood *flood, int id)
{
    for (size_t i = 0; i < FLOOD_IDS_MAX; i++) {
        if (flood->ids[i].id == id || flood->ids[i].id == 0) {
            return &flood->ids[i];
        }
    }
    return NULL;
}

static bool over(const struct flood_id *one, int64_t now)
{
    return now - one->since >= FLOOD_HOUR_S;
}

bool flood_pass(struct flood *flood, int id, int64_t now)
{
    struct flood_id *one = find(flood, id);
    if (one == NULL) {
        return true; /* more ids than there are: better told than lost */
    }
    if (one->id == 0 || over(one, now)) {
        one->id = id;
        one->since = now;
        one->told = 0;
    }
    if (one->told == FLOOD_PER_HOUR) {
        one->held++;
        return false;
    }
    one->told++;
    return true;
}

bool flood_held(struct flood *flood, int64_t now, bool all, int *id, uint64_t *held)
{
    for (size_t i = 0; i < FLOOD_IDS_MAX; i++) {
        struct flood_id *one = &flood->ids[i];
        if (one->held > 0 && (all || over(one, now))) {
            *id = one->id;
            *held = one->held;
            one->held = 0;
            return true;
        }
    }
    return false;
}
