/*
 * service: the program as the Service Control Manager sees it.
 */
#ifndef HIPBRIDGE_SERVICE_H
#define HIPBRIDGE_SERVICE_H

#include <stdbool.h>

#define SERVICE_NAME L"HipBridge"

enum service_run {
    SERVICE_RUN_ENDED,      /* it ran as a service and is stopped */
    SERVICE_RUN_NOT_BY_SCM, /* this process was not started by the Service Control Manager */
    SERVICE_RUN_FAILED,     /* the dispatcher refused */
};

/* Hands the process to the Service Control Manager; returns when the service has stopped.
 * config_path: NULL for the usual one. */
enum service_run service_run(const char *config_path);

#endif
