/*
 * firewall: Windows' rule that lets terminals reach the listener's port. Windows only, but for what
 * is decided.
 *
 * One inbound rule, known by its name, for TCP, one port, and the networks that the listener
 * admits. It is bound to the port and to no program: the sockets of http.sys belong to the System
 * process. Each call speaks to the firewall service and may take seconds; any thread. Where Windows
 * Firewall is not there (Wine, a firewall of another maker in its place) a call fails and nothing
 * else does.
 */
#ifndef HIPBRIDGE_FIREWALL_H
#define HIPBRIDGE_FIREWALL_H

#include "base/error.h"

/*
 * Sees that the rule is there and is for this port and these peers ("10.0.0.0/8,192.168.1.20", "*":
 * everybody; network.h makes it). A rule that it wrote for the same already is left as it is, so
 * that what an administrator has narrowed or switched off stays so. *changed (may be NULL) says
 * whether anything was written.
 */
bool firewall_open(int port, const char *peers, bool *changed, struct error *err);

/*
 * What the rule was written for is kept as a mark, beside the service's settings: how else would
 * one know whether it was an administrator who narrowed it, or config.json that has changed?
 * `kept` is that mark or, of an earlier version, which wrote it there, the rule's description.
 */
enum { FIREWALL_MARK_MAX = 40 };
void firewall_mark(int port, const char *peers, char out[FIREWALL_MARK_MAX]);

enum firewall_plan {
    FIREWALL_LEAVE,     /* it is for this */
    FIREWALL_WRITE,     /* port, peers and mark */
    FIREWALL_WRITE_PORT /* not its peers: a version that wrote no mark made it, and somebody has
                           narrowed it since */
};
enum firewall_plan firewall_plan(const char *kept, const char *peers, const char *mark);

/* Removes the rule; none there is fine. */
bool firewall_close(bool *changed, struct error *err);

#endif
