#include <winsock2.h> /* before windows.h, and http.h wants it */

#include <windows.h>

#include <http.h>

#include "configure.h"

#include <stdio.h>

#include "base/portability.h"
#include "system/access.h"
#include "system/wide.h"

#define WIDE_(text) L##text
#define WIDE(text) WIDE_(text)

bool configure_reserve(int port, bool wanted, struct error *err)
{
    static wchar_t list[] = WIDE(ACCESS_ADDRESS_GRANT);
    HTTPAPI_VERSION version = HTTPAPI_VERSION_2;
    wchar_t url[32];
    HTTP_SERVICE_CONFIG_URLACL_SET set = {{url}, {list}};
    swprintf(url, HB_COUNT(url), L"http://+:%d/", port);
    ULONG code = HttpInitialize(version, HTTP_INITIALIZE_CONFIG, NULL);
    if (code != NO_ERROR) {
        return wide_error(err, code, "cannot reach Windows' HTTP server");
    }
    /* A record is changed by being made anew. */
    code =
        HttpDeleteServiceConfiguration(NULL, HttpServiceConfigUrlAclInfo, &set, sizeof set, NULL);
    if (code == ERROR_FILE_NOT_FOUND) {
        code = NO_ERROR;
    }
    if (wanted && code == NO_ERROR) {
        code =
            HttpSetServiceConfiguration(NULL, HttpServiceConfigUrlAclInfo, &set, sizeof set, NULL);
    }
    HttpTerminate(HTTP_INITIALIZE_CONFIG, NULL);
    return code == NO_ERROR ||
           wide_error(err, code, "cannot change the reservation of port %d", port);
}
