#include "show_summary.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

enum { NUMBERS = 7 };

/* Of a run, as the service notes it (sync.c): the last are its seconds. */
static bool read_summary(const char *summary, long long n[NUMBERS])
{
    const char *at = summary;
    char *end = NULL;
    for (size_t i = 0; i < NUMBERS; i++) {
        at = strpbrk(at, "0123456789");
        if (at == NULL) {
            return false;
        }
        n[i] = strtoll(at, &end, 10);
        at = end;
    }
    return strcmp(at, " s") == 0;
}

void show_summary(const char *summary)
{
    char label[CONSOLE_LABEL_MAX];
    long long n[NUMBERS];
    if (read_summary(summary, n)) {
        console_print(
            "  %s %lld files read: %lld punches new, %lld known, %lld before ignore_before; "
            "%lld lines set aside, %lld files archived, %lld s\n",
            console_label("Then", label), n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
    } else if (summary[0] != '\0') {
        console_print("  %s %s\n", console_label("Then", label), summary);
    }
}
