#include <windows.h>

#include <stdio.h>

#include "base/text.h"
#include "system/pc_name.h"
#include "system/wide.h"

void pc_name(const char *given, char *out, size_t size)
{
    wchar_t own[MAX_COMPUTERNAME_LENGTH * 5];
    DWORD len = HB_COUNT(own);
    if (given[0] != '\0') {
        snprintf(out, size, "%.*s", (int)utf8_cut(span_of(given), size - 1), given);
    } else if (!GetComputerNameExW(ComputerNameDnsHostname, own, &len) ||
               !wide_to_utf8(own, out, size, NULL)) {
        snprintf(out, size, "?");
    }
}
