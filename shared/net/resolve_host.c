#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include "net/resolve.h"

bool resolve_text(const char *host, char *out, size_t size)
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
        if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, NULL, 0,
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
