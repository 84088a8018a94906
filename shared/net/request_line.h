/*
 * request_line: what stands in the head of an HTTP request, as far as the system hands it on as it
 * came: the address asked for, the length of what follows, and whether a browser sent it.
 *
 * Untrusted bytes: nothing is decoded, copied or believed here. Pure; any thread.
 */
#ifndef HIPBRIDGE_REQUEST_LINE_H
#define HIPBRIDGE_REQUEST_LINE_H

#include "base/text.h"

/* Both are still percent-encoded, and point into the address they were read from. */
struct request_line {
    struct span path;  /* up to the '?' */
    struct span query; /* after it; {NULL, 0} when there is none */
};

/*
 * Splits the address of a request (RFC 9112, 3.2). One in absolute form ("http://pc:9090/iclock/…",
 * as sent to a proxy) loses scheme and host; one that then has no path has an empty one.
 */
void request_line_read(struct span url, struct request_line *line);

/*
 * The value of Content-Length: decimal digits and nothing else. False when it is none, or larger
 * than can be counted; *length is then 0. An empty value (the header is not there) is 0.
 */
bool request_line_length(struct span value, uint64_t *length);

/*
 * Whether a header of this name is a browser's alone: what a page that it shows has it send to
 * another place carries at least one of them (Origin, Referer, Sec-…, Upgrade-Insecure-Requests,
 * Access-Control-Request-…). No terminal sends any; some do send Cookie and Accept-Language.
 */
bool request_line_is_browsers(struct span header);

#endif
