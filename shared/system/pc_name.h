/*
 * pc_name: how this PC is called, for people elsewhere.
 */
#ifndef HIPBRIDGE_PC_NAME_H
#define HIPBRIDGE_PC_NAME_H

#include <stddef.h>

/* `given` (config.json's name), or the computer's own where that is empty; "?" where it has none.
 * Cut where it does not fit. Never fails. */
void pc_name(const char *given, char *out, size_t size);

#endif
