#include "system/firewall.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void firewall_mark(int port, const char *peers, char out[FIREWALL_MARK_MAX])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (const char *at = peers; *at != '\0'; at++) {
        hash ^= (unsigned char)*at;
        hash *= UINT64_C(0x100000001b3);
    }
    snprintf(out, FIREWALL_MARK_MAX, "[%d %016" PRIx64 "]", port, hash);
}

enum firewall_plan firewall_plan(const char *description, const char *peers, const char *mark)
{
    if (strstr(description, mark) != NULL) {
        return FIREWALL_LEAVE;
    }
    return strchr(description, '[') == NULL && strcmp(peers, "*") != 0 ? FIREWALL_WRITE_PORT
                                                                       : FIREWALL_WRITE;
}
