/*
 * config_findings: what will not work although the configuration is right, or is worth a second
 * look: `hipctl check-config` says it.
 */
#ifndef HIPBRIDGE_CONFIG_FINDINGS_H
#define HIPBRIDGE_CONFIG_FINDINGS_H

#include "config/config.h"

/* Told of each finding: whether it will not work, and the words, which name the key. */
typedef void config_visit_finding(void *context, bool wrong, const char *words);

/*
 * All that can be seen from here: this account's rights and drives are not the service's. Looks at
 * files and folders; reads none.
 */
void config_findings(const struct config *config, config_visit_finding *visit, void *context);

#endif
