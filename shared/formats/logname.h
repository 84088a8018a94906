/*
 * logname: what a log file's name says. Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_LOGNAME_H
#define HIPBRIDGE_LOGNAME_H

#include "record/punch.h"

/*
 * The serial for the punches of this file: `device_sn`, with "-<number>" where the name is that of
 * a terminal's own export (1_attlog.dat, CDQ9192960002_attlog.dat) and both fit.
 */
void logname_device(const char *name, const char *device_sn, char out[PUNCH_SN_MAX + 1]);

#endif
