/*
 * turns_system: the lock and the waiting, for turns.c alone. One implementation for Windows
 * (turns_win.c), one for the host (turns_host.c).
 */
#ifndef HIPBRIDGE_TURNS_SYSTEM_H
#define HIPBRIDGE_TURNS_SYSTEM_H

#include <stdint.h>

struct turns_system;

struct turns_system *turns_system_new(void); /* NULL: no memory */
void turns_system_free(struct turns_system *system);

void turns_system_lock(struct turns_system *system);
void turns_system_unlock(struct turns_system *system);

/* Locked, and locked again when it returns: until turns_system_wake, so long at most, or for no
 * reason at all. */
void turns_system_wait(struct turns_system *system, unsigned ms);
void turns_system_wake(struct turns_system *system); /* all of them */

/* Of a clock that only grows, and finer than Windows' ticks of 16 ms. */
int64_t turns_system_ms(void);

#endif
