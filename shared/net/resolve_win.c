#include <winsock2.h>
#include <ws2tcpip.h>

#include <windows.h>

#include <process.h>
#include <stdlib.h>
#include <string.h>

#include "net/resolve_private.h"

bool resolve_text(const char *host, char *out, size_t size)
{
    return resolve_list(host, out, size);
}

enum resolve_end resolve_await(const char *host, struct wake *wake)
{
    return resolve_await_by(resolve_known, host, wake);
}

/* So that an overflow of its stack, in a provider of names that is not Windows', leaves a dump
 * (service/crash.h). */
enum { STACK_KEPT = 64 * 1024 };

/* A look-up under way. Shared by two, the one that ends last frees it. */
struct looking {
    LONG users;
    HANDLE ended;
    resolve_look *look;
    bool known;
    char host[NI_MAXHOST];
};

static void release(struct looking *looking)
{
    if (InterlockedDecrement(&looking->users) > 0) {
        return;
    }
    CloseHandle(looking->ended);
    free(looking);
}

static unsigned __stdcall run(void *context)
{
    struct looking *looking = context;
    ULONG bytes = STACK_KEPT;
    SetThreadStackGuarantee(&bytes);
    looking->known = looking->look(looking->host);
    SetEvent(looking->ended);
    release(looking);
    return 0;
}

static struct looking *begin(resolve_look *look, const char *host)
{
    struct looking *looking = calloc(1, sizeof *looking);
    if (looking == NULL || strlen(host) >= sizeof looking->host) {
        free(looking);
        return NULL;
    }
    looking->users = 2;
    looking->look = look;
    memcpy(looking->host, host, strlen(host) + 1);
    looking->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE thread =
        looking->ended != NULL ? (HANDLE)_beginthreadex(NULL, 0, run, looking, 0, NULL) : NULL;
    if (thread == NULL) {
        if (looking->ended != NULL) {
            CloseHandle(looking->ended);
        }
        free(looking);
        return NULL;
    }
    CloseHandle(thread);
    return looking;
}

enum resolve_end resolve_await_by(resolve_look *look, const char *host, struct wake *wake)
{
    struct looking *looking = begin(look, host);
    if (looking == NULL) {
        return look(host) ? RESOLVE_KNOWN : RESOLVE_UNKNOWN;
    }
    enum resolve_end end = RESOLVE_STOPPED;
    while (end == RESOLVE_STOPPED && !wake_raised(wake)) {
        if (WaitForSingleObject(looking->ended, WAKE_SLICE_MS) == WAIT_OBJECT_0) {
            end = looking->known ? RESOLVE_KNOWN : RESOLVE_UNKNOWN;
        }
    }
    release(looking);
    return end;
}
