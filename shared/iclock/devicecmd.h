/*
 * devicecmd: what a terminal can be told to do, in its own words (../docs/protocol.md, "Commands").
 *
 * A command is queued in words that hold for every terminal and spelt for the one it goes to when
 * it is handed out, since only then the kind of terminal and the time are known. Nothing here
 * allocates, blocks or does I/O. Any thread.
 */
#ifndef HIPBRIDGE_DEVICECMD_H
#define HIPBRIDGE_DEVICECMD_H

#include "iclock/iclock.h"
#include "base/walltime.h"

#define DEVICECMD_INFO "INFO"
#define DEVICECMD_REBOOT "REBOOT"
#define DEVICECMD_SET_CLOCK "SET CLOCK" /* ours alone: it is given the time when it is spelt */

/* Sends its attendance of [from, to) again; counts it. Texts of at most TERMINAL_COMMAND_MAX. */
const char *devicecmd_resend(walltime from, walltime to, char out[TERMINAL_COMMAND_MAX + 1]);
const char *devicecmd_sum(walltime from, walltime to, char out[TERMINAL_COMMAND_MAX + 1]);

/* Months of 31 days since 2000, in seconds: the vendor's packed time. */
int64_t devicecmd_packed(walltime now);

/* Whether it has the terminal send attendance again. */
bool devicecmd_is_resend(const char *text);

/* What a command is, whatever protocol it is spelt in. */
enum devicecmd_kind {
    DEVICECMD_IS_INFO,
    DEVICECMD_IS_RESEND,
    DEVICECMD_IS_SUM,
    DEVICECMD_IS_SET_CLOCK,
    DEVICECMD_IS_REBOOT,
    DEVICECMD_IS_OTHER,
};

/* Of a RESEND or SUM the period [from, to) as well, where the places are not NULL. */
enum devicecmd_kind devicecmd_read(const char *text, walltime *from, walltime *to);

/*
 * The words for this terminal: kind is its DeviceType ("acc" for access control), now its wall
 * clock as it should be.
 */
const char *devicecmd_spell(const char *text, const char *kind, walltime now,
                            char out[TERMINAL_COMMAND_MAX + 1]);

#endif
