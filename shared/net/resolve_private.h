/*
 * resolve_private: what is the same of a look-up wherever it is made. For resolve_win.c and
 * resolve_host.c, each of which includes its system's own headers of sockets before it.
 */
#ifndef HIPBRIDGE_RESOLVE_PRIVATE_H
#define HIPBRIDGE_RESOLVE_PRIVATE_H

#include <stdio.h>

#include "net/resolve.h"

/* resolve_text (resolve.h). Blocks. */
static inline bool resolve_list(const char *host, char *out, size_t size)
{
    out[0] = '\0';
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(host, NULL, &hints, &list) != 0) {
        return false;
    }
    size_t used = 0;
    for (const struct addrinfo *one = list; one != NULL; one = one->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(one->ai_addr, (socklen_t)one->ai_addrlen, text, sizeof text, NULL, 0,
                        NI_NUMERICHOST) != 0) {
            continue;
        }
        int wrote = snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", text);
        if (wrote < 0 || (size_t)wrote >= size - used) {
            out[used] = '\0';
            break;
        }
        used += (size_t)wrote;
    }
    freeaddrinfo(list);
    return true;
}

/* Whether the name has an address. Blocks. */
static inline bool resolve_known(const char *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(host, NULL, &hints, &list) != 0) {
        return false;
    }
    freeaddrinfo(list);
    return true;
}

#endif
