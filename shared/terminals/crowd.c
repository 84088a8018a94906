#include "terminals/crowd.h"

enum { MB = 1 << 20 };

bool crowd_waits(struct crowd *crowd, struct outbox *outbox, const struct config *config,
                 const char *sn, int64_t now_s)
{
    if (config->listener.device_count == 0 || config->outbox.max_mb <= 0 ||
        config_device(&config->listener, sn) != NULL) {
        return false;
    }
    if (now_s - crowd->looked_s >= CROWD_LOOK_S || crowd->looked_s == 0) {
        struct error ignored = ERROR_INIT;
        int64_t used = 0;
        crowd->looked_s = now_s;
        crowd->full = outbox_used(outbox, &used, &ignored) &&
                      used > (int64_t)config->outbox.max_mb * MB / 100 * CROWD_PART;
    }
    return crowd->full;
}
