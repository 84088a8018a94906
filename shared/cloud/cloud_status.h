/*
 * cloud_status: the tables bridge_status and device_status, by which head office sees which sites
 * live and how complete their punches are.
 */
#ifndef HIPBRIDGE_CLOUD_STATUS_H
#define HIPBRIDGE_CLOUD_STATUS_H

#include "cloud/cloud.h"
#include "record/facts.h"

/*
 * Writes what is known now, in one transaction; the tables are made if they are missing and
 * `create`. Must be connected. Fails with what cloud_insert does; with ERR_LOGIN, ERR_TABLE or
 * ERR_DATA a person has to do something, and `cure` (ERROR_TEXT_MAX bytes) says what. The
 * connection is kept where it can be.
 */
bool cloud_report(struct cloud *cloud, bool create, const char *bridge,
                  const struct bridge_facts *facts, const struct terminal_facts *terminals,
                  size_t count, char *cure, struct error *err);

/*
 * For `hipctl test-db`: whether the two tables can be written, by statements that are checked and
 * not carried out. *there: they are. False with what cloud_report would say, and the cure.
 */
bool cloud_report_allowed(struct cloud *cloud, bool *there, char *cure, struct error *err);

/* Makes them. */
bool cloud_report_create(struct cloud *cloud, struct error *err);

/* The statements that make the two tables. */
extern const char cloud_bridge_status_create[];
extern const char cloud_device_status_create[];

#endif
