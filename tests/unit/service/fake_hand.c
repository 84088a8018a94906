#include "service/fake_private.h"

#include <wchar.h>

/* What the documentation gives for each call; where it says "other", what is known to come. */
const struct fake_documented fake_documented[FAKE_CALLS] = {
    [FAKE_INITIALIZE] = {"HttpInitialize", 'I', {87, 5, 1450}},
    [FAKE_CREATE_SESSION] = {"HttpCreateServerSession", 'S', {1306, 87}},
    [FAKE_CREATE_GROUP] = {"HttpCreateUrlGroup", 'G', {87}},
    [FAKE_CREATE_QUEUE] = {"HttpCreateRequestQueue", 'Q', {1306, 87, 183, 5, 1114}},
    [FAKE_SET_GROUP] = {"HttpSetUrlGroupProperty", 'P', {87}},
    [FAKE_SET_QUEUE] = {"HttpSetRequestQueueProperty", 'L', {87, 50}},
    [FAKE_ADD_URL] = {"HttpAddUrlToUrlGroup", 'U', {87, 5, 183, 32}},
    [FAKE_RECEIVE] = {"HttpReceiveHttpRequest", '.', {87, 998, 234, 38, 995, 64, 1450}},
    [FAKE_RECEIVE_AGAIN] = {"HttpReceiveHttpRequest by id",
                            '.',
                            {87, 998, 234, 38, 995, 1229, 1450}},
    [FAKE_RECEIVE_BODY] = {"HttpReceiveRequestEntityBody",
                           '.',
                           {87, 38, 1114, 995, 1229, 64, 1236}},
    [FAKE_SEND] = {"HttpSendHttpResponse", '.', {87, 995, 1229, 64, 1236, 8}},
    [FAKE_REMOVE_URL] = {"HttpRemoveUrlFromUrlGroup", 'R', {87, 5, 2}},
    [FAKE_CLOSE_GROUP] = {"HttpCloseUrlGroup", 'X', {87}},
    [FAKE_CLOSE_SESSION] = {"HttpCloseServerSession", 'Y', {87}},
    [FAKE_CLOSE_QUEUE] = {"HttpCloseRequestQueue", 'Z', {87}},
    [FAKE_TERMINATE] = {"HttpTerminate", 'T', {87}},
    [FAKE_DELETE_CONFIG] = {"HttpDeleteServiceConfiguration", 'd', {87, 2, 5}},
    [FAKE_SET_CONFIG] = {"HttpSetServiceConfiguration", 's', {183, 122, 6, 87, 1312, 5}},
};
static unsigned had[FAKE_CALLS][CODES]; /* over all tests of the program */

struct fake fake;

void fake_broken(const char *rule, enum fake_call call)
{
    fprintf(stderr, "fake_httpapi: %s (%s)\n", rule, fake_documented[call].name);
    abort();
}

void fake_note_code(enum fake_call call, ULONG code)
{
    for (size_t i = 0; fake_documented[call].codes[i] != 0; i++) {
        had[call][i] += fake_documented[call].codes[i] == code;
    }
}

static void load(void)
{
    FARPROC complete = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtSetIoCompletion");
    FARPROC make = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "CreateIoCompletionPort");
    memcpy(&fake.complete, &complete, sizeof complete);
    memcpy(&fake.make_port, &make, sizeof make);
    InitializeCriticalSection(&fake.lock);
    fake.ready = true;
}

void fake_begin(void)
{
    if (!fake.ready) {
        load();
    }
    EnterCriticalSection(&fake.lock);
    memset(fake.queues, 0, sizeof fake.queues);
    memset(fake.arrivals, 0, sizeof fake.arrivals);
    memset(fake.under_way, 0, sizeof fake.under_way);
    memset(fake.scripts, 0, sizeof fake.scripts);
    memset(fake.called, 0, sizeof fake.called);
    fake.turn[0] = '\0';
    fake.reserved[0] = L'\0';
    fake.initialised = 0;
    fake.at_once = fake.body_must_fit = fake.holds_sends = false;
    LeaveCriticalSection(&fake.lock);
}

void fake_end(void)
{
    assert_true(fake_script_used());
    CHECK_INT("HttpInitialize without HttpTerminate", 0, fake.initialised);
    for (size_t i = 0; i < QUEUES; i++) {
        CHECK_INT("a queue is open", false, fake.queues[i].open);
    }
    for (size_t i = 0; i < UNDER_WAY; i++) {
        assert_null(fake.under_way[i].overlapped);
    }
}

void fake_script(enum fake_call call, enum fake_how how, ULONG code, unsigned times)
{
    EnterCriticalSection(&fake.lock);
    for (size_t i = 0; i < SCRIPTS; i++) {
        if (fake.scripts[i].left == 0) {
            fake.scripts[i] = (struct script){call, how, code, times};
            LeaveCriticalSection(&fake.lock);
            return;
        }
    }
    fake_broken("a longer script than the fake has places for", call);
}

void fake_script_end(void)
{
    EnterCriticalSection(&fake.lock);
    memset(fake.scripts, 0, sizeof fake.scripts);
    LeaveCriticalSection(&fake.lock);
}

bool fake_script_used(void)
{
    unsigned left = 0;
    for (size_t i = 0; i < SCRIPTS; i++) {
        left += fake.scripts[i].left;
    }
    return left == 0;
}

void fake_at_once(bool at_once)
{
    fake.at_once = at_once;
}

void fake_body_must_fit(bool must)
{
    fake.body_must_fit = must;
}

void fake_hold_sends(bool hold)
{
    EnterCriticalSection(&fake.lock);
    fake.holds_sends = hold;
    for (size_t i = 0; !hold && i < UNDER_WAY; i++) {
        struct under_way *one = &fake.under_way[i];
        if (one->overlapped != NULL && one->call == FAKE_SEND) {
            struct arrival *arrival = fake_arrival(one->id);
            arrival->through = true;
            fake_finish(one, NO_ERROR, 100 + arrival->reply.body_len);
        }
    }
    LeaveCriticalSection(&fake.lock);
}

/* "http://+:9090/hipbridge/" has "/hipbridge/"; the longest that the path begins with. */
static struct queue *queue_for(const char *path)
{
    struct queue *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < QUEUES; i++) {
        struct queue *queue = &fake.queues[i];
        char url[64];
        snprintf(url, sizeof url, "%ls", queue->url);
        const char *own =
            queue->open && url[0] != '\0' ? strchr(url + strlen("http://"), '/') : NULL;
        if (own != NULL && strlen(own) > longest && strncmp(own, path, strlen(own)) == 0) {
            best = queue;
            longest = strlen(own);
        }
    }
    return best;
}

uint64_t fake_request(const struct fake_request *request)
{
    EnterCriticalSection(&fake.lock);
    uint64_t id = ++fake.last_id;
    struct arrival *arrival = &fake.arrivals[id % REQUESTS];
    memset(arrival, 0, sizeof *arrival);
    arrival->id = id;
    arrival->asked = *request;
    arrival->queue = queue_for(request->url);
    if (arrival->queue == NULL) {
        LeaveCriticalSection(&fake.lock);
        fail_msg("no address for %s", request->url);
        return 0;
    }
    for (size_t i = 0; i < UNDER_WAY; i++) {
        struct under_way *one = &fake.under_way[i];
        if (one->overlapped != NULL && one->call == FAKE_RECEIVE && one->queue == arrival->queue) {
            fake_finish(one, fake_deliver(arrival, one->buffer, one->size, one->flags), one->size);
            break;
        }
    }
    LeaveCriticalSection(&fake.lock);
    return id;
}

void fake_hang_up(uint64_t id, ULONG code)
{
    EnterCriticalSection(&fake.lock);
    struct arrival *arrival = fake_arrival(id);
    arrival->gone = true;
    for (size_t i = 0; i < UNDER_WAY; i++) {
        if (fake.under_way[i].overlapped != NULL && fake.under_way[i].id == id) {
            fake_finish(&fake.under_way[i], code, 0);
        }
    }
    LeaveCriticalSection(&fake.lock);
}

/* Looks at what `holds` says, every millisecond, for so long. */
static bool await(bool (*holds)(const void *), const void *context, unsigned milliseconds)
{
    ULONGLONG limit = GetTickCount64() + milliseconds;
    for (;;) {
        EnterCriticalSection(&fake.lock);
        bool now = holds(context);
        LeaveCriticalSection(&fake.lock);
        if (now || GetTickCount64() >= limit) {
            return now;
        }
        Sleep(1);
    }
}

static bool is_over(const void *id)
{
    const struct arrival *arrival = fake_arrival(*(const uint64_t *)id);
    return arrival->through || arrival->gone || arrival->cut;
}

bool fake_await(uint64_t id, struct fake_reply *reply, unsigned milliseconds)
{
    const struct arrival *arrival = fake_arrival(id);
    memset(reply, 0, sizeof *reply);
    if (!await(is_over, &id, milliseconds) || !arrival->through) {
        return false;
    }
    *reply = arrival->reply;
    return true;
}

bool fake_reply_lost(uint64_t id)
{
    return fake_arrival(id)->cut;
}

struct receives {
    const wchar_t *url;
    size_t count;
};

static bool has_receives(const void *context)
{
    const struct receives *wanted = context;
    size_t count = 0;
    for (size_t i = 0; i < UNDER_WAY; i++) {
        const struct under_way *one = &fake.under_way[i];
        count += one->overlapped != NULL && one->call == FAKE_RECEIVE &&
                 wcscmp(one->queue->url, wanted->url) == 0;
    }
    return count == wanted->count;
}

bool fake_await_receives(const wchar_t *url, size_t count, unsigned milliseconds)
{
    return await(has_receives, &(struct receives){url, count}, milliseconds);
}

size_t fake_called(enum fake_call call)
{
    return fake.called[call];
}

const wchar_t *fake_reserved(void)
{
    return fake.reserved;
}

const char *fake_turn(void)
{
    return fake.turn;
}

bool fake_had_codes(enum fake_call first, enum fake_call last)
{
    bool all = true;
    for (size_t call = first; call <= (size_t)last; call++) {
        printf("%-31s", fake_documented[call].name);
        for (size_t i = 0; fake_documented[call].codes[i] != 0; i++) {
            printf("  %lu: %u", (unsigned long)fake_documented[call].codes[i], had[call][i]);
            all = all && had[call][i] > 0;
        }
        putchar('\n');
    }
    return all;
}
