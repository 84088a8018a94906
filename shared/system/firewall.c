#include "system/firewall.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

void firewall_mark(int port, const char *peers, char out[FIREWALL_MARK_MAX])
{
    uint64_t hash = hash_bytes(HASH_BEGIN, peers, strlen(peers));
    snprintf(out, FIREWALL_MARK_MAX, "[%d %016" PRIx64 "]", port, hash);
}

enum firewall_plan firewall_plan(const char *kept, const char *peers, const char *mark)
{
    if (strstr(kept, mark) != NULL) {
        return FIREWALL_LEAVE;
    }
    return strchr(kept, '[') == NULL && strcmp(peers, "*") != 0 ? FIREWALL_WRITE_PORT
                                                                : FIREWALL_WRITE;
}
