/*
 * port_owner: which program listens on a port of this PC.
 */
#ifndef HIPBRIDGE_PORT_OWNER_H
#define HIPBRIDGE_PORT_OWNER_H

#include <stddef.h>

/*
 * "pythonw.exe (process 4711)" into out, UTF-8, terminated; "" where no program listens, where it
 * is Windows' HTTP server itself (which listens for all its users), or where Windows does not say.
 * Does not block.
 */
enum { PORT_OWNER_MAX = 320 };
void port_owner(int port, char *out, size_t size);

#endif
