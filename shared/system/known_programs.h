/*
 * known_programs: the databases of attendance programs that are known, where they lie as a rule.
 * Windows only. Any thread.
 */
#ifndef HIPBRIDGE_KNOWN_PROGRAMS_H
#define HIPBRIDGE_KNOWN_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls `found` for each that is there, sixteen at most and each once: HIP Premium Time's and
 * ZKTime's in the folders for programs of the disks of this PC, and wherever else an entry of the
 * installed programs (Uninstall in the registry, of 64 and of 32 bit) points. The path is UTF-8,
 * for the length of the call. Where Windows keeps a newer copy in somebody's VirtualStore it is
 * that one. Blocks on the disks for some milliseconds. Returns how many.
 */
size_t known_programs(void (*found)(void *context, const char *path), void *context);

#endif
