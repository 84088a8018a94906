/*
 * check: what every unit test includes: cmocka with the headers it wants before it, and comparisons
 * whose failure shows the input, what was expected and what came.
 */
#ifndef HIPBRIDGE_CHECK_H
#define HIPBRIDGE_CHECK_H

#include <stdarg.h>
#include <stddef.h>
/* in this order */
#include <setjmp.h>
#include <stdint.h>
/* and last */
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/portability.h"
#include "base/text.h"

/* `input` names the case; numbers of any kind go through long long. */
#define CHECK_INT(input, expected, got)                                                            \
    do {                                                                                           \
        long long check_expected = (long long)(expected);                                          \
        long long check_got = (long long)(got);                                                    \
        if (check_expected != check_got) {                                                         \
            fail_msg("[%s] %s: expected %lld, got %lld", (input), #got, check_expected,            \
                     check_got);                                                                   \
        }                                                                                          \
    } while (0)

#define CHECK_TEXT(input, expected, got)                                                           \
    do {                                                                                           \
        const char *check_expected = (expected);                                                   \
        const char *check_got = (got);                                                             \
        if (strcmp(check_expected, check_got) != 0) {                                              \
            fail_msg("[%s] %s: expected \"%s\", got \"%s\"", (input), #got, check_expected,        \
                     check_got);                                                                   \
        }                                                                                          \
    } while (0)

/* What must work; its words are in the struct error of that name, err. */
#define DO(call)                                                                                   \
    do {                                                                                           \
        if (!(call)) {                                                                             \
            fail_msg("%s: %s", #call, err.text);                                                   \
        }                                                                                          \
    } while (0)

#endif
