/*
 * How threads of the service begin: what they are given, how much stack, and how much of it is kept
 * for a fall.
 */
#include "check.h"

#include <windows.h>

#include "thread.h"

enum { KEPT_KB = 64, LEFT_KB = 192, FRAME_KB = 4, AWAIT_MS = 10000 };

struct found {
    ULONG kept;      /* bytes of stack for a fall */
    size_t reserved; /* and in all */
    size_t deepest;  /* that was used */
};

static const char *volatile bottom;

/* Uses so much stack, and every page of it. */
static size_t dig(size_t kilobytes)
{
    volatile char frame[FRAME_KB * 1024];
    for (size_t i = 0; i < sizeof frame; i += 1024) {
        frame[i] = (char)kilobytes;
    }
    size_t under =
        kilobytes > FRAME_KB ? dig(kilobytes - FRAME_KB) : (size_t)(bottom - (const char *)frame);
    return frame[1024] == (char)kilobytes ? under : 0;
}

static unsigned __stdcall run(void *context)
{
    struct found *found = context;
    ULONG_PTR low = 0;
    ULONG_PTR high = 0;
    GetCurrentThreadStackLimits(&low, &high);
    found->reserved = high - low;
    SetThreadStackGuarantee(&found->kept); /* nothing more: says what there is */
    bottom = (const char *)high;
    found->deepest = dig((THREAD_STACK >> 10) - LEFT_KB);
    return 42;
}

static void test_a_thread_has_its_stack(void **state)
{
    struct found found = {0, 0, 0};
    DWORD code = 0;
    (void)state;
    HANDLE thread = thread_start(run, &found);
    assert_non_null(thread);
    CHECK_INT("ends", WAIT_OBJECT_0, WaitForSingleObject(thread, AWAIT_MS));
    CHECK_INT("code", true, GetExitCodeThread(thread, &code));
    CHECK_INT("code", 42, code);
    CloseHandle(thread);
    CHECK_INT("kept for a fall", KEPT_KB * 1024, found.kept);
    CHECK_INT("stack", true, found.reserved >= THREAD_STACK);
    CHECK_INT("no more than was said", true, found.reserved < THREAD_STACK + 64 * 1024);
    CHECK_INT("used", true, found.deepest >= THREAD_STACK - LEFT_KB * 1024);
}

static unsigned __stdcall add_one(void *context)
{
    InterlockedIncrement(context);
    return 0;
}

static void test_each_has_its_own_context(void **state)
{
    enum { MANY = 32 };
    HANDLE threads[MANY];
    LONG counts[MANY] = {0};
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        threads[i] = thread_start(add_one, &counts[i]);
        assert_non_null(threads[i]);
    }
    CHECK_INT("end", WAIT_OBJECT_0, WaitForMultipleObjects(MANY, threads, TRUE, AWAIT_MS));
    for (size_t i = 0; i < MANY; i++) {
        CloseHandle(threads[i]);
        CHECK_INT("once", 1, counts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thread_has_its_stack),
        cmocka_unit_test(test_each_has_its_own_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
