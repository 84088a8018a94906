/*
 * replacing: how a file that was written beside another takes its place, step by step, with the
 * answers that Windows gives: for file_win.c, and for tests that stand in for Windows.
 *
 * ReplaceFile can fail half done: with 1176 and 1177 the old file is gone, or lies under a name of
 * the system's choosing, and the new one is still beside it. Whoever deletes the new one then has
 * neither. (Microsoft's documentation of ReplaceFileW.) Scanners hold a file for a moment: 5, 32
 * and 1175 are tried again.
 */
#ifndef HIPBRIDGE_REPLACING_H
#define HIPBRIDGE_REPLACING_H

#include <stdbool.h>

/* What the steps do. Those that give a number give 0 when done, else the system's error number. */
struct replacing {
    void *context;
    bool (*exists)(void *context);           /* whether a file has the name */
    unsigned long (*replace)(void *context); /* the file beside takes the place of that file */
    unsigned long (*move)(void *context);    /* the file beside gets the name, which nothing has */
    void (*drop)(void *context);             /* deletes the file beside */
    void (*wait)(void *context, unsigned milliseconds);
};

/* How often, and how long it waits before each further try: 50, 100, … ms, under a second in all.
 */
enum { REPLACING_TRIES = 5, REPLACING_WAIT_MS = 50 };

/*
 * Returns 0, or the error number of the last try. Afterwards a file has the name, the new one or
 * the old, and none is beside it; or, if nothing has the name and it could not be given, the new
 * one is still beside it (file_recover takes it later).
 */
unsigned long replacing_run(const struct replacing *steps);

#endif
