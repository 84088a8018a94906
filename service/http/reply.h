/*
 * reply: hands the protocol's replies to http.sys.
 */
#ifndef HIPBRIDGE_REPLY_H
#define HIPBRIDGE_REPLY_H

#include <winsock2.h> /* before windows.h, and http.h wants it */

#include <windows.h>

#include <http.h>

#include "terminals/intake.h"

enum { REPLY_ELSEWHERE = 302 }; /* a status: what is looked for is at another address */

/* What http.sys reads until the send is complete; one for each request in flight. */
struct reply {
    HTTP_RESPONSE response;
    HTTP_DATA_CHUNK chunk;
    HTTP_UNKNOWN_HEADER fk[3]; /* response_code, trans_id, cmd_code */
    char retry_after[12];
};

/*
 * Begins to send the item's reply, which must stay as it is until `overlapped` completes.
 * `disconnect` closes the connection after it; retry_s goes with a 503, `page` with
 * REPLY_ELSEWHERE and must stay too. True when a completion will
 * come; false when the connection is gone, and none will.
 */
bool reply_send(HANDLE queue, HTTP_REQUEST_ID request, struct reply *reply,
                const struct intake_item *item, bool disconnect, int retry_s, const char *page,
                OVERLAPPED *overlapped);

#endif
