#include "frontage.h"

#include <stdio.h>

#include "system/firewall.h"
#include "system/page_link.h"

void frontage_keep(const struct config *config, const struct event_sink *events)
{
    struct error err = ERROR_INIT;
    char folder[FILE_PATH_MAX];
    char port[12];
    char peers[CONFIG_NETWORKS_MAX * NETWORK_PEER_MAX];
    snprintf(port, sizeof port, "%d", config->listener.port);
    network_peers(config->listener.networks, config->listener.network_count, peers, sizeof peers);
    bool wanted = config->listener.enabled && config->listener.open_firewall && peers[0] != '\0';
    if (wanted && !firewall_open(config->listener.port, peers, NULL, &err)) {
        event_report(events, EVENT_FIREWALL, port, err.text, (const char *)NULL);
    }
    /* Nothing is lost by a rule that stays: nobody listens, or the user keeps his own. */
    if (!wanted) {
        (void)firewall_close(NULL, NULL);
    }
    /* A copy run from elsewhere, by --console, may not write there; the page works without. */
    if (file_program_folder(folder, sizeof folder, NULL)) {
        (void)page_link_keep(folder, config->listener.port, NULL);
    }
}
