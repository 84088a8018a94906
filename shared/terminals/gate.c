#include "terminals/gate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void gate_init(struct gate *gate, const struct config *config, const struct event_sink *events)
{
    memset(gate, 0, sizeof *gate);
    gate->config = config;
    gate->events = events;
    gate->other_family.repeat_s = 86400;
}

bool gate_is_terminal(const struct iclock_call *call)
{
    if (call->whose_unclear) {
        return false;
    }
    switch (call->operation) {
    case ICLOCK_ATTENDANCE:
    case ICLOCK_RTLOG:
    case ICLOCK_TABLEDATA:
        return true;
    case ICLOCK_HANDSHAKE:
    case ICLOCK_TIME:
    case ICLOCK_RTDATA:
    case ICLOCK_OPERATIONS:
    case ICLOCK_DROPPED:
    case ICLOCK_POLL:
    case ICLOCK_COMMAND_RESULT:
    case ICLOCK_PING:
    case ICLOCK_REGISTRY:
    case ICLOCK_PUSH_CONFIG:
    case ICLOCK_UNKNOWN:
        return call->sn_given;
    case ICLOCK_PROBE:
    case ICLOCK_FILE:
    case ICLOCK_NOT_OURS:
    case ICLOCK_BAD_SN:
    case ICLOCK_OTHER_FAMILY:
        return false;
    }
    return false;
}

/* ::1 is this PC, as 127.0.0.1 is, which the networks name. */
static struct address canonical(const struct address *peer)
{
    static const struct address ipv6_loopback = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    static const struct address ipv4_loopback = {
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}};
    return address_equal(peer, &ipv6_loopback) ? ipv4_loopback : *peer;
}

static bool in_networks(const struct config *config, const struct address *peer)
{
    for (size_t i = 0; i < config->listener.network_count; i++) {
        if (network_holds(&config->listener.networks[i], peer)) {
            return true;
        }
    }
    return false;
}

/* Whether it is answered with a refusal whoever asks, and nothing is made of it. */
static bool is_refused_anyway(enum iclock_operation operation)
{
    return operation == ICLOCK_PROBE || operation == ICLOCK_FILE || operation == ICLOCK_NOT_OURS ||
           operation == ICLOCK_OTHER_FAMILY;
}

/* NULL when there is nothing against it. */
static const char *objection(const struct config *config, const struct iclock_call *call,
                             const struct address *peer)
{
    if (!in_networks(config, peer)) {
        return "the address is in none of the allowed networks";
    }
    if (is_refused_anyway(call->operation)) {
        return NULL;
    }
    if (call->browser) {
        return "a web page sent it, through a browser in the network";
    }
    bool named = call->operation != ICLOCK_BAD_SN && !call->whose_unclear;
    const struct config_device *device = named ? config_device(&config->listener, call->sn) : NULL;
    if (device == NULL) {
        return config->listener.reject_unknown ? "the terminal is not listed under \"devices\""
                                               : NULL;
    }
    if (device->has_address && !address_equal(&device->address, peer)) {
        return "the terminal is listed with another address";
    }
    return NULL;
}

static void tell_other_family(struct gate *gate, const char *address, int64_t now)
{
    char count[24];
    uint64_t times = tally_note(&gate->other_family, address, 1, now);
    if (times == 0) {
        return;
    }
    snprintf(count, sizeof count, "%" PRIu64, times);
    event_report(gate->events, EVENT_OTHER_FAMILY, address, count, (const char *)NULL);
}

bool gate_allows(struct gate *gate, const struct iclock_call *call, const struct address *peer,
                 int64_t now)
{
    struct address from = canonical(peer);
    const char *reason = objection(gate->config, call, &from);
    bool allowed = reason == NULL;

    /* Refused by the protocol itself, but worth telling in the same way. */
    if (allowed && call->operation == ICLOCK_BAD_SN) {
        reason = "what it gives as serial number cannot be one";
    }
    bool other_family = allowed && call->operation == ICLOCK_OTHER_FAMILY;
    if (reason == NULL && !other_family) {
        return true;
    }

    char address[ADDRESS_TEXT_MAX];
    address_text(&from, address);
    if (other_family) {
        tell_other_family(gate, address, now);
        return true;
    }
    uint64_t times = tally_note(&gate->refused, address, 1, now);
    if (times > 0) {
        char count[24];
        snprintf(count, sizeof count, "%" PRIu64, times);
        event_report(gate->events, EVENT_REQUEST_REFUSED, address, call->sn_given ? call->sn : "-",
                     reason, count, (const char *)NULL);
    }
    return allowed;
}
