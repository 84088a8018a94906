#include "net/share.h"

struct share_place *share_enter(struct share *share, const struct address *who)
{
    struct address neighbours = address_site(who);
    who = &neighbours;
    struct share_place *place = NULL;
    for (size_t i = 0; i < SHARE_PLACES; i++) {
        struct share_place *one = &share->places[i];
        if (one->requests > 0 && address_equal(&one->who, who)) {
            place = one;
            break;
        }
        if (one->requests == 0 && place == NULL) {
            place = one;
        }
    }
    if (place == NULL || place->requests >= share->requests_each) {
        return NULL;
    }
    if (place->requests == 0) {
        place->who = *who;
        place->bytes = 0;
    }
    place->requests++;
    return place;
}

void share_leave(struct share_place *place)
{
    if (place != NULL) {
        place->requests--;
    }
}

bool share_take(const struct share *share, struct share_place *place, size_t bytes)
{
    if (place == NULL || bytes > share->bytes_each - place->bytes) {
        return false;
    }
    place->bytes += bytes;
    return true;
}

void share_give(struct share_place *place, size_t bytes)
{
    if (place != NULL) {
        place->bytes -= bytes;
    }
}

bool share_overdue(uint64_t began_ms, uint64_t now_ms, size_t bytes)
{
    return now_ms - began_ms > SHARE_BODY_MS + bytes / SHARE_BODY_RATE;
}

bool share_goes_first(const struct share_place *place, uint64_t began_ms,
                      const struct share_place *other, uint64_t other_began_ms)
{
    if (place->requests != other->requests) {
        return place->requests > other->requests;
    }
    return began_ms < other_began_ms;
}
