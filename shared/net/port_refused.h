/*
 * port_refused: why Windows' HTTP server does not give a port, in words for event 201, with the one
 * command that shows it. (The codes: Microsoft's documentation of HttpAddUrlToUrlGroup and of the
 * errors of an excluded port range.)
 */
#ifndef HIPBRIDGE_PORT_REFUSED_H
#define HIPBRIDGE_PORT_REFUSED_H

#include <stddef.h>

enum { PORT_REFUSED_MAX = 320 };

/*
 * code: what HttpAddUrlToUrlGroup returned. owner: the program that listens on the port and its
 * process id, as text, or "" where none was found. One sentence or two, terminated; never fails.
 */
void port_refused(unsigned long code, int port, const char *owner, char out[PORT_REFUSED_MAX]);

/* The same of a port that is had and that no terminal can call, by that list (listen_list.h). */
void port_shut_out(const char *list, char out[PORT_REFUSED_MAX]);

#endif
