/*
 * threads: a second thread, for the tests of what threads do to each other. Natively and on
 * Windows.
 */
#ifndef HIPBRIDGE_TEST_THREADS_H
#define HIPBRIDGE_TEST_THREADS_H

#include "check.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#include <time.h>
#endif

/* Not moved while it runs. */
struct thread {
    void (*run)(void *context);
    void *context;
#ifdef _WIN32
    HANDLE handle;
#else
    pthread_t handle;
#endif
};

static inline void thread_sleep(unsigned ms)
{
#ifdef _WIN32
    Sleep(ms);
#else
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000L}, NULL);
#endif
}

#ifdef _WIN32
static inline DWORD WINAPI thread_main(void *context)
{
    struct thread *thread = context;
    thread->run(thread->context);
    return 0;
}
#else
static inline void *thread_main(void *context)
{
    struct thread *thread = context;
    thread->run(thread->context);
    return NULL;
}
#endif

static inline void thread_begin(struct thread *thread, void (*run)(void *), void *context)
{
    thread->run = run;
    thread->context = context;
#ifdef _WIN32
    thread->handle = CreateThread(NULL, 0, thread_main, thread, 0, NULL);
    assert_non_null(thread->handle);
#else
    assert_int_equal(0, pthread_create(&thread->handle, NULL, thread_main, thread));
#endif
}

static inline void thread_join(struct thread *thread)
{
#ifdef _WIN32
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread->handle, INFINITE));
    CloseHandle(thread->handle);
#else
    assert_int_equal(0, pthread_join(thread->handle, NULL));
#endif
}

#endif
