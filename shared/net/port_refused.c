#include "net/port_refused.h"

#include <stdio.h>

#include "base/portability.h"
#include "base/text.h"

/* Windows' numbers; this file knows no header of Windows. */
static const struct {
    unsigned long code;
    const char *words; /* %d: the port */
} reasons[] = {
    {5, "the address is reserved for another account: \"netsh http show urlacl\" shows for whom"},
    {32, "a program has it, or Windows keeps it for Hyper-V, WSL or Docker: \"netsh int ipv4 show "
         "excludedportrange protocol=tcp\" shows the ranges, \"netstat -ano -p tcp\" the programs"},
    {183, "another program has this address at Windows' HTTP server: \"netsh http show "
          "servicestate\" shows which"},
    {10013, "Windows keeps it for Hyper-V, WSL or Docker: \"netsh int ipv4 show excludedportrange "
            "protocol=tcp\" shows the ranges"},
    {10048, "a program has it: \"netstat -ano -p tcp\" shows which"},
};

void port_refused(unsigned long code, int port, const char *owner, char out[PORT_REFUSED_MAX])
{
    const char *words = "Windows' HTTP server may be told to listen on some addresses alone: "
                        "\"netsh http show iplisten\" shows them";
    for (size_t i = 0; i < HB_COUNT(reasons); i++) {
        if (reasons[i].code == code) {
            words = reasons[i].words;
        }
    }
    if (owner[0] != '\0' && code != 5) {
        snprintf(out, PORT_REFUSED_MAX, "%s has port %d (Windows error %lu)", owner, port, code);
    } else {
        snprintf(out, PORT_REFUSED_MAX, "port %d is refused (Windows error %lu): %s", port, code,
                 words);
    }
}

void port_shut_out(const char *list, char out[PORT_REFUSED_MAX])
{
    enum { SHOWN = 80 };
    struct span shown = {list, utf8_cut(span_of(list), SHOWN)};
    snprintf(out, PORT_REFUSED_MAX,
             "Windows' HTTP server is told to listen on %.*s alone, where no terminal calls: "
             "\"netsh http show iplisten\" shows the list, \"netsh http delete iplisten\" takes an "
             "address off it",
             (int)shown.len, shown.at);
}
