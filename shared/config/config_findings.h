/*
 * config_findings: what will not work although the configuration is right, or is worth a second
 * look: `hipctl check-config` says it.
 */
#ifndef HIPBRIDGE_CONFIG_FINDINGS_H
#define HIPBRIDGE_CONFIG_FINDINGS_H

#include "config/config.h"

/* Told of each finding: whether it will not work, and the words, which name the key. */
typedef void config_visit_finding(void *context, bool wrong, const char *words);

/* A text or a format of these in the reader's language, with the same conversions in the same
 * order. */
typedef const char *config_words(const char *english);

/*
 * All that can be seen from here: this account's rights and drives are not the service's. Looks at
 * files and folders; reads none. in_words NULL: all is said in English, as what the system says of
 * a folder is always.
 */
void config_findings(const struct config *config, config_visit_finding *visit,
                     config_words *in_words, void *context);

#endif
