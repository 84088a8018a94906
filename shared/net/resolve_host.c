#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

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

static bool known_to_the_system(const char *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(host, NULL, &hints, &list) != 0) {
        return false;
    }
    freeaddrinfo(list);
    return true;
}

enum resolve_end resolve_await(const char *host, struct wake *wake)
{
    return resolve_await_by(known_to_the_system, host, wake);
}

/* A look-up under way. Shared by two, the one that ends last frees it. */
struct looking {
    pthread_mutex_t lock;
    int users;
    bool ended;
    resolve_look *look;
    bool known;
    char host[NI_MAXHOST];
};

static void release(struct looking *looking)
{
    pthread_mutex_lock(&looking->lock);
    int left = --looking->users;
    pthread_mutex_unlock(&looking->lock);
    if (left == 0) {
        pthread_mutex_destroy(&looking->lock);
        free(looking);
    }
}

static void *run(void *context)
{
    struct looking *looking = context;
    bool known = looking->look(looking->host);
    pthread_mutex_lock(&looking->lock);
    looking->known = known;
    looking->ended = true;
    pthread_mutex_unlock(&looking->lock);
    release(looking);
    return NULL;
}

static struct looking *begin(resolve_look *look, const char *host)
{
    pthread_t thread;
    struct looking *looking = calloc(1, sizeof *looking);
    if (looking == NULL || strlen(host) >= sizeof looking->host ||
        pthread_mutex_init(&looking->lock, NULL) != 0) {
        free(looking);
        return NULL;
    }
    looking->users = 2;
    looking->look = look;
    memcpy(looking->host, host, strlen(host) + 1);
    if (pthread_create(&thread, NULL, run, looking) != 0) {
        pthread_mutex_destroy(&looking->lock);
        free(looking);
        return NULL;
    }
    pthread_detach(thread);
    return looking;
}

enum resolve_end resolve_await_by(resolve_look *look, const char *host, struct wake *wake)
{
    static const struct timespec slice = {0, 5 * 1000 * 1000};
    struct looking *looking = begin(look, host);
    if (looking == NULL) {
        return look(host) ? RESOLVE_KNOWN : RESOLVE_UNKNOWN;
    }
    enum resolve_end end = RESOLVE_STOPPED;
    while (end == RESOLVE_STOPPED && !wake_raised(wake)) {
        pthread_mutex_lock(&looking->lock);
        if (looking->ended) {
            end = looking->known ? RESOLVE_KNOWN : RESOLVE_UNKNOWN;
        }
        pthread_mutex_unlock(&looking->lock);
        if (end == RESOLVE_STOPPED) {
            nanosleep(&slice, NULL);
        }
    }
    release(looking);
    return end;
}
