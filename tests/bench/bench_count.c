#define _GNU_SOURCE

#include "bench_count.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static atomic_bool counting;
static _Atomic uint64_t allocations;
static _Atomic uint64_t allocated;
static _Atomic uint64_t copies;
static _Atomic uint64_t copied;
static double cpu_s;
static double began_s;

/* glibc's own, by the names that it has for who stands before them. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static void note_allocation(size_t size)
{
    if (atomic_load_explicit(&counting, memory_order_relaxed)) {
        atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&allocated, size, memory_order_relaxed);
    }
}

void *malloc(size_t size)
{
    note_allocation(size);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    note_allocation(count * size);
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    note_allocation(size);
    return __libc_realloc(old, size);
}

static void note_copy(size_t size)
{
    if (atomic_load_explicit(&counting, memory_order_relaxed)) {
        atomic_fetch_add_explicit(&copies, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&copied, size, memory_order_relaxed);
    }
}

/* Volatile, since the compiler would make of it a call of memcpy, which is this. */
static void *(*volatile move)(void *to, const void *from, size_t size) = memmove;

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    note_copy(size);
    return move(to, from, size);
}

static double processor_s(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void bench_count(bool on)
{
    if (on) {
        began_s = processor_s();
        (void)access("/bench-count-begins", F_OK);
        atomic_store(&counting, true);
    } else {
        atomic_store(&counting, false);
        (void)access("/bench-count-ends", F_OK);
        cpu_s += processor_s() - began_s;
    }
}

void bench_counted(const char *road, double rows)
{
    const struct {
        const char *what;
        double value;
        const char *unit;
    } figures[] = {
        {"allocations", (double)allocations, "a punch"},
        {"allocated", (double)allocated, "bytes"},
        {"copies", (double)copies, "a punch"},
        {"copied", (double)copied, "bytes"},
        {"processor", cpu_s * 1e6, "us"},
    };
    for (size_t i = 0; i < HB_COUNT(figures); i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "costs, %s: %s", road, figures[i].what);
        bench_figure(name, figures[i].value / rows, figures[i].unit, 0);
    }
}
