/*
 * page_link: "HIP Bridge status.url" beside the programs, which the Start menu opens: the status
 * page at the port that config.json names.
 */
#ifndef HIPBRIDGE_PAGE_LINK_H
#define HIPBRIDGE_PAGE_LINK_H

#include "base/error.h"

#define PAGE_LINK_NAME "HIP Bridge status.url"

/* Writes it for this port into the folder, if it is not so already. Blocks on the disk. */
bool page_link_keep(const char *folder, int port, struct error *err);

#endif
