#include <windows.h>

#include <string.h>
#include <wchar.h>

#include "net/listen_list.h"

/* Where Windows keeps what netsh sets and shows. Wine does not answer the question for it
 * (HttpQueryServiceConfiguration), so that no test could hold what follows from an answer. */
static const wchar_t key[] = L"SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters";

const char *listen_list_read(char out[LISTEN_LIST_MAX])
{
    wchar_t list[LISTEN_LIST_MAX]; /* texts, each terminated, and an empty one */
    DWORD bytes = sizeof list;
    size_t len = 0;
    out[0] = '\0';
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"ListenOnlyList", RRF_RT_REG_MULTI_SZ, NULL, list,
                     &bytes) != ERROR_SUCCESS) {
        return out;
    }
    for (const wchar_t *one = list; *one != L'\0'; one += wcslen(one) + 1) {
        char text[64];
        int size = WideCharToMultiByte(CP_UTF8, 0, one, -1, text, sizeof text, NULL, NULL);
        if (size > 1 && len + (size_t)size < LISTEN_LIST_MAX) {
            out[len] = ' ';
            len += len > 0 ? 1 : 0;
            memcpy(out + len, text, (size_t)size);
            len += (size_t)size - 1;
        }
    }
    return out;
}
