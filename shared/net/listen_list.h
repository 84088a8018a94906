/*
 * listen_list: the addresses on which Windows' HTTP server listens, where somebody has limited them
 * ("netsh http add iplisten"). It gives a port away all the same, without a word: a list of
 * loopback alone lets the status page be seen here, and no terminal is heard.
 */
#ifndef HIPBRIDGE_LISTEN_LIST_H
#define HIPBRIDGE_LISTEN_LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { LISTEN_LIST_MAX = 512 };

/*
 * The list, separated by blanks; "" where there is none or it cannot be read, which limits nothing.
 * What does not fit is left out. Returns out. Any thread; does not block. Windows only.
 */
const char *listen_list_read(char out[LISTEN_LIST_MAX]);

/*
 * Whether no terminal can call this PC by it: a list of which each address is loopback, or is none
 * of this PC's own. own: own_addresses; where that is "", each other address counts as its own.
 */
bool listen_list_shuts_out(const char *list, const char *own);

#endif
