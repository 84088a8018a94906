#include "iclock/devicecmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/portability.h"

static const char query[] = "DATA QUERY ATTLOG ";
static const char sum[] = "VERIFY SUM ATTLOG ";

static const char *with_period(const char *verb, walltime from, walltime to, char *out)
{
    char first[WALLTIME_TEXT_MAX];
    char last[WALLTIME_TEXT_MAX];
    snprintf(out, TERMINAL_COMMAND_MAX + 1, "%sStartTime=%s\tEndTime=%s", verb,
             walltime_text(from, first), walltime_text(to - 1, last));
    return out;
}

const char *devicecmd_resend(walltime from, walltime to, char out[TERMINAL_COMMAND_MAX + 1])
{
    return with_period(query, from, to, out);
}

const char *devicecmd_sum(walltime from, walltime to, char out[TERMINAL_COMMAND_MAX + 1])
{
    return with_period(sum, from, to, out);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

bool devicecmd_is_resend(const char *text)
{
    return begins(text, query);
}

/* A time after `name`, in a text that ends there or goes on with a tab. */
static bool time_after(const char *text, const char *name, walltime *time)
{
    const char *at = strstr(text, name);
    if (at == NULL) {
        return false;
    }
    at += strlen(name);
    return walltime_parse_iso((struct span){at, strcspn(at, "\t")}, time);
}

enum devicecmd_kind devicecmd_read(const char *text, walltime *from, walltime *to)
{
    static const struct {
        const char *text;
        enum devicecmd_kind kind;
    } words[] = {
        {DEVICECMD_INFO, DEVICECMD_IS_INFO},
        {DEVICECMD_SET_CLOCK, DEVICECMD_IS_SET_CLOCK},
        {DEVICECMD_REBOOT, DEVICECMD_IS_REBOOT},
    };
    walltime first = 0;
    walltime last = 0;
    for (size_t i = 0; i < HB_COUNT(words); i++) {
        if (strcmp(text, words[i].text) == 0) {
            return words[i].kind;
        }
    }
    if ((!begins(text, query) && !begins(text, sum)) || !time_after(text, "StartTime=", &first) ||
        !time_after(text, "EndTime=", &last)) {
        return DEVICECMD_IS_OTHER;
    }
    if (from != NULL) {
        *from = first;
    }
    if (to != NULL) {
        *to = last + 1;
    }
    return begins(text, query) ? DEVICECMD_IS_RESEND : DEVICECMD_IS_SUM;
}

/* Months of 31 days since 2000, in seconds: the vendor's packed time. */
int64_t devicecmd_packed(walltime now)
{
    enum { FIRST_YEAR = 2000 };
    struct civil civil;
    walltime_to_civil(now, &civil);
    int64_t days = ((int64_t)(civil.year - FIRST_YEAR) * 12 + civil.month - 1) * 31 + civil.day - 1;
    return ((days * 24 + civil.hour) * 60 + civil.minute) * 60 + civil.second;
}

const char *devicecmd_spell(const char *text, const char *kind, walltime now,
                            char out[TERMINAL_COMMAND_MAX + 1])
{
    /* Access control terminals have words of their own for some. */
    static const struct {
        const char *begins;
        const char *words;
    } access[] = {
        {query, "DATA QUERY tablename=transaction,fielddesc=*,filter=*"},
        {DEVICECMD_REBOOT, "CONTROL DEVICE 03000000"},
        {DEVICECMD_INFO,
         "GET OPTIONS ~SerialNumber,FirmVer,~DeviceName,UserCount,FPCount,TransactionCount"},
    };
    bool is_access = terminal_is_access(kind);
    if (strcmp(text, DEVICECMD_SET_CLOCK) == 0) {
        snprintf(out, TERMINAL_COMMAND_MAX + 1, "SET OPTION%s DateTime=%" PRId64,
                 is_access ? "S" : "", devicecmd_packed(now));
        return out;
    }
    for (size_t i = 0; is_access && i < HB_COUNT(access); i++) {
        if (begins(text, access[i].begins)) {
            text = access[i].words;
        }
    }
    snprintf(out, TERMINAL_COMMAND_MAX + 1, "%s", text);
    return out;
}
