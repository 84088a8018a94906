#include "net/share.h"

struct share_place *share_enter(struct share *share, const struct address *who)
{
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
