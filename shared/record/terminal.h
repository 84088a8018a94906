/*
 * terminal: what terminals say of themselves, whatever their protocol, and the sizes of it that are
 * kept. Where each fact comes from: ../docs/protocol.md.
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_TERMINAL_H
#define HIPBRIDGE_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Bytes, without the terminator. */
enum {
    TERMINAL_STAMP_MAX = 32, /* longest Stamp remembered; it is an opaque string */
    TERMINAL_KIND_MAX = 15,  /* DeviceType */
    TERMINAL_COMMAND_MAX = 240,
    TERMINAL_FACTS_MAX = 240, /* what a command's result says besides */
    TERMINAL_INFO_MAX = 255,  /* INFO as it came */
};

#define TERMINAL_ACCESS "acc"
#define TERMINAL_PULLED "pull" /* ours: one that is read on its own port */
#define TERMINAL_FK "fk"       /* by FkWeb; no DeviceType, but kept as one */

/* Of a terminal's kind, its DeviceType: access control; a reader of persons and their ID cards. */
bool terminal_is_access(const char *kind);
bool terminal_checks_identity(const char *kind);
bool terminal_is_fk(const char *kind);

/* INFO: "firmware,users,fingerprints,attendance records,address,…"; fewer are fine. */
struct terminal_info {
    struct span firmware; /* in the text that was read; empty when none */
    int32_t records;      /* attendance records that it holds; -1 = not said */
};

struct terminal_info terminal_info_read(struct span info);

#endif
