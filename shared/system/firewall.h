/*
 * firewall: Windows' rule that lets terminals reach the listener's port. Windows only.
 *
 * One inbound rule, known by its name, for TCP and one port. It is bound to the port and to no
 * program: the sockets of http.sys belong to the System process. Each call speaks to the firewall
 * service and may take seconds; any thread. Where Windows Firewall is not there (Wine, a
 * firewall of another maker in its place) a call fails and nothing else does.
 */
#ifndef HIPBRIDGE_FIREWALL_H
#define HIPBRIDGE_FIREWALL_H

#include "base/error.h"

/*
 * Sees that the rule is there and is for this port. A rule that is for this port already is left
 * as it is, so that what an administrator has narrowed or switched off stays so. *changed (may be
 * NULL) says whether anything was written.
 */
bool firewall_open(int port, bool *changed, struct error *err);

/* Removes the rule; none there is fine. */
bool firewall_close(bool *changed, struct error *err);

#endif
