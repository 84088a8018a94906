#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "net/resolve_private.h"

bool resolve_text(const char *host, char *out, size_t size)
{
    return resolve_list(host, out, size);
}

enum resolve_end resolve_await(const char *host, struct wake *wake)
{
    return resolve_await_by(resolve_known, host, wake);
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
