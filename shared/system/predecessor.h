/*
 * predecessor: the scripts that HIP Bridge replaces, kept as services by NSSM, found where they are
 * still set up: two that take the terminals' punches or move the logs are one too many.
 */
#ifndef HIPBRIDGE_PREDECESSOR_H
#define HIPBRIDGE_PREDECESSOR_H

#include "base/error.h"

/*
 * Whether a service is one of them: by its name in the scripts' guide (HIPListener, HIPCloudSync),
 * or by what NSSM has it run (program and parameters, "" where it is not NSSM's). Texts are UTF-8,
 * capital letters or not.
 */
bool predecessor_is(const char *name, const char *program, const char *parameters);

/*
 * Looks through this PC's services. False and err filled, with what to do, where one is found that
 * runs or starts with Windows. Windows only; blocks for some milliseconds.
 */
bool predecessor_gone(struct error *err);

#endif
